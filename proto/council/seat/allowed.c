#include "allowed.h"

#include <errno.h>
#include <string.h>

#include "proto/json/json_make.h"
#include "reserved.h"

#define CHAT_FIELDS                                                                                \
    "reasoning", "reasoning_effort", "reasoning_format", "include_reasoning", "verbosity",         \
        "thinking", "enable_thinking", "thinking_budget", "prompt_mode", "chat_template_kwargs",   \
        "frequency_penalty", "presence_penalty", "repetition_penalty", "logit_bias", "min_p",      \
        "top_k", "top_a", "seed", "random_seed", "stop", "safe_prompt"

static const char *const OPENAI[] = {CHAT_FIELDS, NULL};
static const char *const OPENROUTER[] = {CHAT_FIELDS, NULL};
static const char *const OPENAI_RESPONSES[] = {"reasoning", "text.verbosity", "truncation", NULL};
static const char *const ANTHROPIC[] = {"thinking", "output_config.effort", "top_k",
                                        "stop_sequences", NULL};
static const char *const GEMINI[] = {"safetySettings",
                                     "generationConfig.thinkingConfig",
                                     "generationConfig.topK",
                                     "generationConfig.seed",
                                     "generationConfig.stopSequences",
                                     "generationConfig.presencePenalty",
                                     "generationConfig.frequencyPenalty",
                                     NULL};
static const char *const OLLAMA[] = {"think",
                                     "keep_alive",
                                     "options.num_ctx",
                                     "options.num_keep",
                                     "options.seed",
                                     "options.stop",
                                     "options.top_k",
                                     "options.min_p",
                                     "options.typical_p",
                                     "options.repeat_last_n",
                                     "options.repeat_penalty",
                                     "options.presence_penalty",
                                     "options.frequency_penalty",
                                     "options.mirostat",
                                     "options.mirostat_eta",
                                     "options.mirostat_tau",
                                     NULL};

const char *const *allowed_fields(enum format_id format)
{
    static const char *const *const MOCK = NULL; /* it asks nobody */
#define ROW(ID, ...) [FORMAT_##ID] = ID,
    const char *const *const all[FORMAT_COUNT] = {FORMAT_ROWS(ROW)};
#undef ROW
    return all[format];
}

/* ---- one name ---- */

/* inner NULL: the member `outer` as a whole. */
static bool is_name(const char *allowed, const char *outer, const char *inner)
{
    size_t len = strcspn(allowed, ".");
    if (strlen(outer) != len || strncmp(allowed, outer, len) != 0)
        return false;
    if (!inner)
        return allowed[len] == '\0';
    return allowed[len] == '.' && strcmp(allowed + len + 1, inner) == 0;
}

static bool is_allowed(enum format_id format, const json_t *more, const char *outer,
                       const char *inner)
{
    const json_t *added = json_object_get(more, FORMAT_KINDS[format].name);
    const char *const *name = allowed_fields(format);
    size_t i;
    json_t *one;
    if (!name)
        return true;
    for (; *name; name++)
        if (is_name(*name, outer, inner))
            return true;
    json_array_foreach (added, i, one)
        if (json_is_string(one) && is_name(json_string_value(one), outer, inner))
            return true;
    return false;
}

/* ---- options ---- */

/* Is any member of this object allowed? */
static bool is_divided(enum format_id format, const json_t *more, const char *outer, json_t *value)
{
    const char *inner;
    json_t *part;
    json_object_foreach (value, inner, part)
        if (is_allowed(format, more, outer, inner))
            return true;
    return false;
}

bool options_are_allowed(enum format_id format, const json_t *more, const json_t *options,
                         struct option_name *ret)
{
    const char *outer, *inner;
    json_t *value, *part;
    json_object_foreach ((json_t *)options, outer, value) {
        if (is_allowed(format, more, outer, NULL))
            continue;
        *ret = (struct option_name){outer, NULL};
        if (!is_divided(format, more, outer, value))
            return false;
        json_object_foreach (value, inner, part) {
            ret->inner = inner;
            if (!is_allowed(format, more, outer, inner))
                return false;
        }
    }
    return true;
}

static json_t *allowed_parts(enum format_id format, const json_t *more, const char *outer,
                             json_t *value)
{
    const char *inner;
    json_t *part, *kept = json_object();
    bool ok = kept;
    json_object_foreach (value, inner, part)
        if (is_allowed(format, more, outer, inner))
            ok = ok && json_put(kept, inner, json_incref(part));
    return json_done(kept, ok);
}

json_t *options_allowed(enum format_id format, const json_t *more, const json_t *options)
{
    const char *outer;
    json_t *value, *kept = json_object();
    bool ok = kept;
    json_object_foreach ((json_t *)options, outer, value) {
        if (is_allowed(format, more, outer, NULL)) {
            ok = ok && json_put(kept, outer, json_incref(value));
            continue;
        }
        json_t *parts = allowed_parts(format, more, outer, value);
        ok = ok && parts && (!json_object_size(parts) || json_put(kept, outer, json_incref(parts)));
        json_decref(parts);
    }
    return json_done(kept, ok);
}

/* ---- the configuration ---- */

static int check_name(const struct format_kind *format, const json_t *name, struct error *err)
{
    const char *text = json_string_value(name);
    const char *dot = text ? strchr(text, '.') : NULL;
    if (!text || !*text || dot == text || (dot && !dot[1]))
        return error_set(err, EINVAL, "allow_options: %s must be a list of names, \"a\" or \"a.b\"",
                         format->name);
    for (const char *const *field = reserved_fields(format->id); *field; field++)
        if (strcmp(*field, text) == 0)
            return error_set(err, EINVAL, "allow_options: %s: %s is written by councild itself",
                             format->name, text);
    return 0;
}

int allow_options_check(const json_t *more, struct error *err)
{
    const char *name;
    json_t *list, *one;
    size_t i;
    int r = 0;
    json_object_foreach ((json_t *)more, name, list) {
        const struct format_kind *format = format_kind_find(name);
        if (!format)
            return error_set(err, EINVAL, "allow_options: %.80s is no wire format", name);
        if (!json_is_array(list))
            return check_name(format, NULL, err);
        json_array_foreach (list, i, one)
            r = r < 0 ? r : check_name(format, one, err);
    }
    return r;
}
