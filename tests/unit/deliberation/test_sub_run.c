/* A council that sits in another one's seat is heard as one member, spends the money of the whole
 * run, and can neither outlive its call nor end the run. */
#include "drive.h"

#define INNER(more)                                                                                \
    "{\"id\": \"legal\", \"sub_council\": {\"id\": \"lawyers\", \"members\": [" SEAT(              \
        "ann") ", " SEAT("dee") "], \"chair\": " CHAIR                                             \
                                ", \"rounds\": [" ROUND("independent_analysis") "]" more "}}"
#define OUTER(inner, more)                                                                         \
    "{\"id\": \"x\", \"members\": [" inner                                                         \
    ", " SEAT("bob") "], \"rounds\": [" ROUND("independent_analysis") more "]}"

static void its_final_is_the_members_answer(void **state)
{
    (void)state;
    struct drive d = drive_new(OUTER(INNER(""), ""),
                               "{\"r0i0:legal/r1i0:chair:chair\": [{\"text\": \"Legal.\"}]}");
    drive_run(&d);
    assert_string_equal(d.outcome, "complete");
    assert_at(d.result, "rounds.0.member_results.legal.status", "\"ok\"");
    assert_at(d.result, "rounds.0.member_results.legal.content", "\"Legal.\"");
    assert_at(d.result, "rounds.0.member_results.legal.provider", "null");
    assert_at(d.result, "rounds.0.member_results.legal.sub_run.path", "\"r0i0:legal/\"");
    assert_at(d.result, "rounds.0.member_results.legal.sub_run.outcome", "\"complete\"");
    assert_at(d.result, "rounds.0.member_results.legal.sub_run.final.content", "\"Legal.\"");
    assert_at(d.result, "rounds.0.member_results.legal.usage.input_tokens", "30");
    assert_at(d.result, "usage.input_tokens", "40");
    assert_at(d.result, "usage.calls", "4");
    assert_at(d.result, "budget.charged_tokens", "60");
    assert_at(d.result, "heard", "{\"ok\":2,\"of\":2}");
    assert_non_null(asked_of(&d, "r0i0:legal/r0i0:member:dee", 0));
    assert_non_null(asked_of(&d, "r0i0:member:bob", 0));
    drive_release(&d);
}

static void its_events_carry_its_path(void **state)
{
    (void)state;
    struct drive d = drive_new(OUTER(INNER(""), ""), "{}");
    drive_run(&d);
    size_t i;
    json_t *event;
    int inner = 0;
    assert_int_equal(count_events(&d, "sub_run_started"), 1);
    assert_int_equal(count_events(&d, "sub_run_completed"), 1);
    assert_int_equal(count_events(&d, "run_started"), 1);
    assert_int_equal(count_events(&d, "round_started"), 3);
    assert_at(nth_event(&d, "sub_run_started", 0), "council_id", "\"lawyers\"");
    assert_at(nth_event(&d, "sub_run_started", 0), "path", "\"\"");
    assert_at(nth_event(&d, "sub_run_completed", 0), "sub_path", "\"r0i0:legal/\"");
    json_array_foreach (d.events, i, event)
        inner += strcmp(j_str(event, "path", ""), "r0i0:legal/") == 0;
    assert_int_equal(inner, 3 + 3 * 3 - 1 + 2); /* 2 rounds, 3 calls */
    drive_release(&d);
}

static void later_rounds_ask_it_with_the_request(void **state)
{
    (void)state;
    struct drive d = drive_new(OUTER(INNER(""), ", " ROUND("debate")), "{}");
    drive_run(&d);
    assert_string_equal(d.outcome, "complete");
    const char *first = prompt_of(&d, "r0i0:legal/r0i0:member:ann", 0);
    const char *second = prompt_of(&d, "r1i0:legal/r0i0:member:ann", 0);
    assert_non_null(strstr(first, "# Task\n\nWhat is the best way"));
    assert_non_null(strstr(second, "# Task\n\nWhat is the best way"));
    assert_non_null(strstr(second, "asks this of it.\n\nUnder Rebuttal"));
    drive_release(&d);
}

