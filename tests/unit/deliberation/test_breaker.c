/* A provider that is down must not be asked by every seat in turn until all their time is gone. */
#include "drive.h"
#include "runner/deliberation/call/breaker.h"
#include "runner/deliberation/resume.h"
#include "runner/deliberation/state/state.h"

#define FAILS "{\"error\": {\"kind\": \"transient\", \"code\": \"server_error\"}}"
#define LONE(id)                                                                                   \
    "{\"id\": \"" id "\", \"provider\": \"p\", \"model\": \"m\", \"retry\": {\"max_attempts\": "   \
    "1}}"
#define COUNCIL(last)                                                                              \
    "{\"id\": \"x\", \"members\": [" LONE("a") ", " LONE("b") ", " LONE("c") ", " LONE(            \
        "d") ", " LONE("e") ", " last "], \"rounds\": [{\"type\": \"independent_analysis\", "      \
                            "\"name\": \"r\", \"max_parallel\": 1, \"quorum\": 1}]}"
#define FIVE                                                                                       \
    "\"r0i0:member:a\": [" FAILS "], \"r0i0:member:b\": [" FAILS "], \"r0i0:member:c\": [" FAILS   \
    "], "                                                                                          \
    "\"r0i0:member:d\": [" FAILS "], \"r0i0:member:e\": [" FAILS "]"

static void a_call_without_fallback_waits_for_the_probe(void **state)
{
    (void)state;
    struct drive d = drive_new(COUNCIL(LONE("f")), "{" FIVE "}");
    drive_run(&d);
    assert_at(d.result, "rounds.0.member_results.f.status", "\"ok\"");
    assert_at(d.result, "rounds.0.member_results.f.attempts.0.started_ms", "30500");
    assert_true(has_warning(&d, "circuit_open"));
    drive_release(&d);
}

static void a_fallback_is_taken_at_once(void **state)
{
    (void)state;
    struct drive d = drive_new(COUNCIL("{\"id\": \"f\", \"provider\": \"p\", \"model\": \"m\", "
                                       "\"fallback\": [{\"provider\": \"q\", \"model\": \"n\"}]}"),
                               "{" FIVE "}");
    drive_run(&d);
    assert_at(d.result, "rounds.0.member_results.f.provider", "\"q\"");
    assert_at(d.result, "rounds.0.member_results.f.attempts.0.started_ms", "500");
    drive_release(&d);
}

static void four_failures_are_not_enough(void **state)
{
    (void)state;
    struct drive d = drive_new(
        COUNCIL(LONE("f")), "{\"r0i0:member:a\": [" FAILS "], \"r0i0:member:b\": [" FAILS
                            "], \"r0i0:member:d\": [" FAILS "], \"r0i0:member:e\": [" FAILS "]}");
    drive_run(&d);
    assert_false(has_warning(&d, "circuit_open"));
    drive_release(&d);
}

#define FIVE_AROUND_C                                                                              \
    "{\"r0i0:member:a\": [" FAILS "], \"r0i0:member:b\": [" FAILS "], \"r0i0:member:d\": [" FAILS  \
    "], \"r0i0:member:e\": [" FAILS "], \"r0i0:member:f\": [" FAILS "]}"

static void an_answer_among_them_begins_the_count_anew(void **state)
{
    (void)state;
    struct drive d = drive_new(COUNCIL(LONE("f") ", " LONE("g")), FIVE_AROUND_C);
    drive_run(&d);
    assert_false(has_warning(&d, "circuit_open"));
    assert_at(d.result, "rounds.0.member_results.g.attempts.0.started_ms", "600");
    drive_release(&d);
}

#define PART(name, members)                                                                        \
    "{\"type\": \"independent_analysis\", \"name\": \"" name                                       \
    "\", \"max_parallel\": 1, \"quorum\": 1, \"members\": [" members "]}"
#define TWO_ROUNDS                                                                                   \
    "{\"id\": \"x\", \"members\": [" LONE("a") ", " LONE("b") ", " LONE("c") ", " LONE(              \
        "d") ", " LONE("e") ", " LONE("f") ", " LONE("g") "], \"rounds\": [" PART("one",             \
                                                                                  "\"a\", \"b\", "   \
                                                                                  "\"c\"") ","       \
                                                                                           " " PART( \
                                                                                               "t"   \
                                                                                               "w"   \
                                                                                               "o",  \
                                                                                               "\"c\", \"d\", \"e\", \"f\", \"g\"") "]}"
#define FIVE_IN_TWO                                                                                \
    "{\"r0i0:member:a\": [" FAILS "], \"r0i0:member:b\": [" FAILS "], \"r1i0:member:d\": [" FAILS  \
    "], \"r1i0:member:e\": [" FAILS "], \"r1i0:member:f\": [" FAILS "]}"

