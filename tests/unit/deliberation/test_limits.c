/* Time and money: no stage outlives the run, nothing is sent that the limits cannot hold, and the
 * chair keeps its share of both. */
#include <errno.h>

#include "drive.h"

#define COUNCIL(budget)                                                                            \
    "{\"id\": \"x\", \"budget\": " budget ", \"members\": " THREE ", \"chair\": " CHAIR            \
    ", \"rounds\": [" ROUND("independent_analysis") ", " ROUND(                                    \
        "anonymized_peer_review") ", " ROUND("synthesis") "]}"
#define NEVER "[{\"error\": \"never\"}]"

static void stage_deadline(void **state)
{
    (void)state;
    struct drive d =
        drive_new("{\"id\": \"x\", \"members\": " THREE ", \"rounds\": [{\"type\": "
                  "\"independent_analysis\", \"name\": \"a\", \"deadline_ms\": 1000}]}",
                  "{\"r0i0:member:cy\": " NEVER "}");
    drive_run(&d);
    assert_at(d.result, "rounds.0.member_results.cy.status", "\"timeout\"");
    assert_at(d.result, "rounds.0.member_results.cy.reason", "\"stage_deadline\"");
    assert_at(d.result, "rounds.0.ended_ms", "1000");
    assert_at(d.aborted, "", "[\"r0i0:member:cy\"]");
    assert_string_equal(d.outcome, "degraded");
    assert_at(nth_event(&d, "attempt_failed", 0), "error.kind", "\"deadline\"");
    drive_release(&d);
    d = drive_new("{\"id\": \"x\", \"members\": " THREE ", \"rounds\": [{\"type\": "
                  "\"independent_analysis\", \"name\": \"a\", \"deadline_ms\": 60000}]}",
                  "{\"r0i0:member:cy\": [{\"error\": {\"kind\": \"transient\", \"code\": "
                  "\"server_error\"}}, {\"error\": \"never\"}]}");
    drive_run(&d);
    assert_at(d.result, "rounds.0.member_results.cy.status", "\"timeout\"");
    assert_at(nth_event(&d, "attempt_failed", 0), "error.code", "\"server_error\"");
    assert_at(nth_event(&d, "attempt_failed", 1), "error.kind", "\"deadline\"");
    drive_release(&d);
}

static void total_of_a_call(void **state)
{
    (void)state;
    struct drive d = drive_new(
        "{\"id\": \"x\", \"members\": [" SEAT(
            "ann") ", {\"id\": \"bob\", \"provider\": \"mock\", "
                   "\"model\": \"m\", \"timeouts\": {\"total_ms\": 700}}], \"rounds\": [" ROUND(
                       "independent_analysis") "]}",
        "{\"r0i0:member:bob\": " NEVER "}");
    drive_run(&d);
    assert_at(d.result, "rounds.0.member_results.bob.reason", "\"total\"");
    assert_at(d.result, "rounds.0.member_results.bob.latency_ms", "700");
    drive_release(&d);
}

static void the_chair_keeps_its_share_of_the_time(void **state)
{
    (void)state;
    struct drive d =
        drive_new(COUNCIL("{\"deadline_ms\": 10000}"), "{\"r0i0:member:cy\": " NEVER "}");
    drive_run(&d);
    assert_at(d.result, "rounds.0.ended_ms", "8000");
    assert_at(d.result, "rounds.0.member_results.cy.reason", "\"run_deadline\"");
    assert_at(d.result, "rounds.1.status", "\"skipped\"");
    assert_at(d.result, "rounds.1.reason", "\"deadline\"");
    assert_true(has_degraded(&d, "deadline"));
    assert_at(d.result, "final.source", "\"chair\"");
    assert_string_equal(d.outcome, "degraded");
    drive_release(&d);
}

static void out_of_time_takes_the_best_answer(void **state)
{
    (void)state;
    struct drive d =
        drive_new(COUNCIL("{\"deadline_ms\": 10000}"), "{\"r2i0:chair:chair\": " NEVER "}");
    drive_run(&d);
    assert_at(d.result, "timing.duration_ms", "10000");
    assert_at(d.result, "final.source", "\"best_answer\"");
    assert_true(has_degraded(&d, "chair_failed"));
    assert_true(json_equal(at_path(d.result, "final.winner"),
                           at_path(d.result, "rounds.1.aggregate.winner")));
    drive_release(&d);
}

