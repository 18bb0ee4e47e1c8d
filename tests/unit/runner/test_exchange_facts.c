/* What the engine is told of an answer that came over a socket, member by member: how it was read,
 * what it is called when it cannot be used, and what the rules of the run have done to it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "exchanges_fixture.h"

/* The facts of one attempt without the times in them. */
static char *told(struct world *w)
{
    json_t *fact;
    size_t i;
    json_array_foreach (w->facts, i, fact) {
        json_object_del(fact, "latency_ms");
        json_object_del(fact, "first_token_ms");
    }
    char *all = json_dumps(w->facts, JSON_COMPACT);
    assert_non_null(all);
    return all;
}

static void is_told(struct world *w, const char *answer, const char *config, const char *expected)
{
    open_world(w, answer, config);
    struct engine_attempt a = ask(w);
    w->peer.close_after = true;
    exchanges_start(w->x, "c", 1, "seed", &a);
    until_facts(w, 1);
    char *all = told(w);
    if (strcmp(all, expected))
        fail_msg("%s\ntells  %s\nwanted %s", answer, all, expected);
    free(all);
    close_world(w);
}

#define FAILED(error)                                                                              \
    "[{\"type\":\"attempt_failed\",\"call_id\":\"c\",\"attempt\":1,\"error\":{" error "}}]"
static void failures_with_all_that_is_known(void **state)
{
    (void)state;
    static const struct {
        const char *answer, *told;
    } ROWS[] = {
        {"HTTP/1.1 429 No\r\nRetry-After: 3\r\nrequest-id: r9\r\nContent-Length: 0\r\n\r\n",
         FAILED("\"kind\":\"transient\",\"code\":\"rate_limited\",\"message\":\"HTTP status 429\","
                "\"http_status\":429,\"retry_after_ms\":3000,\"context\":{\"request_id\":\"r9\"}")},
        {"HTTP/1.1 429 No\r\nretry-after-ms: 0\r\nx-goog-request-id: g\r\nContent-Length: "
         "0\r\n\r\n",
         FAILED("\"kind\":\"transient\",\"code\":\"rate_limited\",\"message\":\"HTTP status 429\","
                "\"http_status\":429,\"retry_after_ms\":0,\"context\":{\"request_id\":\"g\"}")},
        {"HTTP/1.1 429 No\r\nx-ratelimit-remaining-tokens: 0\r\nx-ratelimit-reset-tokens: "
         "9s\r\ncf-ray: f\r\nContent-Length: 0\r\n\r\n",
         FAILED("\"kind\":\"transient\",\"code\":\"rate_limited\",\"message\":\"HTTP status 429\","
                "\"http_status\":429,\"retry_after_ms\":9000,\"context\":{\"request_id\":\"f\"}")},
        {"HTTP/1.1 503 No\r\nx-ratelimit-remaining-tokens: 0\r\nx-ratelimit-reset-tokens: "
         "9s\r\nContent-Length: 0\r\n\r\n",
         FAILED("\"kind\":\"transient\",\"code\":\"server_error\",\"message\":\"HTTP status 503\","
                "\"http_status\":503")},
        {"HTTP/1.1 307 Go\r\nLocation: https://else/x?key=1\r\nContent-Length: 0\r\n\r\n",
         FAILED("\"kind\":\"permanent\",\"code\":\"unexpected_redirect\",\"message\":\"redirected "
                "to https://else/x, which is not followed: if that is the provider, correct "
                "base_url\",\"http_status\":307")},
        {"HTTP/1.1 400 No\r\nx-request-id: q\r\nContent-Length: 46\r\n\r\n"
         "{\"error\":{\"message\":\"maximum context length\"}} ",
         FAILED("\"kind\":\"permanent\",\"code\":\"context_length\",\"message\":\"maximum context "
                "length\",\"http_status\":400,\"context\":{\"request_id\":\"q\"}")},
        {STREAM "data: {\"choices\": [{\"delta\": {\"content\": \"Hel\"}}]}\n\n",
         FAILED("\"kind\":\"transient\",\"code\":\"bad_response\",\"message\":\"the reply ended "
                "before it was complete\",\"http_status\":200")},
        {STREAM "data: oops\n\n",
         FAILED("\"kind\":\"transient\",\"code\":\"bad_response\",\"message\":\"an event of the "
                "stream is not a JSON object\",\"http_status\":200")},
        {"HTTP/1.1 500 No\r\nContent-Length: 99\r\n\r\n{\"error\":{\"message\":\"cut\"}}",
         FAILED("\"kind\":\"transient\",\"code\":\"server_error\",\"message\":\"cut\","
                "\"http_status\":500,\"curl_code\":18")},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        struct world w;
        is_told(&w, ROWS[i].answer, NULL, ROWS[i].told);
    }
}

