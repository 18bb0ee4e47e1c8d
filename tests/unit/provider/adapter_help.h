/* What the tests of the wire formats share: a question with everything in it, and a sink. */
#ifndef TEST_ADAPTER_HELP_H
#define TEST_ADAPTER_HELP_H

#include <errno.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "runner/provider/formats.h"
#include "runner/provider/put_question.h"

static inline json_t *json_of(const char *text)
{
    json_error_t why;
    json_t *value = json_loads(text, JSON_DECODE_ANY, &why);
    if (!value)
        fail_msg("%s in %s", why.text, text);
    return value;
}

static inline void assert_json(json_t *value, const char *expected)
{
    json_t *other = json_of(expected);
    if (!json_equal(value, other)) {
        char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
        fail_msg("got      %s\nexpected %s", text ? text : "nothing", expected);
    }
    json_decref(other);
}

/* The rows of the table that is shipped. */
static inline json_t *shipped_families(void)
{
    json_error_t why;
    struct error err = {0};
    json_t *file = json_load_file("examples/models.json", JSON_REJECT_DUPLICATES, &why);
    if (!file)
        fail_msg("line %d: %s", why.line, why.text);
    if (model_families_check(file, &err) < 0)
        fail_msg("%s", err.text);
    json_t *rows = json_incref(json_object_get(file, "families"));
    json_decref(file);
    return rows;
}

struct question {
    struct provider_config config;
    struct provider_ask ask;
    json_t *body; /* of the built request */
    struct provider_request request;
};

#define PLAIN_MESSAGES                                                                             \
    "[{\"role\":\"system\",\"content\":\"Be brief.\"},{\"role\":\"user\",\"content\":\"Why?\"}]"
#define TOOL_TURN_MESSAGES(own)                                                                    \
    "[{\"role\":\"user\",\"content\":\"Why?\"},"                                                   \
    "{\"role\":\"assistant\",\"content\":\"Let me look.\",\"assistant\":" own                      \
    ",\"tool_calls\":[{\"id\":\"c1\",\"name\":\"look\",\"args_raw\":\"{\\\"q\\\":1}\"},"           \
    "{\"id\":\"c2\",\"name\":\"look\",\"args_raw\":\"nonsense\"}]},"                               \
    "{\"role\":\"tool\",\"tool_call_id\":\"c1\",\"name\":\"look\",\"ok\":true,\"content\":"        \
    "\"found\"},"                                                                                  \
    "{\"role\":\"tool\",\"tool_call_id\":\"c2\",\"name\":\"look\",\"ok\":false,\"content\":\"bad " \
    "arguments\"}]"

static inline void question_init(struct question *q, const char *messages, const char *params)
{
    *q = (struct question){.config = {.name = "p", .key = "key-0123456789"},
                           .ask = {.seed = "s",
                                   .call_id = "r0i0:member:ann",
                                   .member_id = "ann",
                                   .kind = CALL_KIND_MEMBER,
                                   .attempt = 1,
                                   .model = "model-x",
                                   .messages = json_of(messages),
                                   .params = json_of(params),
                                   .tool_choice = "auto",
                                   .parallel_tools = true}};
}

static inline void question_build(struct question *q, const struct provider *wire)
{
    struct error err = {0};
    assert_int_equal(provider_build(wire, &q->config, &q->ask, &q->request, &err), 0);
    q->body = json_of(q->request.body);
}

static inline const char *question_header(const struct question *q, const char *name)
{
    for (size_t i = 0; i < q->request.header_count; i++)
        if (!strncasecmp(q->request.headers[i], name, strlen(name)))
            return q->request.headers[i] + strlen(name) + 2;
    return NULL;
}

static inline void question_release(struct question *q)
{
    json_decref(q->ask.messages);
    json_decref(q->ask.params);
    json_decref(q->ask.schema);
    json_decref(q->ask.tools);
    json_decref(q->body);
    provider_request_release(&q->request);
}

/* What a subscriber would have seen. */
struct seen {
    char text[4096], reasoning[4096];
};

static inline void see(void *context, enum delta kind, const char *text, size_t len)
{
    struct seen *s = context;
    char *to = kind == DELTA_CONTENT ? s->text : kind == DELTA_REASONING ? s->reasoning : NULL;
    size_t have = to ? strlen(to) : 0;
    if (to && have + len < sizeof(s->text))
        memcpy(to + have, text, len);
}

/* Feeds events (NULL-terminated) and gives the first answer that is not 0. */
static inline int feed(const struct provider *wire, struct reply *reply, const char *const *events)
{
    int r = 0;
    for (; *events && r == 0; events++)
        r = wire->event(reply, "message", *events, strlen(*events));
    return r;
}

/* Compares members of the fact. */
static inline void assert_fact(const struct reply *reply, const char *wire, const char *expected)
{
    json_t *fact = reply_fact(reply, wire), *wanted = json_of(expected), *value;
    const char *name;
    json_object_foreach (wanted, name, value) {
        json_t *has = json_object_get(fact, name);
        if (!json_equal(has, value)) {
            char *text = json_dumps(fact, JSON_COMPACT);
            fail_msg("%s differs in %s", name, text);
        }
    }
    json_decref(fact);
    json_decref(wanted);
}

#endif
