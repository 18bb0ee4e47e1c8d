#include "probe_model.h"

#include <string.h>

#include "common/cleanup.h"
#include "common/jx.h"
#include "common/xalloc.h"
#include "runner/provider/models.h"

static bool is_listed(const struct probe_site *site, const char *model)
{
    size_t i;
    json_t *id;
    json_array_foreach (site->models, i, id)
        if (!strcmp(json_string_value(id), model))
            return true;
    return false;
}

static bool is_unknown(const struct probe_target *t)
{
    if (probe_call_answered(&t->stream) || probe_call_answered(&t->form))
        return false;
    if (probe_call_failed_as(&t->stream, "model_not_found") ||
        probe_call_failed_as(&t->form, "model_not_found"))
        return true;
    /* Some servers call the request wrong rather than the model. */
    return t->site->models && !t->site->more && !is_listed(t->site, t->model) &&
           probe_call_failed_as(&t->stream, "invalid_request");
}

static void add_unknown(struct sheet *s, const struct probe_target *t)
{
    const struct probe_call *said = probe_call_error(&t->stream) ? &t->stream : &t->form;
    _cleanup_free_ char *like = models_like(t->site->models, t->model);
    _cleanup_free_ char *hint =
        like ? xasprintf("correct the model's name; like it are %s", like)
             : xasprintf("correct the model's name; councilctl models %s lists them", s->provider);
    sheet_add(s, "model_known", PROBE_FAILED, hint, "%s", probe_call_words(said));
}

static void add_known(struct sheet *s, const struct probe_target *t)
{
    if (is_unknown(t))
        add_unknown(s, t);
    else if (is_listed(t->site, t->model))
        sheet_add(s, "model_known", PROBE_OK, "", "%s", "");
    else if (probe_call_answered(&t->stream) || probe_call_answered(&t->form))
        sheet_add(s, "model_known", PROBE_OK, "", "it answers%s",
                  t->site->models && t->site->sent ? ", but is not listed" : "");
    else
        sheet_add(s, "model_known", PROBE_SKIPPED, "", "it did not answer");
}

/* True when the call could not be judged, which is said. */
static bool add_unasked(struct sheet *s, const char *check, const struct probe_target *t,
                        const struct probe_call *c)
{
    const char *why = NULL;
    if (!c->fact)
        why = "not asked";
    else if (is_unknown(t))
        why = "the model is not known";
    else if (probe_call_failed_as(c, "auth"))
        why = "the key is refused";
    if (why)
        sheet_add(s, check, PROBE_SKIPPED, "", "%s", why);
    return why != NULL;
}

static bool is_off(const struct probe_target *t, const char *setting)
{
    return json_is_false(json_object_get(t->site->config.doc, setting));
}

static void add_stream(struct sheet *s, const struct probe_target *t)
{
    const struct probe_call *c = &t->stream;
    if (add_unasked(s, "stream", t, c))
        return;
    if (probe_call_error(c))
        sheet_add_failure(s, "stream", c);
    else if (is_off(t, "stream"))
        sheet_add(s, "stream", PROBE_SKIPPED, "", "switched off: `stream` is false");
    else if (c->pieces == 1)
        sheet_add(s, "stream", PROBE_OK, "", "the answer came in one piece");
    else
        sheet_add(s, "stream", PROBE_OK, "", "%d pieces", c->pieces);
}

static void add_first_token(struct sheet *s, const struct probe_target *t)
{
    json_t *ms = json_object_get(t->stream.fact, "first_token_ms");
    if (!json_is_integer(ms)) {
        sheet_add(s, "first_token", PROBE_SKIPPED, "", "nothing came");
        return;
    }
    sheet_add(s, "first_token", PROBE_OK, "", "%lld ms", (long long)json_integer_value(ms));
    json_t *row = json_array_get(s->rows, json_array_size(s->rows) - 1);
    j_keep(row, "ms", ms);
}

/* The answer is an object with the one member that was asked for. */
static bool has_form(json_t *fact)
{
    json_t *value = json_incref(json_object_get(fact, "structured"));
    json_t *content = json_object_get(fact, "content");
    if (!json_is_object(value) && json_is_string(content)) {
        json_decref(value);
        value = json_loadb(json_string_value(content), json_string_length(content), 0, NULL);
    }
    const char *answer = j_str(value, "answer", NULL);
    bool ok = answer && (!strcmp(answer, "yes") || !strcmp(answer, "no"));
    json_decref(value);
    return ok;
}

static void add_structured(struct sheet *s, const struct probe_target *t)
{
    const struct probe_call *c = &t->form;
    if (is_off(t, "json_schema"))
        sheet_add(s, "structured", PROBE_SKIPPED, "", "switched off: `json_schema` is false");
    else if (add_unasked(s, "structured", t, c))
        return;
    else if (probe_call_failed_as(c, "invalid_request"))
        sheet_add(
            s, "structured", PROBE_FAILED,
            "the model or server has no JSON Schema: set `json_schema` false for this provider, "
            "the form is then asked for in the prompt",
            "%s", probe_call_words(c));
    else if (probe_call_error(c))
        sheet_add_failure(s, "structured", c);
    else if (has_form(c->fact))
        sheet_add(s, "structured", PROBE_OK, "", "%s", "");
    else
        sheet_add(
            s, "structured", PROBE_FAILED,
            "the schema was not kept: set `json_schema` false for this provider, or take another "
            "model for seats that vote or judge",
            "the answer has not the form that was asked for");
}

void sheet_add_model(struct sheet *s, const struct probe_target *t)
{
    s->model = t->model;
    add_known(s, t);
    add_stream(s, t);
    add_first_token(s, t);
    add_structured(s, t);
    s->model = NULL;
}