#define EVENT                                                                                      \
    "data: {\"choices\":[{\"delta\":{\"content\":\"yes\"},\"finish_reason\":\"stop\"}]}\n\n"
#define WHOLE "{\"choices\":[{\"finish_reason\":\"stop\",\"message\":{\"content\":\"yes\"}}]}"
#define LINE  "{\"message\":{\"content\":\"yes\"},\"done\":true}\n"
#define LINES                                                                                      \
    "{\"message\":{\"content\":\"y\"},\"done\":false}\n{\"message\":{\"content\":\"es\"},"         \
    "\"done\":true}\n"
#define OK "HTTP/1.1 200 OK\r\nConnection: close\r\n"

/* By the type that the server names, else by the first byte. */
static void how_an_answer_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *config, *answer;
        bool read;
    } ROWS[] = {
        {NULL, OK "Content-Type: text/event-stream; charset=utf-8\r\n\r\n" EVENT, true},
        {NULL, OK "Content-Type: TEXT/EVENT-STREAM\r\n\r\n" EVENT, true},
        {NULL, OK "Content-Type: text/plain\r\n\r\n" EVENT, true},
        {NULL, OK "\r\n" EVENT, true},
        {NULL, OK "Content-Type: application/json\r\n\r\n" WHOLE, true},
        {NULL, OK "Content-Type: Application/JSON; charset=utf-8\r\n\r\n" WHOLE, true},
        {NULL, OK "Content-Type: application/json\r\n\r\n" EVENT, false},
        {NULL, OK "Content-Type: text/plain\r\n\r\n" WHOLE, true},
        {NULL, OK "Content-Type: text/event-stream\r\n\r\n" WHOLE, false},
        {"{\"type\":\"openai\",\"stream\":false}", OK "Content-Type: text/plain\r\n\r\n" WHOLE,
         true},
        {"{\"type\":\"openai\",\"stream\":false}", OK "Content-Type: text/plain\r\n\r\n" EVENT,
         false},
        {"{\"type\":\"openai\",\"stream\":false}",
         OK "Content-Type: text/event-stream\r\n\r\n" EVENT, true},
        {"{\"type\":\"ollama\"}", OK "Content-Type: application/x-ndjson\r\n\r\n" LINES, true},
        {"{\"type\":\"ollama\"}", OK "Content-Type: application/json\r\n\r\n" LINES, true},
        {"{\"type\":\"ollama\",\"stream\":false}", OK "Content-Type: application/json\r\n\r\n" LINE,
         true},
        {NULL, "HTTP/1.1 201 OK\r\nConnection: close\r\n\r\n" EVENT, true},
        {NULL, "HTTP/1.1 299 OK\r\nConnection: close\r\n\r\n" EVENT, true},
        {NULL, "HTTP/1.1 300 No\r\nConnection: close\r\n\r\n" EVENT, false},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        struct world w;
        open_world(&w, ROWS[i].answer, ROWS[i].config);
        w.peer.close_after = true;
        struct engine_attempt a = ask(&w);
        exchanges_start(w.x, "c", 1, "seed", &a);
        until_facts(&w, 1);
        char *all = told(&w);
        bool read = strstr(all, "exchange_completed") && strstr(all, "\"content\":\"yes\"");
        if (read != ROWS[i].read)
            fail_msg("row %zu: %s", i, all);
        free(all);
        close_world(&w);
    }
}

