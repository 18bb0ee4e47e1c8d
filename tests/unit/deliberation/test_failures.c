/* A run that lost a seat must say so, and must not be lost by it; a retry must come when the seed
 * says and never after the deadline. */
#include <errno.h>

#include "drive.h"

#define FAIL(kind, code)                                                                           \
    "{\"error\": {\"kind\": \"" kind "\", \"code\": \"" code "\", \"message\": \"m\"}}"
#define ANALYSIS(members, more)                                                                    \
    "{\"id\": \"x\", \"members\": " members ", \"rounds\": [{\"type\": \"independent_analysis\", " \
    "\"name\": \"a\"" more "}]}"

static void one_dead_member_degrades(void **state)
{
    (void)state;
    struct drive d =
        drive_new(THREE_STAGE, "{\"r0i0:member:bob\": [" FAIL("permanent", "auth") "]}");
    drive_run(&d);
    assert_string_equal(d.outcome, "degraded");
    assert_true(has_degraded(&d, "member_error"));
    assert_at(d.result, "rounds.0.member_results.bob.status", "\"error\"");
    assert_at(d.result, "rounds.0.member_results.bob.reason", "\"auth\"");
    assert_at(d.result, "errors.0.code", "\"auth\"");
    /* dead for good: it stays a seat but is not called again */
    assert_at(d.result, "rounds.1.member_results.bob.reason", "\"unavailable\"");
    assert_at(d.result, "rounds.1.quorum.of", "3");
    assert_at(d.result, "rounds.1.unavailable", "[\"bob\"]");
    assert_null(asked_of(&d, "r1i0:member:bob", 0));
    assert_at(d.result, "heard", "{\"ok\":4,\"of\":6}");
    assert_at(d.result, "final.source", "\"chair\"");
    assert_non_null(strstr(prompt_of(&d, "r2i0:chair:chair", 0), "1 of 3 seats have no answer"));
    drive_release(&d);
}

static void retry_waits_as_the_seed_says(void **state)
{
    (void)state;
    struct drive d = drive_new(
        ANALYSIS(THREE, ""), "{\"r0i0:member:ann\": [" FAIL("transient", "rate_limited") ", {}]}");
    drive_run(&d);
    json_t *failed = nth_event(&d, "attempt_failed", 0);
    assert_at(failed, "next", "\"retry\"");
    assert_at(failed, "wait_ms", "850"); /* 0.8495002417 x 1000 */
    assert_at(failed, "charged.tokens", "0");
    assert_at(d.result, "rounds.0.member_results.ann.status", "\"ok\"");
    assert_at(d.result, "rounds.0.member_results.ann.attempts.1.kind", "\"retry\"");
    assert_at(d.result, "rounds.0.member_results.ann.attempts.1.started_ms", "950");
    assert_string_equal(d.outcome, "complete");
    drive_release(&d);
}

static void retry_after_is_honoured(void **state)
{
    (void)state;
    struct drive d = drive_new(
        ANALYSIS(THREE, ""),
        "{\"r0i0:member:ann\": [{\"error\": {\"kind\": \"transient\", \"code\": \"rate_limited\", "
        "\"retry_after_ms\": 5000}}, {}], \"r0i0:member:bob\": [{\"error\": {\"kind\": "
        "\"transient\", \"code\": \"rate_limited\", \"retry_after_ms\": 60001}}]}");
    drive_run(&d);
    assert_at(nth_event(&d, "attempt_failed", 0), "wait_ms", "5850");
    assert_at(nth_event(&d, "attempt_failed", 1), "next", "\"give_up\"");
    assert_at(d.result, "rounds.0.member_results.bob.attempts.1", "null");
    drive_release(&d);
}

static void attempts_are_limited(void **state)
{
    (void)state;
    struct drive d = drive_new(
        ANALYSIS(THREE, ""),
        "{\"r0i0:member:ann\": [" FAIL("transient", "server_error") "],"
                                                                    " \"r0i0:member:bob\": [" FAIL(
                                                                        "transient", "stall") "]}");
    drive_run(&d);
    assert_at(d.result, "rounds.0.member_results.ann.status", "\"error\"");
    assert_int_equal(json_array_size(at_path(d.result, "rounds.0.member_results.ann.attempts")), 2);
    assert_at(d.result, "rounds.0.member_results.bob.status", "\"timeout\"");
    assert_at(d.result, "rounds.0.member_results.bob.reason", "\"stall\"");
    drive_release(&d);
}

