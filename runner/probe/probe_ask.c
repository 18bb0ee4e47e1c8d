#include "probe_ask.h"

#include "common/jx.h"

/* A model that thinks before it answers needs the tokens; others use a few of them. */
enum { MAX_TOKENS = 1024, ATTEMPT_MS = 45000 };

static json_t *message(const char *text)
{
    return j_pack("[{s:s, s:s}]", "role", "user", "content", text);
}

void probe_questions_init(struct probe_questions *q)
{
    q->stream = message("Count from one to ten in words, nothing else.");
    q->form = message("Is water wet? Answer with a JSON object that has one member, \"answer\", "
                      "which is \"yes\" or \"no\".");
    q->params = j_pack("{s:i, s:{}}", "max_tokens", MAX_TOKENS, "provider_options");
    q->schema = j_pack("{s:s, s:{s:{s:s, s:[s,s]}}, s:[s], s:b}", "type", "object", "properties",
                       "answer", "type", "string", "enum", "yes", "no", "required", "answer",
                       "additionalProperties", 0);
    q->no_tools = j_array();
}

void probe_questions_release(struct probe_questions *q)
{
    json_decref(q->stream);
    json_decref(q->form);
    json_decref(q->params);
    json_decref(q->schema);
    json_decref(q->no_tools);
}

static struct engine_attempt attempt(const struct probe_questions *q, const struct probe_target *t)
{
    return (struct engine_attempt){.path = "",
                                   .member_id = "probe",
                                   .kind = CALL_KIND_MEMBER,
                                   .provider = t->site->name,
                                   .model = t->model,
                                   .messages = q->stream,
                                   .params = q->params,
                                   .tools = q->no_tools,
                                   .tool_choice = "auto",
                                   .stream = true,
                                   .attempt_ms = ATTEMPT_MS};
}

bool probe_asks_form(const struct probe_target *t)
{
    return !json_is_false(json_object_get(t->site->config.doc, "json_schema"));
}

void probe_ask(const struct probe_questions *q, struct exchanges *x, struct probe_target *t)
{
    struct engine_attempt one = attempt(q, t);
    exchanges_start(x, t->stream.id, 1, "probe", &one);
    if (!probe_asks_form(t))
        return;
    struct engine_attempt two = attempt(q, t);
    two.messages = q->form;
    two.schema_name = "answer";
    two.schema = q->schema;
    exchanges_start(x, t->form.id, 1, "probe", &two);
}

static void give_up(struct exchanges *x, struct probe_call *c)
{
    if (c->fact)
        return;
    exchanges_abort(x, c->id, 1);
    c->fact = j_pack("{s:s, s:{s:s, s:s, s:s}}", "type", "attempt_failed", "error", "kind",
                     "transient", "code", "attempt", "message", "no answer in time");
}

void probe_ask_give_up(struct exchanges *x, struct probe_target *t)
{
    give_up(x, &t->stream);
    give_up(x, &t->form);
}
