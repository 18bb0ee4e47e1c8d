/* From a want to a fact, over real sockets: each way in which a provider can answer or fail has to
 * become the fact that the table of error classes names, exactly once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "exchanges_fixture.h"

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

/* What was refused came in one piece, the answer comes as a stream. */
static void the_mended_request_is_read_anew(void **state)
{
    (void)state;
    static const char ANSWER[] =
        STREAM "data: {\"choices\": [{\"delta\": {\"content\": \"yes\"}}]}\n\n"
               "data: {\"choices\": [{\"delta\": {}, \"finish_reason\": \"stop\"}]}\n\n"
               "data: [DONE]\n\n";
    struct world w;
    open_world(&w,
               "HTTP/1.1 400 No\r\nContent-Length: 67\r\n\r\n"
               "{\"error\": {\"message\": \"'temperature' and top_p are not supported\"}}",
               NULL);
    json_object_set_new(w.params, "temperature", json_real(0.5));
    struct engine_attempt a = ask(&w);
    exchanges_start(w.x, "c", 1, "seed", &a);
    for (int i = 0; i < 5000 && !w.peer.requests; i++)
        turn(&w);
    w.peer.answer = ANSWER;
    w.peer.answer_len = strlen(ANSWER);
    w.peer.close_after = true;
    until_facts(&w, 2);
    assert_string_equal(text(json_array_get(w.facts, 1), "content"), "yes");
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(streams),
        cmocka_unit_test(a_long_stream_of_few_words),
        cmocka_unit_test(what_is_kept_has_a_limit),
        cmocka_unit_test(asks_once_without_what_is_refused),
        cmocka_unit_test(the_mended_request_is_read_anew),
        cmocka_unit_test(plain),
        cmocka_unit_test(failures),
        cmocka_unit_test(complete_although_the_stream_broke),
        cmocka_unit_test(no_key_no_call),
        cmocka_unit_test(no_key_in_what_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