#define FALLBACK                                                                                   \
    "[{\"id\": \"ann\", \"provider\": \"mock\", \"model\": \"big\", \"fallback\": "                \
    "[{\"provider\": "                                                                             \
    "\"other\", \"model\": \"small\", \"max_tokens\": 77}]}, " SEAT("bob") "]"

static void fallback_takes_over(void **state)
{
    (void)state;
    struct drive d =
        drive_new(ANALYSIS(FALLBACK, ""),
                  "{\"r0i0:member:ann\": [" FAIL("permanent", "model_not_found") ", {}]}");
    drive_run(&d);
    assert_string_equal(d.outcome, "complete");
    assert_at(nth_event(&d, "attempt_failed", 0), "next", "\"fallback\"");
    assert_at(d.result, "rounds.0.member_results.ann.model", "\"small\"");
    assert_at(d.result, "rounds.0.member_results.ann.fallback_index", "0");
    assert_at(asked_of(&d, "r0i0:member:ann", 1), "params.max_tokens", "77");
    assert_at(asked_of(&d, "r0i0:member:ann", 1), "provider", "\"other\"");
    assert_true(has_warning(&d, "fallback_used"));
    drive_release(&d);
}

static void no_fallback_for_a_filtered_question(void **state)
{
    (void)state;
    struct drive d =
        drive_new(ANALYSIS(FALLBACK, ""),
                  "{\"r0i0:member:ann\": [" FAIL("permanent", "content_filtered") "]}");
    drive_run(&d);
    assert_at(nth_event(&d, "attempt_failed", 0), "next", "\"give_up\"");
    assert_string_equal(d.outcome, "degraded");
    drive_release(&d);
}

static void quorum_lost_refuses_and_cancels_the_rest(void **state)
{
    (void)state;
    struct drive d = drive_new(
        ANALYSIS(THREE, ", \"quorum\": 2"),
        "{\"r0i0:member:ann\": [" FAIL(
            "permanent", "auth") "],"
                                 " \"r0i0:member:bob\": [" FAIL(
                                     "permanent",
                                     "auth") "],"
                                             " \"r0i0:member:cy\": [{\"delay_ms\": 9000}]}");
    drive_run(&d);
    assert_string_equal(d.outcome, "failed"); /* nobody was ok in the whole run */
    assert_at(d.result, "rounds.0.member_results.cy.status", "\"cancelled\"");
    assert_at(d.result, "rounds.0.member_results.cy.reason", "\"quorum_unreachable\"");
    assert_at(d.aborted, "", "[\"r0i0:member:cy\"]");
    assert_at(d.result, "final", "null");
    drive_release(&d);
    d = drive_new(ANALYSIS(THREE, ", \"quorum\": 2"),
                  "{\"r0i0:member:cy\": [" FAIL("permanent", "auth") "],"
                                                                     " \"r0i0:member:bob\": [" FAIL(
                                                                         "permanent", "auth") "]}");
    drive_run(&d);
    assert_string_equal(d.outcome, "refused");
    assert_at(nth_event(&d, "run_failed", 0), "errors.2.code", "\"quorum_lost\"");
    assert_at(d.result, "rounds.0.status", "\"lost_quorum\"");
    drive_release(&d);
}

static void quorum_lost_may_go_on(void **state)
{
    (void)state;
    struct drive d = drive_new(ANALYSIS(THREE, ", \"quorum\": 3, \"on_quorum_lost\": \"continue\""),
                               "{\"r0i0:member:ann\": [" FAIL("permanent", "auth") "]}");
    drive_run(&d);
    assert_string_equal(d.outcome, "degraded");
    assert_true(has_degraded(&d, "quorum_lost"));
    drive_release(&d);
}

static void distinct_providers_count(void **state)
{
    (void)state;
    struct drive d = drive_new(
        ANALYSIS(THREE, ", \"quorum\": {\"ratio\": 0.6, \"distinct\": \"provider\"}"), "{}");
    drive_run(&d);
    assert_string_equal(d.outcome, "refused"); /* three answers, one provider */
    assert_at(d.result, "rounds.0.quorum", "{\"need\":2,\"of\":3,\"ok\":1,\"met\":false}");
    drive_release(&d);
}