/* What an earlier run was answered says nothing of the provider as it is now: in the resumed run c
 * is heard without a call, in both rounds. */
static void an_answer_of_an_earlier_run_does_not(void **state)
{
    (void)state;
    struct resume r;
    struct drive first = drive_new(TWO_ROUNDS, FIVE_IN_TWO);
    drive_run(&first);
    assert_false(has_warning(&first, "circuit_open"));
    json_t *lines = json_array(), *last = nth_event(&first, "exchange_completed", 1);
    for (size_t i = 0; json_array_get(lines, json_array_size(lines) - 1) != last; i++)
        json_array_append(lines, json_array_get(first.events, i));
    const struct resume_source source = {.run_id = "run_test", .lines = lines};
    assert_int_equal(resume_read(&source, 1, &r, NULL), 0);
    struct drive d = drive_new(TWO_ROUNDS, FIVE_IN_TWO);
    d.resume = &r;
    drive_run(&d);
    assert_at(d.result, "rounds.1.member_results.c.reused", "true");
    assert_at(d.result, "rounds.1.member_results.g.attempts.0.started_ms", "30500");
    assert_true(has_warning(&d, "circuit_open"));
    resume_release(&r);
    json_decref(lines);
    drive_release(&d);
    drive_release(&first);
}

static void a_failed_probe_opens_it_again(void **state)
{
    (void)state;
    struct drive d =
        drive_new(COUNCIL(LONE("f") ", " LONE("g")), "{" FIVE ", \"r0i0:member:f\": [" FAILS "]}");
    drive_run(&d);
    assert_at(d.result, "rounds.0.member_results.f.status", "\"error\"");
    assert_at(d.result, "rounds.0.member_results.g.attempts.0.started_ms", "60600");
    drive_release(&d);
}

/* Five fail while a round asks one at a time; the next asks two at once. */
static void one_probes_and_the_others_wait_for_what_it_finds(void **state)
{
    (void)state;
    struct drive d = drive_new(
        "{\"id\": \"x\", \"members\": [" LONE("a") ", " LONE("b") ", " LONE("c") ", " LONE(
            "d") ", " LONE("e") ", " LONE("f") ", " LONE("g") ", " LONE("h") "], \"rounds\": "
                                                                             "[" PART("one",
                                                                                      "\"a\", "
                                                                                      "\"b\", "
                                                                                      "\"c\", "
                                                                                      "\"d\", "
                                                                                      "\"e\", "
                                                                                      "\"f\"") ", "
                                                                                               "{\""
                                                                                               "typ"
                                                                                               "e\""
                                                                                               ": "
                                                                                               "\"i"
                                                                                               "nde"
                                                                                               "pen"
                                                                                               "den"
                                                                                               "t_"
                                                                                               "ana"
                                                                                               "lys"
                                                                                               "is"
                                                                                               "\","
                                                                                               " \""
                                                                                               "nam"
                                                                                               "e\""
                                                                                               ": "
                                                                                               "\"t"
                                                                                               "wo"
                                                                                               "\","
                                                                                               " \""
                                                                                               "mem"
                                                                                               "ber"
                                                                                               "s\""
                                                                                               ": "
                                                                                               "[\""
                                                                                               "g\""
                                                                                               ", "
                                                                                               "\"h"
                                                                                               "\"]"
                                                                                               "}]"
                                                                                               "}",
        "{\"r0i0:member:b\": [" FAILS "], \"r0i0:member:c\": [" FAILS
        "], \"r0i0:member:d\": [" FAILS "], \"r0i0:member:e\": [" FAILS
        "], \"r0i0:member:f\": [" FAILS "], \"r1i0:member:g\": [{\"delay_ms\": 5000}]}");
    drive_run(&d);
    assert_at(d.result, "rounds.1.member_results.g.attempts.0.started_ms", "30600");
    assert_at(d.result, "rounds.1.member_results.h.attempts.0.started_ms", "35600");
    drive_release(&d);
}

#define PATIENT(id) "{\"id\": \"" id "\", \"provider\": \"p\", \"model\": \"m\"}"