static void fallback_chairs_in_order(void **state)
{
    (void)state;
    struct drive d = drive_new(
        "{\"id\": \"x\", \"members\": " THREE ", \"chair\": {\"id\": \"chair\", \"provider\": "
        "\"mock\", \"model\": \"m\", \"fallback_chairs\": [\"cy\", {\"id\": \"vice\", "
        "\"provider\": "
        "\"mock\", \"model\": \"v\"}]}, \"rounds\": [" ROUND("independent_analysis") "]}",
        "{\"r1i0:chair:chair\": [{\"error\": {\"kind\": \"permanent\", \"code\": \"auth\"}}],"
        " \"r1i0:chair:cy\": [{\"error\": {\"kind\": \"permanent\", \"code\": \"auth\"}}]}");
    drive_run(&d);
    assert_at(d.result, "final.source", "\"fallback_chair\"");
    assert_at(d.result, "final.member_id", "\"vice\"");
    assert_true(has_degraded(&d, "chair_fallback"));
    assert_at(d.result, "rounds.1.asked", "[\"chair\",\"cy\",\"vice\"]");
    assert_string_equal(j_str(asked_of(&d, "r1i0:chair:cy", 0), "model", ""), "m-cy");
    drive_release(&d);
}

static void chair_failed_without_last_resort(void **state)
{
    (void)state;
    struct drive d = drive_new(
        "{\"id\": \"x\", \"members\": " THREE ", \"chair\": {\"id\": \"chair\", \"provider\": "
        "\"mock\", \"model\": \"m\", \"last_resort\": \"none\"}, \"rounds\": [" ROUND(
            "independent_analysis") "]}",
        "{\"r1i0:chair:chair\": [{\"error\": {\"kind\": \"permanent\", \"code\": \"auth\"}}]}");
    drive_run(&d);
    assert_string_equal(d.outcome, "failed");
    assert_at(nth_event(&d, "run_failed", 0), "errors.1.code", "\"chair_failed\"");
    assert_at(d.result, "final", "null");
    assert_at(d.result, "rounds.0.member_results.ann.status", "\"ok\"");
    drive_release(&d);
}

static void too_little_money_for_the_quorum(void **state)
{
    (void)state;
    struct drive d = drive_new(COUNCIL("{\"max_tokens\": 20600}"), "{}");
    drive_run(&d);
    /* two seats reserve 8192 each, and what their whole prompts need; the members' share is 16480
     */
    assert_at(d.result, "rounds.0.status", "\"skipped\"");
    assert_at(d.result, "rounds.0.reason", "\"budget\"");
    assert_int_equal(json_array_size(d.asked), 0);
    assert_string_equal(d.outcome, "failed");
    drive_release(&d);
}

static void calls_wait_for_money_or_get_none(void **state)
{
    (void)state;
    /* room for two reservations at a time: the third waits, settles are small, so it fits then */
    struct drive d =
        drive_new("{\"id\": \"x\", \"budget\": {\"max_tokens\": 18000}, \"members\": " THREE
                  ", \"rounds\": [" ROUND("independent_analysis") "]}",
                  "{}");
    drive_run(&d);
    assert_string_equal(d.outcome, "complete");
    assert_at(d.result, "rounds.0.member_results.cy.attempts.0.started_ms", "100");
    assert_at(d.result, "budget.charged_tokens", "45");
    drive_release(&d);
    /* the first two use it up */
    d = drive_new(
        "{\"id\": \"x\", \"budget\": {\"max_tokens\": 18000}, \"members\": " THREE
        ", \"rounds\": [" ROUND("independent_analysis") "]}",
        "{\"r0i0:member:ann\": [{\"usage\": {\"input_tokens\": 5000, \"output_tokens\": 1000}}],"
        " \"r0i0:member:bob\": [{\"usage\": {\"input_tokens\": 5000, \"output_tokens\": 1000}}]}");
    drive_run(&d);
    assert_at(d.result, "rounds.0.member_results.cy.status", "\"budget\"");
    assert_at(d.result, "rounds.0.member_results.cy.reason", "\"reservation_refused\"");
    assert_at(d.result, "budget.refused_calls", "1");
    assert_true(has_degraded(&d, "budget"));
    drive_release(&d);
}

#define PRICED(id, price)                                                                          \
    "{\"id\": \"" id                                                                               \
    "\", \"provider\": \"mock\", \"model\": \"m\", \"max_tokens\": 1000, \"price\": " price "}"

static void cost_is_usage_times_price(void **state)
{
    (void)state;
    struct drive d = drive_new(
        "{\"id\": \"x\", \"members\": [" PRICED(
            "ann", "{\"input\": 2, \"output\": "
                   "10}") ", " PRICED("bob", "{\"input\": 0, \"output\": 0}") "], \"rounds\": "
                                                                              "[" ROUND("indepen"
                                                                                        "dent_"
                                                                                        "analysi"
                                                                                        "s") "]"
                                                                                             "}",
        "{}");
    drive_run(&d);
    assert_float_equal(json_number_value(at_path(d.result, "cost")), (10 * 2 + 5 * 10) / 1e6,
                       1e-12);
    assert_at(d.result, "cost_known", "true");
    assert_at(d.result, "members.bob.cost", "0.0");
    drive_release(&d);
}