/* A scripted status is called what a real one is. */
static void statuses_of_a_script(void **state)
{
    (void)state;
    struct world w;
    open_world(&w, "", "{\"type\":\"mock\"}");
    json_object_set_new(w.params, "provider_options",
                        json_pack("{s:{s:[{s:i}]}}", "script", "*", "error", 503));
    struct engine_attempt a = ask(&w);
    exchanges_start(w.x, "c", 1, "seed", &a);
    until_facts(&w, 1);
    char *all = told(&w);
    assert_string_equal(all, FAILED("\"kind\":\"transient\",\"code\":\"server_error\",\"message\":"
                                    "\"scripted status\",\"http_status\":503"));
    free(all);
    close_world(&w);
}

#define WARNING(code, message, more)                                                               \
    "{\"type\":\"warning\",\"code\":\"" code "\",\"message\":\"" message "\"" more "}"
#define NO_KEY(call)                                                                               \
    "{\"type\":\"attempt_failed\",\"call_id\":\"" call "\",\"attempt\":1,\"error\":{"              \
    "\"kind\":\"permanent\",\"code\":\"auth\",\"message\":\"provider keyless has no key: "         \
    "SOME_KEY is not set\"}}"

/* Of a provider without a key people are told once, each call every time. */
static void warnings_of_a_key_that_is_not_there(void **state)
{
    (void)state;
    static const struct {
        const char *member, *told;
    } ROWS[] = {
        {"ann", ",\"member_id\":\"ann\""},
        {NULL, ",\"member_id\":null"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        struct world w;
        char expected[1000];
        open_world(&w, "", "{\"type\":\"openai\",\"key_env\":\"SOME_KEY\"}");
        assert_int_equal(exchanges_add_provider(w.x, "keyless", w.config, NULL, NULL), 0);
        struct engine_attempt a = ask(&w);
        a.provider = "keyless";
        a.member_id = ROWS[i].member;
        exchanges_start(w.x, "c", 1, "seed", &a);
        exchanges_start(w.x, "d", 1, "seed", &a);
        until_facts(&w, 3);
        snprintf(expected, sizeof expected, "[%s%s}," NO_KEY("c") "," NO_KEY("d") "]",
                 "{\"type\":\"warning\",\"code\":\"key_missing\",\"message\":\"provider keyless "
                 "has no key: SOME_KEY is not set\"",
                 ROWS[i].told);
        char *all = told(&w);
        assert_string_equal(all, expected);
        free(all);
        assert_int_equal(w.peer.requests, 0);
        close_world(&w);
    }
}

static json_t *first_and_warning(struct world *w, const char *warning)
{
    char *told = json_dumps(json_array_get(w->facts, 1), JSON_COMPACT);
    assert_string_equal(told, warning);
    free(told);
    return json_array_get(w->facts, 0);
}

static void warnings_of_a_key_that_comes_back(void **state)
{
    (void)state;
    static const char *const CONTENTS[] = {"sk-the-key-itself", "a sk-the-key-itself b"};
    static const char *const READ[] = {"[redacted:key]", "a [redacted:key] b"};
    for (size_t i = 0; i < sizeof READ / sizeof READ[0]; i++) {
        struct world w;
        char answer[400];
        snprintf(answer, sizeof answer,
                 STREAM "data: {\"choices\":[{\"delta\":{\"content\":\"%s\"},"
                        "\"finish_reason\":\"stop\"}]}\n\n",
                 CONTENTS[i]);
        open_world(&w, answer, NULL);
        w.peer.close_after = true;
        struct engine_attempt a = ask(&w);
        exchanges_start(w.x, "c", 1, "seed", &a);
        until_facts(&w, 2);
        json_t *fact = first_and_warning(
            &w, WARNING("secret_redacted", "a reply held a key; it was replaced", ""));
        assert_string_equal(text(fact, "type"), "exchange_completed");
        assert_string_equal(text(fact, "content"), READ[i]);
        close_world(&w);
    }
}

static void warnings_of_a_parameter_that_is_refused(void **state)
{
    (void)state;
    static const char ANSWER[] = OK "\r\n" EVENT;
    static const char *const MEMBERS[] = {"ann", NULL}, *const TOLD[] = {"ann", ""};
    for (size_t i = 0; i < sizeof TOLD / sizeof TOLD[0]; i++) {
        struct world w;
        char expected[300];
        open_world(&w,
                   "HTTP/1.1 400 No\r\nContent-Length: 56\r\n\r\n"
                   "{\"error\": {\"message\": \"'temperature' is not supported\"}}",
                   NULL);
        json_object_set_new(w.params, "temperature", json_real(0.5));
        struct engine_attempt a = ask(&w);
        a.member_id = MEMBERS[i];
        exchanges_start(w.x, "c", 1, "seed", &a);
        while (!w.peer.requests)
            turn(&w);
        w.peer.answer = ANSWER;
        w.peer.answer_len = strlen(ANSWER);
        w.peer.close_after = true;
        until_facts(&w, 2);
        char *warning = json_dumps(json_array_get(w.facts, 0), JSON_COMPACT);
        snprintf(expected, sizeof expected,
                 WARNING("parameter_refused",
                         "p refuses temperature; it was asked again without it",
                         ",\"member_id\":\"%s\""),
                 TOLD[i]);
        assert_string_equal(warning, expected);
        free(warning);
        assert_string_equal(text(json_array_get(w.facts, 1), "content"), "yes");
        close_world(&w);
    }
}

/* How much a model takes is told with what was too much for it, and with nothing else. */
static void how_much_a_model_takes(void **state)
{
    (void)state;
    static const struct {
        int context;
        const char *message, *told;
    } ROWS[] = {
        {9000, "maximum context length", "{\"request_id\":\"q\",\"context_tokens\":9000}"},
        {1, "maximum context length", "{\"request_id\":\"q\",\"context_tokens\":1}"},
        {0, "maximum context length", "{\"request_id\":\"q\"}"},
        {9000, "another word of blame.", "{\"request_id\":\"q\"}"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        struct world w;
        char answer[200];
        snprintf(answer, sizeof answer,
                 "HTTP/1.1 400 No\r\nx-request-id: q\r\nContent-Length: 46\r\n\r\n"
                 "{\"error\":{\"message\":\"%s\"}} ",
                 ROWS[i].message);
        open_world(&w, answer, NULL);
        json_t *families = json_pack("[{s:s, s:i}]", "prefix", "m", "context", ROWS[i].context);
        exchanges_set_rules(w.x, &(struct exchange_rules){.families = families});
        assert_int_equal(exchanges_add_provider(w.x, "q", w.config, "k", NULL), 0);
        struct engine_attempt a = ask(&w);
        a.provider = "q";
        w.peer.close_after = true;
        exchanges_start(w.x, "c", 1, "seed", &a);
        until_facts(&w, 1);
        json_t *error = json_object_get(json_array_get(w.facts, 0), "error");
        char *context = json_dumps(json_object_get(error, "context"), JSON_COMPACT);
        assert_string_equal(context, ROWS[i].told);
        free(context);
        close_world(&w);
        json_decref(families);
    }
}

/* A model that has to be asked in another way is asked, and heard, in that way. */
static void models_with_a_way_of_their_own(void **state)
{
    (void)state;
    static const char ANSWER[] =
        OK "Content-Type: application/json\r\n\r\n"
           "{\"status\":\"completed\",\"output\":[{\"type\":\"message\",\"content\":[{\"type\":"
           "\"output_text\",\"text\":\"moved\"}]}]}";
    struct world w;
    open_world(&w, ANSWER, "{\"type\":\"openai\",\"stream\":false}");
    json_t *families = json_pack("[{s:s, s:s}]", "prefix", "m", "responses", "always");
    exchanges_set_rules(w.x, &(struct exchange_rules){.families = families});
    assert_int_equal(exchanges_add_provider(w.x, "q", w.config, "k", NULL), 0);
    struct engine_attempt a = ask(&w);
    a.provider = "q";
    w.peer.close_after = true;
    exchanges_start(w.x, "c", 1, "seed", &a);
    until_facts(&w, 1);
    assert_non_null(strstr(buf_str(&w.peer.seen), "POST /v1/responses "));
    assert_string_equal(text(json_array_get(w.facts, 0), "content"), "moved");
    close_world(&w);
    json_decref(families);
    exchanges_free(NULL);
}

/* Rules that the run has set before there are providers. */
static void rules_of_the_run(void **state)
{
    (void)state;
    static const char ANSWER[] = OK "\r\n" EVENT;
    struct world w;
    open_world(&w, ANSWER, NULL);
    json_t *families = json_pack("[{s:s, s:s, s:b}]", "prefix", "m", "max_tokens",
                                 "max_completion_tokens", "sampling", 0);
    json_t *options = json_pack("{s:[s]}", "openai", "telepathy");
    struct egress *egress = egress_new();
    exchanges_set_rules(w.x, &(struct exchange_rules){.families = families,
                                                      .allow_options = options,
                                                      .egress = egress,
                                                      .kept_bytes = 2});
    assert_int_equal(exchanges_add_provider(w.x, "q", w.config, "k", NULL), 0);
    json_object_set_new(w.params, "max_tokens", json_integer(5));
    json_object_set_new(w.params, "temperature", json_real(0.5));
    json_object_set_new(w.params, "provider_options",
                        json_pack("{s:i, s:i}", "telepathy", 1, "sorcery", 2));
    struct engine_attempt a = ask(&w);
    a.provider = "q";
    exchanges_start(w.x, "c", 1, "seed", &a);
    until_facts(&w, 1);
    const char *seen = buf_str(&w.peer.seen);
    assert_non_null(strstr(seen, "\"max_completion_tokens\":5"));
    assert_non_null(strstr(seen, "\"telepathy\":1"));
    assert_null(strstr(seen, "sorcery"));
    assert_null(strstr(seen, "temperature"));
    assert_non_null(strstr(seen, "Authorization: Bearer k\r\n"));
    assert_string_equal(text(json_object_get(json_array_get(w.facts, 0), "error"), "code"),
                        "response_too_large");
    assert_int_equal(egress_add(egress, false, "127.0.0.0/8"), 0);
    exchanges_start(w.x, "c", 2, "seed", &a);
    until_facts(&w, 2);
    json_t *error = json_object_get(json_array_get(w.facts, 1), "error");
    assert_string_equal(text(error, "code"), "connect");
    assert_string_equal(text(error, "kind"), "permanent");
    a.provider = "r";
    exchanges_start(w.x, "c", 3, "seed", &a);
    until_facts(&w, 3);
    error = json_object_get(json_array_get(w.facts, 2), "error");
    assert_string_equal(text(error, "code"), "invalid_request");
    assert_string_equal(text(error, "message"), "the provider is not configured");
    close_world(&w);
    json_decref(families);
    json_decref(options);
    egress_free(egress);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(failures_with_all_that_is_known),
        cmocka_unit_test(how_an_answer_is_read),
        cmocka_unit_test(rules_of_the_run),
        cmocka_unit_test(statuses_of_a_script),
        cmocka_unit_test(warnings_of_a_key_that_is_not_there),
        cmocka_unit_test(warnings_of_a_key_that_comes_back),
        cmocka_unit_test(warnings_of_a_parameter_that_is_refused),
        cmocka_unit_test(how_much_a_model_takes),
        cmocka_unit_test(models_with_a_way_of_their_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
