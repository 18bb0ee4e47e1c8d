/* Exchanges over a real socket: a peer that answers with given bytes, the facts and words that come
 * of it, a clock that can be put forward. Taken in behind cmocka.h, by one source of a test. */
#ifndef TESTS_UNIT_RUNNER_EXCHANGES_FIXTURE_H
#define TESTS_UNIT_RUNNER_EXCHANGES_FIXTURE_H

#include "common/clock.h"
#include "net/http_peer.h"
#include "runner/exchange/exchanges.h"

struct world {
    struct http *http;
    struct secrets *secrets;
    struct exchanges *x;
    struct peer peer;
    json_t *facts, *config;
    json_t *messages, *params, *tools;
    char deltas[2000];
    int64_t skip_ms; /* added to the clock */
    int64_t last_n;
};

static inline int64_t now(void *context)
{
    return clock_mono_ms() + ((struct world *)context)->skip_ms;
}

static inline void fact(void *context, json_t *value)
{
    json_array_append_new(((struct world *)context)->facts, value);
}

static inline void delta(void *context, enum delta kind, const char *call_id, int attempt,
                         int64_t n, const char *text, size_t len)
{
    struct world *w = context;
    size_t used = strlen(w->deltas);
    assert_string_equal(call_id, "c");
    assert_int_equal(attempt, 1);
    assert_int_equal(n, w->last_n + 1);
    w->last_n = n;
    snprintf(w->deltas + used, sizeof(w->deltas) - used, "%s%.*s|",
             kind == DELTA_REASONING ? "?" : "", (int)len, text);
}

static const struct exchange_hooks HOOKS = {now, fact, delta};

static inline void open_world(struct world *w, const char *answer, const char *config)
{
    char url[64];
    memset(w, 0, sizeof(*w));
    w->last_n = -1;
    peer_init(&w->peer, answer);
    w->http = http_new(NULL);
    w->secrets = secrets_new();
    secrets_add(w->secrets, "sk-the-key-itself");
    w->facts = json_array();
    w->config = json_loads(config ? config : "{\"type\": \"openai\"}", 0, NULL);
    snprintf(url, sizeof(url), "http://127.0.0.1:%d/v1", w->peer.port);
    json_object_set_new(w->config, "base_url", json_string(url));
    w->messages = json_pack("[{s:s, s:s}]", "role", "user", "content", "hi");
    w->params = json_object();
    w->tools = json_array();
    w->x = exchanges_new(w->http, w->secrets, &HOOKS, w);
    assert_int_equal(exchanges_add_provider(w->x, "p", w->config, "sk-the-key-itself", NULL), 0);
}

static inline void close_world(struct world *w)
{
    exchanges_free(w->x);
    http_free(w->http);
    secrets_free(w->secrets);
    peer_release(&w->peer);
    json_decref(w->facts);
    json_decref(w->config);
    json_decref(w->messages);
    json_decref(w->params);
    json_decref(w->tools);
}

static inline struct engine_attempt ask(struct world *w)
{
    return (struct engine_attempt){.path = "",
                                   .member_id = "ann",
                                   .kind = CALL_KIND_MEMBER,
                                   .provider = "p",
                                   .model = "m",
                                   .messages = w->messages,
                                   .params = w->params,
                                   .tools = w->tools,
                                   .tool_choice = "auto",
                                   .stream = true};
}

static inline void turn(struct world *w)
{
    exchanges_step(w->x, now(w));
    peer_turn(&w->peer, w->http);
}

/* Runs until there are so many facts, and a little longer to see that no more come. */
static inline void until_facts(struct world *w, size_t count)
{
    for (int i = 0; i < 5000 && json_array_size(w->facts) < count; i++)
        turn(w);
    for (int i = 0; i < 3; i++)
        turn(w);
    assert_int_equal(json_array_size(w->facts), count);
}

static inline json_t *run_one(struct world *w, const char *answer, const char *config)
{
    open_world(w, answer, config);
    struct engine_attempt a = ask(w);
    exchanges_start(w->x, "c", 1, "seed", &a);
    until_facts(w, 1);
    return json_array_get(w->facts, 0);
}

static const char *text(json_t *object, const char *name)
{
    const char *value = json_string_value(json_object_get(object, name));
    return value ? value : "";
}

#define STREAM "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"

#endif