static void fail_fast(void **state)
{
    (void)state;
    struct drive d =
        drive_new(ANALYSIS(THREE, ", \"failure_mode\": \"fail_fast\""),
                  "{\"r0i0:member:ann\": [" FAIL(
                      "permanent", "auth") "],"
                                           " \"r0i0:member:cy\": [{\"delay_ms\": 500}]}");
    drive_run(&d);
    assert_string_equal(d.outcome, "failed");
    assert_at(d.result, "rounds.0.member_results.cy.reason", "\"fail_fast\"");
    assert_at(nth_event(&d, "run_failed", 0), "errors.1.code", "\"member_failed\"");
    drive_release(&d);
}

/* That the others were called off is not told as a quorum that was lost. */
static void fail_fast_is_the_only_reason(void **state)
{
    (void)state;
    struct drive d = drive_new(ANALYSIS(THREE, ", \"failure_mode\": \"fail_fast\", \"quorum\": 3, "
                                               "\"on_quorum_lost\": \"continue\""),
                               "{\"r0i0:member:ann\": [" FAIL("permanent", "auth") "]}");
    drive_run(&d);
    assert_string_equal(d.outcome, "failed");
    assert_at(nth_event(&d, "run_failed", 0), "errors.1.code", "\"member_failed\"");
    assert_false(has_degraded(&d, "quorum_lost"));
    drive_release(&d);
}

/* Bob's turn comes when ann has failed, and that ends the round: nobody was asked for money. */
static void what_was_never_sent_costs_nothing(void **state)
{
    (void)state;
    struct drive d =
        drive_new(ANALYSIS(THREE, ", \"failure_mode\": \"fail_fast\", \"max_parallel\": 1"),
                  "{\"r0i0:member:ann\": [" FAIL("permanent", "auth") "]}");
    drive_run(&d);
    json_t *bob = at_path(d.result, "rounds.0.member_results.bob");
    assert_at(bob, "reason", "\"fail_fast\"");
    assert_at(bob, "attempts.0.usage_estimated", "false");
    assert_at(bob, "attempts.0.cost", "0.0");
    assert_null(asked_of(&d, "r0i0:member:bob", 0));
    assert_at(d.aborted, "", "[]");
    assert_at(d.result, "budget.charged_tokens", "0");
    drive_release(&d);
}

static void reask_once_then_invalid(void **state)
{
    (void)state;
    struct drive d =
        drive_new(THREE_STAGE, "{\"r1i0:member:ann\": [{\"text\": \"no json here\"}],"
                               " \"r1i0:member:bob\": [{\"text\": \"sorry\"}, {\"text\": "
                               "\"{\\\"ordering\\\": [\\\"A\\\", \\\"B\\\", \\\"C\\\"]}\"}]}");
    drive_run(&d);
    assert_at(d.result, "rounds.1.member_results.ann.status", "\"invalid_output\"");
    assert_at(d.result, "rounds.1.member_results.ann.content", "\"no json here\"");
    assert_at(d.result, "rounds.1.member_results.ann.ballot", "null");
    assert_at(d.result, "rounds.1.member_results.bob.status", "\"ok\"");
    assert_at(d.result, "rounds.1.member_results.bob.attempts.1.kind", "\"reask\"");
    assert_int_equal(count_events(&d, "member_reask"), 2);
    json_t *messages = at_path(asked_of(&d, "r1i0:member:bob", 1), "messages");
    assert_int_equal(json_array_size(messages), 4);
    assert_at(messages, "2.content", "\"sorry\"");
    assert_non_null(
        strstr(prompt_of(&d, "r1i0:member:bob", 1), "Send it again in the required form"));
    assert_true(has_degraded(&d, "invalid_output"));
    drive_release(&d);
}

static void empty_answers_are_invalid(void **state)
{
    (void)state;
    struct drive d = drive_new(ANALYSIS(THREE, ", \"opts\": {\"reask\": 0}"),
                               "{\"r0i0:member:ann\": [{\"text\": \"  \\n\"}]}");
    drive_run(&d);
    assert_at(d.result, "rounds.0.member_results.ann.status", "\"invalid_output\"");
    assert_at(d.result, "rounds.0.member_results.ann.reason", "\"empty_answer\"");
    drive_release(&d);
}

