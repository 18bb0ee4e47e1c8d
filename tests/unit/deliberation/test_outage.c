/* A run that died with its daemon while requests were on their way: charged in full, what they had
 * reserved made it impossible to finish within its own budget. And one whose disk gave up: what it
 * had been answered is in its result, whatever else is missing. */
#include "drive.h"
#include "runner/deliberation/resume.h"

static json_t *first_lines(json_t *events, size_t n)
{
    json_t *lines = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append(lines, json_array_get(events, i));
    return lines;
}

static struct drive with_budget(int64_t tokens, const struct resume *resume)
{
    struct drive d = drive_new(THREE_STAGE, "{}");
    drive_resolve(&d);
    json_object_set_new(json_object_get(d.council, "budget"), "max_tokens", json_integer(tokens));
    d.resume = resume;
    d.no_replay = true; /* the checker would refuse some of these budgets */
    drive_run(&d);
    return d;
}

static bool is_complete(int64_t tokens)
{
    struct drive d = with_budget(tokens, NULL);
    bool complete = strcmp(d.outcome, "complete") == 0;
    drive_release(&d);
    return complete;
}

/* The least budget with which the council is complete when nothing goes wrong. */
static int64_t least_budget(void)
{
    int64_t low = 0, high = 10000000;
    while (high - low > 1) {
        int64_t middle = (low + high) / 2;
        if (is_complete(middle))
            high = middle;
        else
            low = middle;
    }
    return high;
}

static void read_dead(json_t *lines, bool outage, struct resume *ret)
{
    const struct resume_source source = {.run_id = "run_test", .lines = lines, .outage = outage};
    assert_int_equal(resume_read(&source, 1, ret, NULL), 0);
}

static void a_run_that_died_with_its_daemon_is_finished_within_its_budget(void **state)
{
    (void)state;
    struct resume fair, full;
    int64_t least = least_budget(), budget = least + least / 2;
    struct drive whole = with_budget(budget, NULL);
    json_t *lines = first_lines(whole.events, 5); /* three requests are on their way */
    assert_string_equal(j_str(json_array_get(lines, 4), "type", ""), "member_started");
    read_dead(lines, true, &fair);
    read_dead(lines, false, &full);
    assert_true(fair.carried_tokens < full.carried_tokens);
    assert_int_equal(fair.spared.tokens, full.carried_tokens - fair.carried_tokens);
    assert_int_equal(full.spared.tokens, 0);
    struct drive a = with_budget(budget, &fair), b = with_budget(budget, &full);
    assert_string_equal(a.outcome, "complete");
    assert_string_not_equal(b.outcome, "complete");
    assert_int_equal(j_int(at_path(a.result, "budget.budget_carried"), "tokens", -1),
                     fair.spared.tokens);
    assert_int_equal(
        j_int(at_path(nth_event(&a, "run_resumed", 0), "budget_carried"), "tokens", -1),
        fair.spared.tokens);
    assert_true(j_int(at_path(a.result, "budget"), "charged_tokens", 0) <= budget);
    /* The next one of the chain is told, and spares nothing again. */
    struct resume next;
    read_dead(a.events, true, &next);
    assert_int_equal(next.spared.tokens, fair.spared.tokens);
    json_t *early = first_lines(a.events, 6);
    resume_release(&next);
    read_dead(early, true, &next);
    assert_int_equal(next.spared.tokens, fair.spared.tokens);
    assert_true(next.carried_tokens >= fair.carried_tokens);
    resume_release(&next);
    resume_release(&fair);
    resume_release(&full);
    json_decref(early);
    json_decref(lines);
    drive_release(&a);
    drive_release(&b);
    drive_release(&whole);
}

/* ---- the journal gives up ---- */

#define GIVES_UP(mode)                                                                             \
    "{\"type\":\"cancel_requested\",\"mode\":\"" mode "\",\"reason\":\"journal\",\"message\":"     \
    "\"the disk is full\"}"

static struct drive given_up(const char *script, const char *first, const char *second)
{
    struct drive d = drive_new(THREE_STAGE, script);
    drive_at(&d, 150, first);
    if (second)
        drive_at(&d, 160, second);
    drive_run(&d); /* and replays it */
    return d;
}

static void expect_given_up(struct drive *d)
{
    json_t *errors = j_get(d->result, "errors");
    assert_string_equal(d->outcome, "failed");
    assert_at(d->result, "status", "\"failed\"");
    json_t *error = json_array_get(errors, json_array_size(errors) - 1);
    assert_at(error, "code", "\"journal\"");
    assert_at(error, "kind", "\"permanent\"");
    assert_at(error, "message", "\"the disk is full\"");
    assert_non_null(nth_event(d, "run_failed", 0));
}

static const char SLOW[] = "{\"r0i0:member:bob\": [{\"delay_ms\": 400}], "
                           "\"r0i0:member:cy\": [{\"delay_ms\": 400}]}";

static void a_full_journal_lets_those_finish_that_were_asked(void **state)
{
    (void)state;
    struct drive d = given_up(SLOW, GIVES_UP("drain"), NULL);
    expect_given_up(&d);
    assert_int_equal(json_array_size(d.asked), 3);
    assert_int_equal(json_array_size(d.aborted), 0);
    assert_at(d.result, "rounds.0.member_results.ann.status", "\"ok\"");
    assert_at(d.result, "rounds.0.member_results.bob.status", "\"ok\"");
    assert_at(d.result, "rounds.0.member_results.cy.status", "\"ok\"");
    assert_at(nth_event(&d, "cancel_requested", 0), "reason", "\"journal\"");
    assert_at(nth_event(&d, "cancel_requested", 0), "message", "\"the disk is full\"");
    drive_release(&d);
}

static void what_was_wrong_with_it_first_is_told(void **state)
{
    (void)state;
    struct drive d = given_up(SLOW, GIVES_UP("drain"),
                              "{\"type\":\"cancel_requested\",\"mode\":\"now\",\"reason\":"
                              "\"journal\",\"message\":\"and it is broken\"}");
    expect_given_up(&d);
    assert_int_equal(json_array_size(d.aborted), 2);
    drive_release(&d);
}

static void a_broken_journal_ends_it_with_what_is_there(void **state)
{
    (void)state;
    struct drive d = given_up(SLOW, GIVES_UP("now"), NULL);
    expect_given_up(&d);
    assert_int_equal(json_array_size(d.aborted), 2);
    assert_at(d.result, "rounds.0.member_results.ann.status", "\"ok\"");
    assert_at(d.result, "rounds.0.member_results.bob.status", "\"cancelled\"");
    drive_release(&d);
}

#define CLIENT(mode) "{\"type\":\"cancel_requested\",\"mode\":\"" mode "\",\"reason\":\"client\"}"

static void a_cancelled_run_fails_only_when_nothing_can_be_written(void **state)
{
    (void)state;
    /* It asks nobody any more as it is. */
    struct drive d = given_up(SLOW, CLIENT("drain"), GIVES_UP("drain"));
    assert_string_equal(d.outcome, "cancelled");
    drive_release(&d);
    d = given_up(SLOW, CLIENT("drain"), GIVES_UP("now"));
    expect_given_up(&d);
    drive_release(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_that_died_with_its_daemon_is_finished_within_its_budget),
        cmocka_unit_test(a_full_journal_lets_those_finish_that_were_asked),
        cmocka_unit_test(what_was_wrong_with_it_first_is_told),
        cmocka_unit_test(a_broken_journal_ends_it_with_what_is_there),
        cmocka_unit_test(a_cancelled_run_fails_only_when_nothing_can_be_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