/* f probes and is answered; a, which was told to come back later, comes no sooner for that. */
static void a_retry_keeps_its_own_time(void **state)
{
    (void)state;
    struct drive d = drive_new(
        "{\"id\": \"x\", \"members\": [" PATIENT("a") ", " LONE("b") ", " LONE("c") ", " LONE(
            "d") ", " PATIENT("f") "], \"rounds\": [{\"type\": \"independent_analysis\", \"name\": "
                                   "\"r\", "
                                   "\"quorum\": 1}]}",
        "{\"r0i0:member:a\": [{\"error\": {\"kind\": \"transient\", \"code\": \"rate_limited\", "
        "\"retry_after_ms\": 50000}}, {}], \"r0i0:member:b\": [" FAILS
        "], \"r0i0:member:c\": [" FAILS "], \"r0i0:member:d\": [" FAILS
        "], \"r0i0:member:f\": [" FAILS ", {}]}");
    drive_run(&d);
    assert_at(d.result, "rounds.0.member_results.f.attempts.1.started_ms", "30100");
    assert_true(j_int(at_path(d.result, "rounds.0.member_results.a.attempts.1"), "started_ms", 0) >=
                50100);
    drive_release(&d);
}

#define SLOW(id)                                                                                   \
    "{\"id\": \"" id "\", \"provider\": \"p\", \"model\": \"m\", \"timeouts\": {\"total_ms\": "    \
    "700}}"
#define NEVER(id) "\"r0i0:member:" id "\": [{\"error\": \"never\"}]"

/* A provider that lets every call wait until its time is over has failed as well. */
static void silence_is_a_failure(void **state)
{
    (void)state;
    struct drive d = drive_new(
        "{\"id\": \"x\", \"members\": [" SLOW("a") ", " SLOW("b") ", " SLOW("c") ", " SLOW(
            "d") ", " SLOW("e") ", " LONE("f") "], \"rounds\": [{\"type\": "
                                               "\"independent_analysis\", \"name\": \"r\", "
                                               "\"max_parallel\": 1, "
                                               "\"quorum\": 1}]}",
        "{" NEVER("a") ", " NEVER("b") ", " NEVER("c") ", " NEVER("d") ", " NEVER("e") "}");
    drive_run(&d);
    assert_at(d.result, "rounds.0.member_results.e.status", "\"timeout\"");
    assert_at(d.result, "rounds.0.member_results.f.status", "\"ok\"");
    assert_at(d.result, "rounds.0.member_results.f.attempts.0.started_ms", "33500");
    assert_true(has_warning(&d, "circuit_open"));
    drive_release(&d);
}

static void fail_times(struct engine *e, int n, int64_t last)
{
    for (int i = 1; i < n; i++)
        assert_int_equal(breaker_note(e, "p", false), -1);
    assert_int_equal(breaker_note(e, "p", false), last);
}

static void expect_open(struct engine *e, int64_t now, int64_t until)
{
    int64_t said = -7;
    e->now = now;
    assert_int_equal(breaker_ask(e, "p", &said), BREAKER_OPEN);
    assert_int_equal(said, until);
}

static void expect_closed(struct engine *e, int64_t now)
{
    int64_t said = -7;
    e->now = now;
    assert_int_equal(breaker_ask(e, "p", &said), BREAKER_CLOSED);
    assert_int_equal(said, -7);
}

/* Five failures in a row open it for 30 s; then one may try. */
static void it_opens_and_closes(void **state)
{
    (void)state;
    int64_t said = -7;
    struct engine e = {.now = 1000};
    fail_times(&e, 4, -1);
    assert_int_equal(breaker_note(&e, "p", true), -1);
    fail_times(&e, 4, -1);
    expect_closed(&e, 1000);
    fail_times(&e, 1, 31000);
    expect_open(&e, 1000, 31000);
    fail_times(&e, 3, -1); /* of those that were on their way */
    expect_open(&e, 30999, 31000);
    assert_int_equal(breaker_ask(&e, "q", &said), BREAKER_CLOSED);
    expect_closed(&e, 31000);
    expect_open(&e, 31000, -1); /* one tries: nobody knows how long that takes */
    fail_times(&e, 1, 61000);
    expect_open(&e, 60999, 61000);
    expect_closed(&e, 61001);
    assert_int_equal(breaker_note(&e, "p", true), 61001);
    expect_closed(&e, 61001);
    expect_closed(&e, 61001);
    fail_times(&e, 5, 91001);
    assert_int_equal(breaker_note(&e, "p", true), 61001); /* a late answer, and it is well again */
    expect_closed(&e, 61001);
    breakers_free(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_without_fallback_waits_for_the_probe),
        cmocka_unit_test(a_fallback_is_taken_at_once),
        cmocka_unit_test(four_failures_are_not_enough),
        cmocka_unit_test(an_answer_among_them_begins_the_count_anew),
        cmocka_unit_test(an_answer_of_an_earlier_run_does_not),
        cmocka_unit_test(a_failed_probe_opens_it_again),
        cmocka_unit_test(one_probes_and_the_others_wait_for_what_it_finds),
        cmocka_unit_test(a_retry_keeps_its_own_time),
        cmocka_unit_test(silence_is_a_failure),
        cmocka_unit_test(it_opens_and_closes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