static void refuses_when_degraded(void **state)
{
    (void)state;
    struct drive d = drive_new(
        "{\"id\": \"x\", \"on_degraded\": \"refuse\", \"members\": " THREE ", \"chair\": " CHAIR
        ", \"rounds\": [" ROUND("independent_analysis") ", " ROUND("synthesis") "]}",
        "{\"r0i0:member:ann\": [" FAIL("permanent", "auth") "]}");
    drive_run(&d);
    assert_string_equal(d.outcome, "refused");
    assert_null(asked_of(&d, "r1i0:chair:chair", 0)); /* nothing more is paid for */
    assert_at(d.result, "final.withheld", "true");
    assert_at(d.result, "final.content", "null");
    drive_release(&d);
}

static void one_answer_skips_the_review(void **state)
{
    (void)state;
    struct drive d = drive_new(
        "{\"id\": \"x\", \"members\": " THREE ", \"rounds\": [{\"type\": \"independent_analysis\", "
        "\"name\": \"a\", \"quorum\": 1}, " ROUND("anonymized_peer_review") "]}",
        "{\"r0i0:member:ann\": [" FAIL("permanent", "auth") "],"
                                                            " \"r0i0:member:bob\": [" FAIL(
                                                                "permanent", "auth") "]}");
    drive_run(&d);
    assert_at(d.result, "rounds.1.status", "\"skipped\"");
    assert_at(d.result, "rounds.1.reason", "\"not_enough_answers\"");
    assert_at(d.result, "final.source", "\"single_answer\"");
    assert_at(d.result, "final.member_id", "\"cy\"");
    assert_string_equal(d.outcome, "degraded");
    drive_release(&d);
}

static void served_model_and_missing_usage(void **state)
{
    (void)state;
    struct drive d =
        drive_new(ANALYSIS(THREE, ""),
                  "{\"r0i0:member:ann\": [{\"model_served\": \"m-other\"}],"
                  " \"r0i0:member:bob\": [{\"model_served\": \"m-bob-2026\", \"usage\": {}}]}");
    drive_run(&d);
    assert_at(d.result, "rounds.0.member_results.ann.model_served", "\"m-other\"");
    assert_true(has_warning(&d, "model_substituted"));
    assert_true(has_warning(&d, "usage_estimated"));
    assert_at(d.result, "rounds.0.member_results.bob.usage", "null");
    assert_at(d.result, "usage.input_tokens", "20");
    assert_at(d.result, "warnings.1.code", "\"usage_estimated\"");
    drive_release(&d);
}

static void late_facts_are_dropped(void **state)
{
    (void)state;
    struct drive d = drive_new(ANALYSIS(THREE, ""), "{}");
    drive_at(&d, 50,
             "{\"type\": \"exchange_completed\", \"call_id\": \"r0i0:member:ann\", "
             "\"attempt\": 2, \"content\": \"x\"}");
    drive_at(&d, 50, "{\"type\": \"exchange_completed\", \"call_id\": \"nobody\", \"attempt\": 1}");
    drive_at(&d, 50, "{\"type\": \"member_completed\"}");
    drive_run(&d);
    assert_string_equal(d.outcome, "complete");
    json_t *fact = parse_json("{\"type\": \"cancel_requested\", \"mode\": \"now\"}");
    assert_int_equal(engine_feed(d.e, 99999, fact), -ESTALE);
    json_decref(fact);
    drive_release(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_dead_member_degrades),
        cmocka_unit_test(retry_waits_as_the_seed_says),
        cmocka_unit_test(retry_after_is_honoured),
        cmocka_unit_test(attempts_are_limited),
        cmocka_unit_test(fallback_takes_over),
        cmocka_unit_test(no_fallback_for_a_filtered_question),
        cmocka_unit_test(quorum_lost_refuses_and_cancels_the_rest),
        cmocka_unit_test(quorum_lost_may_go_on),
        cmocka_unit_test(distinct_providers_count),
        cmocka_unit_test(fail_fast),
        cmocka_unit_test(fail_fast_is_the_only_reason),
        cmocka_unit_test(what_was_never_sent_costs_nothing),
        cmocka_unit_test(reask_once_then_invalid),
        cmocka_unit_test(empty_answers_are_invalid),
        cmocka_unit_test(refuses_when_degraded),
        cmocka_unit_test(one_answer_skips_the_review),
        cmocka_unit_test(served_model_and_missing_usage),
        cmocka_unit_test(late_facts_are_dropped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