static void unknown_price_under_a_cost_limit(void **state)
{
    (void)state;
    struct drive d = drive_new(
        "{\"id\": \"x\", \"budget\": {\"max_cost\": 1}, \"members\": "
        "[" PRICED("ann", "{\"input\": 2, \"output\": 10}") ", " PRICED(
            "bob", "{\"input\": 2, \"output\": 10}") "], \"rounds\": "
                                                     "[" ROUND("independent_analysis") "]}",
        "{}");
    drive_resolve(&d);
    json_object_set_new(at_path(d.council, "members.1"), "price", json_null());
    d.no_replay = true; /* the checker refuses such a document */
    drive_run(&d);
    assert_at(d.result, "rounds.0.member_results.bob.status", "\"budget\"");
    assert_at(d.result, "rounds.0.member_results.bob.reason", "\"price_unknown\"");
    drive_release(&d);
}

static void parallel_calls_are_limited(void **state)
{
    (void)state;
    struct drive d = drive_new("{\"id\": \"x\", \"members\": " THREE ", \"rounds\": [{\"type\": "
                               "\"independent_analysis\", \"name\": \"a\", \"max_parallel\": 1}]}",
                               "{}");
    drive_run(&d);
    assert_at(d.result, "rounds.0.ended_ms", "300");
    assert_at(d.result, "rounds.0.member_results.cy.attempts.0.started_ms", "200");
    drive_release(&d);
    d = drive_new("{\"id\": \"x\", \"members\": " THREE ", \"rounds\": [{\"type\": "
                  "\"independent_analysis\", \"name\": \"a\", \"max_parallel\": 3}]}",
                  "{}");
    d.max_parallel = 2; /* no council may have more than the daemon allows */
    drive_run(&d);
    assert_at(d.result, "rounds.0.ended_ms", "200");
    drive_release(&d);
}

static void cancel_drains(void **state)
{
    (void)state;
    struct drive d =
        drive_new("{\"id\": \"x\", \"members\": " THREE ", \"rounds\": [{\"type\": "
                  "\"independent_analysis\", \"name\": \"a\", \"max_parallel\": 2}, " ROUND(
                      "anonymized_peer_review") "]}",
                  "{}");
    drive_at(&d, 50,
             "{\"type\": \"cancel_requested\", \"mode\": \"drain\", \"reason\": \"client\"}");
    drive_run(&d);
    assert_string_equal(d.outcome, "cancelled");
    assert_at(d.result, "status", "\"cancelled\"");
    assert_at(d.result, "rounds.0.member_results.ann.status", "\"ok\"");
    assert_at(d.result, "rounds.0.member_results.cy.status", "\"cancelled\"");
    assert_at(d.result, "rounds.1", "null");
    assert_at(d.result, "final", "null");
    assert_at(nth_event(&d, "run_failed", 0), "errors.0.kind", "\"cancelled\"");
    assert_at(d.result, "timing.duration_ms", "100");
    drive_release(&d);
}

static void cancel_now_aborts_and_only_sharpens(void **state)
{
    (void)state;
    struct drive d = drive_new(THREE_STAGE, "{\"r0i0:member:ann\": " NEVER "}");
    drive_at(&d, 50, "{\"type\": \"cancel_requested\", \"mode\": \"drain\"}");
    drive_at(&d, 150, "{\"type\": \"cancel_requested\", \"mode\": \"now\"}");
    drive_at(&d, 150, "{\"type\": \"cancel_requested\", \"mode\": \"drain\"}");
    drive_run(&d);
    assert_string_equal(d.outcome, "cancelled");
    assert_at(d.aborted, "", "[\"r0i0:member:ann\"]");
    assert_at(d.result, "rounds.0.member_results.bob.status", "\"ok\"");
    assert_int_equal(count_events(&d, "cancel_requested"), 2);
    assert_int_equal(count_events(&d, "run_failed"), 1);
    drive_release(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stage_deadline),
        cmocka_unit_test(total_of_a_call),
        cmocka_unit_test(the_chair_keeps_its_share_of_the_time),
        cmocka_unit_test(out_of_time_takes_the_best_answer),
        cmocka_unit_test(fallback_chairs_in_order),
        cmocka_unit_test(chair_failed_without_last_resort),
        cmocka_unit_test(too_little_money_for_the_quorum),
        cmocka_unit_test(calls_wait_for_money_or_get_none),
        cmocka_unit_test(cost_is_usage_times_price),
        cmocka_unit_test(unknown_price_under_a_cost_limit),
        cmocka_unit_test(parallel_calls_are_limited),
        cmocka_unit_test(cancel_drains),
        cmocka_unit_test(cancel_now_aborts_and_only_sharpens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