static void a_vote_is_read_from_its_words(void **state)
{
    (void)state;
    struct drive d = drive_new(
        "{\"id\": \"x\", \"members\": [" INNER("") ", " SEAT(
            "bob") "], \"rounds\": [{\"type\": "
                   "\"vote\", \"name\": \"v\", \"opts\": {\"options\": [{\"id\": \"yes\", "
                   "\"text\": \"y\"}, "
                   "{\"id\": \"no\", \"text\": \"n\"}]}}]}",
        "{\"r0i0:legal/r1i0:chair:chair\": [{\"text\": \"It is sound.\\nFinal vote: yes\"}], "
        "\"r0i0:member:bob\": [{\"text\": \"{\\\"choice\\\": \\\"yes\\\"}\"}]}");
    drive_run(&d);
    assert_string_equal(d.outcome, "complete");
    assert_at(d.result, "rounds.0.member_results.legal.ballot", "{\"choice\":\"yes\"}");
    assert_at(d.result, "final.winner", "\"yes\"");
    drive_release(&d);
    /* what cannot be read is asked for again inside, and then is invalid */
    d = drive_new("{\"id\": \"x\", \"members\": [" INNER("") ", " SEAT(
                      "bob") "], \"rounds\": [{\"type\": \"vote\", \"name\": \"v\", "
                             "\"opts\": {\"options\": [{\"id\": \"yes\", \"text\": "
                             "\"y\"}, {\"id\": \"no\", \"text\": \"n\"}]}}]}",
                  "{\"r0i0:legal/r1i0:chair:chair\": [{\"text\": \"We cannot say.\"}], "
                  "\"r0i0:member:bob\": [{\"text\": \"{\\\"choice\\\": \\\"yes\\\"}\"}]}");
    drive_run(&d);
    assert_non_null(asked_of(&d, "r0i0:legal/r1i0:chair:chair", 1));
    assert_at(d.result, "rounds.0.member_results.legal.status", "\"invalid_output\"");
    assert_string_equal(d.outcome, "degraded");
    drive_release(&d);
}

#define DEAD "[{\"error\": {\"kind\": \"permanent\", \"code\": \"auth\", \"message\": \"m\"}}]"

static void a_degraded_one_degrades_the_run(void **state)
{
    (void)state;
    struct drive d = drive_new(OUTER(INNER(""), ""), "{\"r0i0:legal/r0i0:member:ann\": " DEAD "}");
    drive_run(&d);
    assert_string_equal(d.outcome, "degraded");
    assert_true(has_degraded(&d, "sub_council_degraded"));
    assert_at(d.result, "rounds.0.member_results.legal.status", "\"ok\"");
    drive_release(&d);
}

static void a_failed_one_is_a_failed_seat(void **state)
{
    (void)state;
    struct drive d = drive_new(OUTER(INNER(""), ""), "{\"r0i0:legal/r0i0:member:ann\": " DEAD
                                                     ", \"r0i0:legal/r0i0:member:dee\": " DEAD "}");
    drive_run(&d);
    assert_string_equal(d.outcome, "degraded");
    assert_at(d.result, "rounds.0.member_results.legal.status", "\"error\"");
    assert_at(d.result, "rounds.0.member_results.legal.reason", "\"sub_council_failed\"");
    assert_int_equal(count_events(&d, "sub_run_failed"), 1);
    assert_int_equal(count_events(&d, "run_completed"), 1);
    drive_release(&d);
}

