#include "put_question.h"

#include <errno.h>
#include <string.h>

#include "common/jx.h"
#include "common/xalloc.h"
#include "proto/council/seat/allowed.h"
#include "proto/council/seat/model_name.h"

enum { DEEPEST = 4 };

/* Calls of tools, in the words of any format. */
static bool holds_calls(json_t *value, int depth)
{
    const char *name;
    json_t *one;
    size_t i;
    if (depth > DEEPEST)
        return false;
    if (j_has(value, "type", "tool_use") || j_has(value, "type", "function_call") ||
        json_object_get(value, "functionCall") ||
        json_array_size(json_object_get(value, "tool_calls")))
        return true;
    json_object_foreach (value, name, one)
        if (holds_calls(one, depth + 1))
            return true;
    json_array_foreach (value, i, one)
        if (holds_calls(one, depth + 1))
            return true;
    return false;
}

static bool from_elsewhere(json_t *message, const struct provider_config *config)
{
    const char *writer = j_str(message, "provider", NULL);
    return writer && config->name && strcmp(writer, config->name) != 0;
}

static bool without_own(json_t *message, const struct provider_config *config)
{
    bool answered = json_array_size(json_object_get(message, "tool_calls")) > 0;
    return from_elsewhere(message, config) ||
           (!answered && holds_calls(json_object_get(message, "assistant"), 0));
}

static bool is_silent(json_t *message)
{
    return json_string_length(json_object_get(message, "content")) == 0 &&
           json_array_size(json_object_get(message, "tool_calls")) == 0;
}

/* Some models insist on turns that alternate. */
static bool join_users(json_t *list, json_t *message)
{
    json_t *last = json_array_get(list, json_array_size(list) - 1);
    const char *before = j_str(last, "content", NULL), *text = j_str(message, "content", NULL);
    if (!before || !text || !j_has(last, "role", "user") || !j_has(message, "role", "user"))
        return false;
    json_t *both = json_copy(last);
    j_set(both, "content", json_sprintf("%s\n\n%s", before, text));
    json_array_set_new(list, json_array_size(list) - 1, both);
    return true;
}

static json_t *in_order(json_t *messages, const struct provider_config *config)
{
    json_t *list = j_array(), *message;
    bool skipped = false;
    size_t i;
    json_array_foreach (messages, i, message) {
        bool assistant = j_has(message, "role", "assistant");
        if (assistant && is_silent(message)) {
            skipped = true;
            continue;
        }
        if (skipped && join_users(list, message))
            continue;
        skipped = false;
        json_t *out =
            assistant && without_own(message, config) ? json_copy(message) : json_incref(message);
        if (out != message)
            json_object_del(out, "assistant");
        j_add(list, out);
    }
    return list;
}

/* Options are those of the seat; a fallback of another format has its own rules. */
static json_t *allowed_params(const struct provider *p, const struct provider_config *config,
                              json_t *params)
{
    json_t *all = xcheck(json_copy(params)), *given = json_object_get(params, "provider_options");
    if (!given)
        return all;
    json_t *own = xcheck(json_copy(given));
    if (p->own_options)
        p->own_options(own);
    j_set(all, "provider_options", options_allowed(p->id, config->allow_options, own));
    json_decref(own);
    return all;
}

struct model_family provider_family(const struct provider_config *config, const char *model)
{
    struct model_family family;
    if (model_family_find(config->families, model, &family) < 0)
        xcheck(NULL);
    return family;
}

/* Azure has deployments, whose names are no models'. */
static bool has_both(const struct provider *p, const struct provider_config *config)
{
    return p->id == FORMAT_OPENAI && !j_str(config->doc, "api_version", NULL);
}

const struct provider *provider_to_ask(const struct provider *p,
                                       const struct provider_config *config,
                                       const struct provider_ask *ask)
{
    if (!has_both(p, config) || ask->embed)
        return p;
    int responses = provider_family(config, ask->model).responses;
    bool moved = responses == RESPONSES_ALWAYS ||
                 (responses == RESPONSES_TOOLS && json_array_size(ask->tools));
    return moved ? &provider_openai_responses : p;
}

int provider_build(const struct provider *p, const struct provider_config *config,
                   const struct provider_ask *ask, struct provider_request *ret, struct error *err)
{
    if (!model_name_fits(p->id, config->doc, ask->model))
        return error_set(err, EINVAL, "a model of provider %s is %s", config->name,
                         model_name_rule(p->id, config->doc));
    struct provider_ask ordered = *ask;
    ordered.messages = in_order(ask->messages, config);
    ordered.params = allowed_params(p, config, ask->params);
    ordered.family = provider_family(config, ask->model);
    int r = p->build(config, &ordered, ret, err);
    json_decref(ordered.messages);
    json_decref(ordered.params);
    return r;
}
