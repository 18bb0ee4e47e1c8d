/* From a want to a fact, over real sockets: each way in which a provider can answer or fail has to
 * become the fact that the table of error classes names, exactly once. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

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

static int64_t now(void *context)
{
    return clock_mono_ms() + ((struct world *)context)->skip_ms;
}

static void fact(void *context, json_t *value)
{
    json_array_append_new(((struct world *)context)->facts, value);
}

static void delta(void *context, enum delta kind, const char *call_id, int attempt, int64_t n,
                  const char *text, size_t len)
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

static void open_world(struct world *w, const char *answer, const char *config)
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

static void close_world(struct world *w)
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

static struct engine_attempt ask(struct world *w)
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

static void turn(struct world *w)
{
    exchanges_step(w->x, now(w));
    peer_turn(&w->peer, w->http);
}

/* Runs until there are so many facts, and a little longer to see that no more come. */
static void until_facts(struct world *w, size_t count)
{
    for (int i = 0; i < 5000 && json_array_size(w->facts) < count; i++)
        turn(w);
    for (int i = 0; i < 3; i++)
        turn(w);
    assert_int_equal(json_array_size(w->facts), count);
}

static json_t *run_one(struct world *w, const char *answer, const char *config)
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

static void streams(void **state)
{
    (void)state;
    struct world w;
    json_t *f =
        run_one(&w,
                "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 241\r\n\r\n"
                ": ping\n\ndata: {\"choices\": [{\"delta\": {\"reasoning\": \"hm\"}}]}\n\n"
                "data: {\"choices\": [{\"delta\": {\"content\": \"Hello\"}}]}\n\n"
                "data: {\"model\": \"m-1\", \"choices\": [{\"delta\": {\"content\": \"!\"},"
                " \"finish_reason\": \"stop\"}]}\n\ndata: [DONE]\n\n         ",
                NULL);
    assert_string_equal(text(f, "type"), "exchange_completed");
    assert_string_equal(text(f, "content"), "Hello!");
    assert_string_equal(text(f, "model_served"), "m-1");
    assert_true(json_is_integer(json_object_get(f, "first_token_ms")));
    assert_string_equal(w.deltas, "?hm|Hello|!|");
    assert_non_null(strstr(buf_str(&w.peer.seen), "\"stream\":true"));
    assert_non_null(strstr(buf_str(&w.peer.seen), "Authorization: Bearer sk-the-key-itself\r\n"));
    close_world(&w);
}

/* Events of that length on the wire, each with two letters, and an end; malloc'ed. */
static char *long_stream(const char *head, size_t total, size_t event_len)
{
    struct buf all = BUF_INIT(total + event_len + 1000);
    buf_add_str(&all, head);
    while (all.len < total) {
        buf_add_str(&all, "data: {\"choices\": [{\"delta\": {\"content\": \"ab\"}}], \"pad\": \"");
        memset(buf_reserve(&all, event_len), 'x', event_len);
        buf_commit(&all, event_len);
        buf_add_str(&all, "\"}\n\n");
    }
    buf_add_str(&all, "data: {\"choices\": [{\"finish_reason\": \"stop\"}]}\n\ndata: [DONE]\n\n");
    return buf_take(&all);
}

/* Each token costs hundreds of bytes on the wire: what is thrown away has no limit. */
static void a_long_stream_of_few_words(void **state)
{
    (void)state;
    enum { WIRE = 9 << 20, PAD = 380 };
    struct world w;
    char *answer = long_stream(STREAM, WIRE, PAD);
    open_world(&w, answer, NULL);
    w.peer.close_after = true;
    struct engine_attempt a = ask(&w);
    a.stream = false;
    exchanges_start(w.x, "c", 1, "seed", &a);
    until_facts(&w, 1);
    json_t *f = json_array_get(w.facts, 0);
    assert_string_equal(text(f, "type"), "exchange_completed");
    assert_true(strlen(text(f, "content")) > 2 * (WIRE / (PAD + 100)));
    close_world(&w);
    free(answer);
}

static void what_is_kept_has_a_limit(void **state)
{
    (void)state;
    static const struct {
        const char *head, *code;
        size_t event_len;
    } ROWS[] = {
        {STREAM, "response_too_large", 5 << 20}, /* one event */
        {"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n",
         "response_too_large", 440},
        {"HTTP/1.1 500 No\r\nConnection: close\r\n\r\n", "server_error", 440},
    };
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        struct world w;
        char *answer = long_stream(ROWS[i].head, 6 << 20, ROWS[i].event_len);
        open_world(&w, answer, NULL);
        struct engine_attempt a = ask(&w);
        exchanges_start(w.x, "c", 1, "seed", &a);
        until_facts(&w, 1);
        json_t *error = json_object_get(json_array_get(w.facts, 0), "error");
        assert_string_equal(text(error, "code"), ROWS[i].code);
        close_world(&w);
        free(answer);
    }
}

