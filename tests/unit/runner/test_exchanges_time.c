/* Time of exchanges: a clock that runs on holds up a run, one that runs too fast takes an answer
 * away, and a place in the queue that is never given back stops all of a provider's requests. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "exchanges_fixture.h"

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
    assert_int_not_equal(exchanges_wake_ms(w.x), 0);
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
        cmocka_unit_test(done_is_done),
        cmocka_unit_test(clocks),
        cmocka_unit_test(waits_for_its_turn),
        cmocka_unit_test(mock_has_the_same_clocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
