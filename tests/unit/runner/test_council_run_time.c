/* When a run wants to be woken: too late and its limits mean nothing, never and it stands still;
 * and what its spec says of who listens and of keys that stood in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "council_run_fixture.h"

#define DAY "86400000"
#define SILENT(total, first)                                                                       \
    "{\"schema_version\":1,\"id\":\"one\",\"budget\":{\"deadline_ms\":" DAY "},\"members\":[{"     \
    "\"id\":\"ann\",\"provider\":\"mock\",\"model\":\"m\",\"provider_options\":{\"delay_ms\":" DAY \
    "},\"timeouts\":{\"total_ms\":" total ",\"first_token_ms\":" first ",\"stall_ms\":null}}],"    \
    "\"rounds\":[{\"type\":\"independent_analysis\"}]}"

static int wait_of(const char *council)
{
    struct world w;
    open_run(&w, council, "s", O_RDWR | O_APPEND);
    council_run_begin(w.run);
    int wait = council_run_timeout_ms(w.run);
    for (int i = 0; i < 100 && wait == 0; i++) { /* what is begun is taken in first */
        council_run_step(w.run);
        wait = council_run_timeout_ms(w.run);
    }
    close_run(&w);
    return wait;
}

/* The sooner of the limits of the call and of the attempt; never more than an hour. */
static void when_a_run_wants_to_be_woken(void **state)
{
    (void)state;
    assert_in_range(wait_of(SILENT("2000000", "1000000")), 1, 1000000);
    assert_in_range(wait_of(SILENT("1000000", "null")), 1, 1000000);
    assert_in_range(wait_of(SILENT("3000000", "null")), 1000001, 3000000);
    assert_in_range(wait_of(SILENT("2000000", "2000000")), 1000001, 2000000);
    assert_int_equal(wait_of(SILENT(DAY, "null")), 3600000);
}

static json_t *event_of(const struct world *w, const char *type)
{
    size_t i;
    json_t *event;
    json_array_foreach (w->events, i, event) {
        if (j_has(event, "type", type))
            return event;
    }
    return NULL;
}

/* The limit of the call is kept by the run itself, with nobody to tell it of anything. */
static void a_limit_ends_a_call_by_itself(void **state)
{
    (void)state;
    struct world w;
    open_run(&w, SILENT("100", "null"), "s", O_RDWR | O_APPEND);
    council_run_begin(w.run);
    play(&w);
    json_t *failed = j_get(event_of(&w, "attempt_failed"), "error");
    assert_string_equal(j_str(failed, "kind", ""), "deadline");
    assert_string_equal(j_str(failed, "code", ""), "total");
    assert_true(j_int(event_of(&w, "attempt_failed"), "ms", 0) >= 100);
    assert_string_equal(j_str(w.result, "outcome", ""), "failed");
    /* Nothing more comes of one that is over. */
    size_t told = w.uplink.out.len;
    council_run_step(w.run);
    assert_int_equal(w.uplink.out.len, told);
    close_run(&w);
}

/* ---- what the spec says ---- */

#define TALKS(role)                                                                                \
    "{\"schema_version\":1,\"id\":\"one\",\"members\":[{\"id\":\"ann\",\"provider\":\"mock\","     \
    "\"model\":\"m\",\"role\":\"" role "\"}],\"rounds\":[{\"type\":\"independent_analysis\"}]}"

/* As open_run, but for somebody who listens from the beginning. */
static void play_for_listeners(struct world *w, bool deltas)
{
    struct error err = {0};
    open_run(w, TALKS("cook"), "s", O_RDWR | O_APPEND);
    council_run_free(w->run);
    w->spec.deltas = deltas;
    struct council_run_parts parts = {&w->uplink, w->http,        &w->journal, &w->spec,
                                      w->secrets, &w->resumption, NULL};
    w->run = council_run_new(&parts, &err);
    assert_non_null(w->run);
    council_run_begin(w->run);
    play(w);
}

static void who_listens_from_the_beginning(void **state)
{
    (void)state;
    struct world w;
    play_for_listeners(&w, true);
    assert_true(json_array_size(w.deltas) > 1);
    close_run(&w);
    play_for_listeners(&w, false);
    assert_int_equal(json_array_size(w.deltas), 0);
    close_run(&w);
}

static void expect_warning(const char *council, const char *seed, const char *message)
{
    struct world w;
    open_run(&w, council, seed, O_RDWR | O_APPEND);
    council_run_begin(w.run);
    play(&w);
    json_t *warning = event_of(&w, "warning");
    if (message) {
        assert_string_equal(j_str(warning, "code", ""), "secret_redacted");
        assert_string_equal(j_str(warning, "message", ""), message);
    } else {
        assert_null(warning);
    }
    close_run(&w);
}

static void where_a_key_stood(void **state)
{
    (void)state;
    expect_warning(TALKS("cook"), "s", NULL);
    expect_warning(TALKS(KEY), "s", "a key stood in what was asked; it was replaced");
    expect_warning(TALKS("cook"), KEY, "an event held a key; it was replaced");
}

/* A provider that cannot be had is found out before anything is written. */
static void a_provider_that_cannot_be_had(void **state)
{
    (void)state;
    struct world w;
    struct error err = {0};
    open_run(&w, TALKS("cook"), "s", O_RDWR | O_APPEND);
    council_run_free(w.run);
    struct council_run_parts parts = {&w.uplink, w.http,        &w.journal, &w.spec,
                                      w.secrets, &w.resumption, NULL};
    json_object_set_new(w.spec.plan.providers, "mock", json_pack("{ss}", "type", "nobody's"));
    w.run = council_run_new(&parts, &err);
    assert_null(w.run);
    assert_true(*err.text);
    assert_int_equal(w.journal.size, 0);
    close_run(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(when_a_run_wants_to_be_woken),
        cmocka_unit_test(a_limit_ends_a_call_by_itself),
        cmocka_unit_test(who_listens_from_the_beginning),
        cmocka_unit_test(where_a_key_stood),
        cmocka_unit_test(a_provider_that_cannot_be_had),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