/* Once only: a server that refuses the mended request too has the last word. */
static void asks_once_without_what_is_refused(void **state)
{
    (void)state;
    struct world w;
    open_world(&w,
               "HTTP/1.1 400 No\r\nContent-Length: 67\r\n\r\n"
               "{\"error\": {\"message\": \"'temperature' and top_p are not supported\"}}",
               NULL);
    json_object_set_new(w.params, "temperature", json_real(0.5));
    json_object_set_new(w.params, "top_p", json_real(0.5));
    struct engine_attempt a = ask(&w);
    exchanges_start(w.x, "c", 1, "seed", &a);
    until_facts(&w, 2);
    assert_string_equal(text(json_array_get(w.facts, 0), "code"), "parameter_refused");
    assert_string_equal(text(json_array_get(w.facts, 1), "type"), "attempt_failed");
    assert_int_equal(w.peer.requests, 2);
    char *second = strstr(buf_str(&w.peer.seen) + 5, "POST ");
    assert_non_null(second);
    assert_null(strstr(second, "temperature"));
    assert_non_null(strstr(second, "top_p"));
    assert_non_null(strstr(second, "Authorization: Bearer sk-the-key-itself\r\n"));
    close_world(&w);
}

static void plain(void **state)
{
    (void)state;
    static const char ANSWER[] =
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
        "{\"choices\": [{\"finish_reason\": \"stop\", \"message\": {\"content\": \"yes\"}}]}";
    struct world w;
    open_world(&w, ANSWER, "{\"type\": \"openai\", \"stream\": false}");
    w.peer.close_after = true;
    struct engine_attempt a = ask(&w);
    exchanges_start(w.x, "c", 1, "seed", &a);
    until_facts(&w, 1);
    assert_string_equal(text(json_array_get(w.facts, 0), "content"), "yes");
    assert_null(strstr(buf_str(&w.peer.seen), "\"stream\""));
    close_world(&w);
    /* The same without being asked for a plain answer. */
    open_world(&w, ANSWER, NULL);
    w.peer.close_after = true;
    a = ask(&w);
    exchanges_start(w.x, "c", 1, "seed", &a);
    until_facts(&w, 1);
    assert_string_equal(text(json_array_get(w.facts, 0), "content"), "yes");
    close_world(&w);
}

static void failures(void **state)
{
    (void)state;
    static const struct {
        const char *answer, *kind, *code;
        int status, curl_code;
    } ROWS[] = {
        {"HTTP/1.1 429 No\r\nRetry-After: 3\r\nx-request-id: r9\r\nContent-Length: 0\r\n\r\n",
         "transient", "rate_limited", 429, 0},
        {"HTTP/1.1 429 No\r\nContent-Length: 42\r\n\r\n{\"error\": {\"code\": "
         "\"insufficient_quota\"}}  ",
         "permanent", "quota_exhausted", 429, 0},
        {"HTTP/1.1 503 No\r\nContent-Length: 6\r\n\r\n<html>", "transient", "server_error", 503, 0},
        {"HTTP/1.1 302 Go\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n", "permanent",
         "unexpected_redirect", 302, 0},
        {"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>", "transient", "bad_response", 200, 0},
        {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "transient", "bad_response", 200, 0},
        {"HTTP/1.1 200 OK\r\nContent-Length: 26\r\n\r\n{\"error\": {\"code\": 402}}   ",
         "permanent", "insufficient_credit", 402, 0},
        {STREAM "data: {\"choices\": [{\"delta\": {\"content\": \"Hel\"}}]}\n\n", "transient",
         "bad_response", 200, 0},
        {STREAM "data: {\"error\": {\"type\": \"overloaded_error\"}}\n\n", "transient",
         "overloaded", 200, 0},
        {STREAM "data: oops\n\n", "transient", "bad_response", 200, 0},
        {"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 99\r\n\r\n"
         "data: {\"choices\": [{\"delta\": {\"content\": \"Hel\"}}]}\n\n",
         "transient", "connection_lost", 200, 18},
        {"nonsense\r\n\r\n", "permanent", "transport", 0, 1},
    };
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        struct world w;
        open_world(&w, ROWS[i].answer, NULL);
        w.peer.close_after = true;
        struct engine_attempt a = ask(&w);
        exchanges_start(w.x, "c", 1, "seed", &a);
        until_facts(&w, 1);
        json_t *f = json_array_get(w.facts, 0), *error = json_object_get(f, "error");
        assert_string_equal(text(f, "type"), "attempt_failed");
        assert_string_equal(text(error, "code"), ROWS[i].code);
        assert_string_equal(text(error, "kind"), ROWS[i].kind);
        assert_int_equal(json_integer_value(json_object_get(error, "http_status")), ROWS[i].status);
        assert_int_equal(json_integer_value(json_object_get(error, "curl_code")),
                         ROWS[i].curl_code);
        assert_true(strlen(text(error, "message")) > 0);
        if (i == 0) {
            assert_int_equal(json_integer_value(json_object_get(error, "retry_after_ms")), 3000);
            assert_string_equal(text(json_object_get(error, "context"), "request_id"), "r9");
        }
        close_world(&w);
    }
}

