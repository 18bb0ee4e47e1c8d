#include "repair.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/jx.h"
#include "common/xalloc.h"
#include "foreign_json.h"

/* What an answer can be had without, or by another name. */
static const struct parameter {
    const char *name, *instead, *within;
} PARAMETERS[] = {
    {"temperature", NULL, NULL},
    {"top_p", NULL, NULL},
    {"top_k", NULL, NULL},
    {"max_completion_tokens", "max_tokens", NULL},
    {"max_tokens", "max_completion_tokens", NULL},
    {"logprobs", NULL, NULL},
    {"parallel_tool_calls", NULL, NULL},
    {"stream_options", NULL, NULL},
    {"temperature", NULL, "generationConfig"},
    {"topP", NULL, "generationConfig"},
    {"responseLogprobs", NULL, "generationConfig"},
    {"temperature", NULL, "options"},
    {"top_p", NULL, "options"},
};

static const char *const REFUSALS[] = {"unsupported",    "not supported", "does not support",
                                       "not support",    "deprecated",    "unknown",
                                       "unrecognized",   "not permitted", "not allowed",
                                       "cannot be used", "not enabled",   "may not be"};

static bool refuses(const char *text)
{
    for (size_t i = 0; i < ARRAY_LEN(REFUSALS); i++)
        if (strcasestr(text, REFUSALS[i]))
            return true;
    return false;
}

/* As a word of its own: max_tokens is not named by max_tokens_to_sample. Where it stands, or NULL.
 */
static const char *names(const char *text, const char *name)
{
    size_t len = strlen(name);
    for (const char *at = text; (at = strstr(at, name)); at += len) {
        bool begins = at == text || !(isalnum((unsigned char)at[-1]) || at[-1] == '_');
        if (begins && !isalnum((unsigned char)at[len]) && at[len] != '_')
            return at;
    }
    return NULL;
}

static json_t *place(json_t *body, const struct parameter *p)
{
    json_t *in = p->within ? json_object_get(body, p->within) : body;
    return json_object_get(in, p->name) ? in : NULL;
}

/* The one that is named first: what follows may be advice. */
static const struct parameter *find(json_t *body, const char *text)
{
    const struct parameter *found = NULL;
    const char *first = NULL;
    for (size_t i = 0; i < ARRAY_LEN(PARAMETERS); i++) {
        const char *at = place(body, &PARAMETERS[i]) ? names(text, PARAMETERS[i].name) : NULL;
        if (at && (!first || at < first)) {
            first = at;
            found = &PARAMETERS[i];
        }
    }
    return found;
}

static void mend(json_t *body, const struct parameter *p, const char *text)
{
    json_t *in = place(body, p), *value = json_incref(json_object_get(in, p->name));
    json_object_del(in, p->name);
    if (p->instead && names(text, p->instead))
        j_keep(in, p->instead, value);
    json_decref(value);
}

/* The sentence for people, without what a provider quotes of the request. */
static char *sentence(const char *error, size_t len)
{
    json_t *doc = foreign_json(error, len);
    json_t *first = json_is_array(doc) ? json_array_get(doc, 0) : doc;
    json_t *inner = json_object_get(first, "error");
    json_t *from = json_is_object(inner) ? inner : first;
    const char *text = j_str(from, "message", j_str(from, "detail", json_string_value(inner)));
    char *copy = text ? xstrdup(text) : NULL;
    json_decref(doc);
    return copy;
}

char *repair_request(int status, const char *error, size_t error_len, const char *body,
                     const char **ret_parameter)
{
    if (status != 400 && status != 422)
        return NULL;
    _cleanup_free_ char *text = sentence(error, error_len);
    if (!text || !refuses(text))
        return NULL;
    json_t *doc = json_loads(body, JSON_ALLOW_NUL, NULL);
    const struct parameter *p = find(doc, text);
    char *mended = NULL;
    if (p) {
        mend(doc, p, text);
        mended = j_dump(doc);
        *ret_parameter = p->name;
    }
    json_decref(doc);
    return mended;
}