static void the_end_of_its_call_ends_it(void **state)
{
    (void)state;
    struct drive d = drive_new(
        OUTER("{\"id\": \"legal\", \"timeouts\": {\"total_ms\": 3000}, \"sub_council\": {\"id\": "
              "\"lawyers\", \"members\": [" SEAT("ann") ", " SEAT("dee") "], \"rounds\": [" ROUND(
                  "independent_analysis") "]}}",
              ""),
        "{\"r0i0:legal/r0i0:member:ann\": [{\"error\": \"never\"}]}");
    drive_run(&d);
    assert_at(d.result, "rounds.0.member_results.legal.status", "\"timeout\"");
    assert_at(d.result, "rounds.0.member_results.legal.reason", "\"total\"");
    assert_at(d.aborted, "0", "\"r0i0:legal/r0i0:member:ann\"");
    assert_at(nth_event(&d, "sub_run_failed", 0), "outcome", "\"cancelled\"");
    assert_at(d.result, "rounds.0.member_results.legal.sub_run.outcome", "\"cancelled\"");
    assert_at(d.result, "rounds.0.member_results.legal.usage.input_tokens", "10");
    assert_at(d.result, "timing.duration_ms", "3000");
    drive_release(&d);
}

static void its_own_deadline_leaves_it_its_best_answer(void **state)
{
    (void)state;
    struct drive d = drive_new(OUTER(INNER(", \"budget\": {\"deadline_ms\": 2000, "
                                           "\"chair_reserve\": 0.5}"),
                                     ""),
                               "{\"r0i0:legal/r0i0:member:ann\": [{\"error\": \"never\"}], "
                               "\"r0i0:legal/r1i0:chair:chair\": [{\"text\": \"in time\"}]}");
    drive_run(&d);
    assert_string_equal(d.outcome, "degraded");
    assert_at(d.result, "rounds.0.member_results.legal.content", "\"in time\"");
    assert_true(has_degraded(&d, "sub_council_degraded"));
    drive_release(&d);
}

static void a_cancelled_run_ends_inside_too(void **state)
{
    (void)state;
    static const char *const modes[] = {"now", "drain"};
    for (int i = 0; i < 2; i++) {
        char fact[80];
        struct drive d = drive_new(OUTER(INNER(""), ""), "{}");
        snprintf(fact, sizeof fact, "{\"type\": \"cancel_requested\", \"mode\": \"%s\"}", modes[i]);
        drive_at(&d, 50, fact);
        drive_run(&d);
        assert_string_equal(d.outcome, "cancelled");
        assert_int_equal(count_events(&d, "sub_run_failed"), 1);
        assert_int_equal(count_events(&d, "round_completed"), 2);
        assert_null(asked_of(&d, "r0i0:legal/r1i0:chair:chair", 0));
        drive_release(&d);
    }
}

static void its_budget_is_a_further_limit(void **state)
{
    (void)state;
    struct drive d =
        drive_new(OUTER(INNER(", \"budget\": {\"max_calls\": 2, \"chair_reserve\": 0}"), ""), "{}");
    drive_run(&d);
    assert_at(d.result, "budget.charged_tokens", "45");
    assert_at(d.result, "budget.refused_calls", "1");
    assert_at(d.result, "rounds.0.member_results.legal.sub_run.outcome", "\"degraded\"");
    drive_release(&d);
    d = drive_new(OUTER(INNER(""), ""), "{}");
    json_object_set_new(d.council, "budget", parse_json("{\"max_calls\": 3}"));
    drive_run(&d);
    assert_at(d.result, "budget.charged_tokens", "45");
    drive_release(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(its_final_is_the_members_answer),
        cmocka_unit_test(its_events_carry_its_path),
        cmocka_unit_test(later_rounds_ask_it_with_the_request),
        cmocka_unit_test(a_vote_is_read_from_its_words),
        cmocka_unit_test(a_degraded_one_degrades_the_run),
        cmocka_unit_test(a_failed_one_is_a_failed_seat),
        cmocka_unit_test(the_end_of_its_call_ends_it),
        cmocka_unit_test(its_own_deadline_leaves_it_its_best_answer),
        cmocka_unit_test(a_cancelled_run_ends_inside_too),
        cmocka_unit_test(its_budget_is_a_further_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