static void complete_although_the_stream_broke(void **state)
{
    (void)state;
    struct world w;
    open_world(&w,
               "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 999\r\n\r\n"
               "data: {\"choices\": [{\"delta\": {\"content\": \"all\"}, \"finish_reason\":"
               " \"stop\"}]}\n\n",
               NULL);
    w.peer.close_after = true;
    struct engine_attempt a = ask(&w);
    exchanges_start(w.x, "c", 1, "seed", &a);
    until_facts(&w, 1);
    assert_string_equal(text(json_array_get(w.facts, 0), "content"), "all");
    close_world(&w);
}

/* After [DONE] the answer stands, whether or not the server ends the reply. */
static void done_is_done(void **state)
{
    (void)state;
    struct world w;
    json_t *f =
        run_one(&w,
                "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 999\r\n\r\n"
                "data: {\"choices\": [{\"delta\": {\"content\": \"all\"}, \"finish_reason\":"
                " \"stop\"}]}\n\ndata: [DONE]\n\n",
                NULL);
    assert_string_equal(text(f, "content"), "all");
    assert_int_equal(http_running(w.http), 1);
    w.skip_ms = 1100;
    turn(&w);
    assert_int_equal(http_running(w.http), 0);
    assert_int_equal(exchanges_wake_ms(w.x), -1);
    close_world(&w);
}

static void clocks(void **state)
{
    (void)state;
    static const struct {
        int64_t attempt_ms, first_token_ms, stall_ms;
        const char *answer, *code;
    } ROWS[] = {
        {1000, 2000, 3000, "", "attempt"},
        {3000, 1000, 2000, "", "first_token"},
        {3000, 1000, 1000, STREAM "data: {\"choices\": [{\"delta\": {\"content\": \"x\"}}]}\n\n",
         "stall"},
        {0, 1000, 0, STREAM ": ping\n\n: ping\n\n", "first_token"},
    };
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        struct world w;
        open_world(&w, ROWS[i].answer, NULL);
        struct engine_attempt a = ask(&w);
        a.attempt_ms = ROWS[i].attempt_ms;
        a.first_token_ms = ROWS[i].first_token_ms;
        a.stall_ms = ROWS[i].stall_ms;
        exchanges_start(w.x, "c", 1, "seed", &a);
        bool token = !strcmp(ROWS[i].code, "stall");
        for (int k = 0; k < 2000 && (w.peer.requests < 1 || (token && !w.deltas[0])); k++)
            turn(&w);
        assert_true(exchanges_wake_ms(w.x) > now(&w) - 1000);
        assert_int_equal(json_array_size(w.facts), 0);
        w.skip_ms = 1001;
        until_facts(&w, 1);
        json_t *error = json_object_get(json_array_get(w.facts, 0), "error");
        assert_string_equal(text(error, "code"), ROWS[i].code);
        assert_string_equal(text(error, "kind"), "transient");
        assert_int_equal(http_running(w.http), 0);
        close_world(&w);
    }
}

static void waits_for_its_turn(void **state)
{
    (void)state;
    struct world w;
    open_world(&w, "", "{\"type\": \"openai\", \"max_in_flight\": 2}");
    struct engine_attempt a = ask(&w);
    exchanges_start(w.x, "a", 1, "seed", &a);
    exchanges_start(w.x, "b", 1, "seed", &a);
    exchanges_start(w.x, "c", 1, "seed", &a);
    for (int i = 0; i < 2000 && w.peer.requests < 2; i++)
        turn(&w);
    for (int i = 0; i < 5; i++)
        turn(&w);
    assert_int_equal(w.peer.requests, 2);
    assert_int_equal(http_running(w.http), 2);
    exchanges_abort(w.x, "a", 1);
    for (int i = 0; i < 2000 && w.peer.requests < 3; i++)
        turn(&w);
    assert_int_equal(w.peer.requests, 3);
    assert_int_equal(http_running(w.http), 2);
    assert_int_equal(json_array_size(w.facts), 0);
    close_world(&w);
}

static void no_key_no_call(void **state)
{
    (void)state;
    struct world w;
    open_world(&w, "", "{\"type\": \"openai\", \"key_env\": \"SOME_KEY\"}");
    assert_int_equal(exchanges_add_provider(w.x, "keyless", w.config, NULL, NULL), 0);
    struct engine_attempt a = ask(&w);
    a.provider = "keyless";
    exchanges_start(w.x, "c", 1, "seed", &a);
    exchanges_start(w.x, "d", 1, "seed", &a);
    until_facts(&w, 3);
    assert_string_equal(text(json_array_get(w.facts, 0), "code"), "key_missing");
    json_t *error = json_object_get(json_array_get(w.facts, 1), "error");
    assert_string_equal(text(error, "code"), "auth");
    assert_string_equal(text(error, "kind"), "permanent");
    assert_int_equal(w.peer.requests, 0);
    close_world(&w);
}

static void no_key_in_what_comes_back(void **state)
{
    (void)state;
    struct world w;
    open_world(&w,
               "HTTP/1.1 401 No\r\nConnection: close\r\n\r\n"
               "{\"error\": {\"message\": \"bad key sk-the-key-itself, sk-other12345678\"}}",
               NULL);
    w.peer.close_after = true;
    struct engine_attempt a = ask(&w);
    exchanges_start(w.x, "c", 1, "seed", &a);
    until_facts(&w, 1);
    json_t *error = json_object_get(json_array_get(w.facts, 0), "error");
    assert_string_equal(text(error, "message"), "bad key [redacted:key], [redacted:key]");
    close_world(&w);
    open_world(&w,
               STREAM "data: {\"choices\": [{\"delta\": {\"content\": \"sk-the-key-itself\"},"
                      " \"finish_reason\": \"stop\"}]}\n\n",
               NULL);
    w.peer.close_after = true;
    a = ask(&w);
    exchanges_start(w.x, "c", 1, "seed", &a);
    until_facts(&w, 2);
    assert_string_equal(text(json_array_get(w.facts, 0), "content"), "[redacted:key]");
    assert_string_equal(text(json_array_get(w.facts, 1), "code"), "secret_redacted");
    close_world(&w);
}

static void mock_has_the_same_clocks(void **state)
{
    (void)state;
    struct world w;
    open_world(&w, "", "{\"type\": \"mock\"}");
    w.params = (json_decref(w.params), json_pack("{s:{s:i}}", "provider_options", "delay_ms", 500));
    struct engine_attempt a = ask(&w);
    exchanges_start(w.x, "c", 1, "seed", &a);
    turn(&w);
    assert_int_equal(json_array_size(w.facts), 0);
    assert_true(exchanges_wake_ms(w.x) > now(&w));
    w.skip_ms = 501;
    until_facts(&w, 1);
    assert_string_equal(text(json_array_get(w.facts, 0), "type"), "exchange_completed");
    assert_true(strlen(w.deltas) > 10);
    a.first_token_ms = 100;
    exchanges_start(w.x, "d", 2, "seed", &a);
    turn(&w);
    w.skip_ms += 101;
    until_facts(&w, 2);
    json_t *error = json_object_get(json_array_get(w.facts, 1), "error");
    assert_string_equal(text(error, "code"), "first_token");
    struct error err = {0};
    json_object_set_new(w.config, "type", json_string("telegraph"));
    assert_int_equal(exchanges_add_provider(w.x, "q", w.config, NULL, &err), -EINVAL);
    close_world(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(streams),
        cmocka_unit_test(a_long_stream_of_few_words),
        cmocka_unit_test(what_is_kept_has_a_limit),
        cmocka_unit_test(asks_once_without_what_is_refused),
        cmocka_unit_test(plain),
        cmocka_unit_test(failures),
        cmocka_unit_test(complete_although_the_stream_broke),
        cmocka_unit_test(done_is_done),
        cmocka_unit_test(clocks),
        cmocka_unit_test(waits_for_its_turn),
        cmocka_unit_test(no_key_no_call),
        cmocka_unit_test(no_key_in_what_comes_back),
        cmocka_unit_test(mock_has_the_same_clocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
