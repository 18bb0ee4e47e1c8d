/* What a runner says of itself is what ps and info show: a word that is missing must not wipe out
 * the last one, and a second result must not replace the first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "life_fixture.h"

static struct json_span span(const char *text)
{
    return (struct json_span){text, text ? strlen(text) : 0};
}

static void progress_keeps_what_it_does_not_mention(void **state)
{
    (void)state;
    static const struct {
        const char *phase, *usage, *calls, *council; /* said; NULL: not */
        const char *is_phase, *is_usage, *is_council;
        int64_t is_calls; /* shown then */
    } CASES[] = {
        {NULL, NULL, NULL, NULL, NULL, NULL, "c", 0},
        {"\"r0\"", NULL, NULL, NULL, "\"r0\"", NULL, "c", 0},
        {NULL, "{\"a\":1}", NULL, NULL, "\"r0\"", "{\"a\":1}", "c", 0},
        {NULL, NULL, "3", NULL, "\"r0\"", "{\"a\":1}", "c", 3},
        {NULL, NULL, NULL, "\"d\\u00e9\"", "\"r0\"", "{\"a\":1}", "d\u00e9", 3},
        {"\"r1\"", "{}", "4", "\"e\"", "\"r1\"", "{}", "e", 4},
        {NULL, NULL, "\"x\"", "7", "\"r1\"", "{}", "e", 4},
    };
    struct ear ear;
    struct run *run = running(&ear, 5000);
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        assert_true(say(run, (struct link_up){.type = LINK_PROGRESS,
                                              .phase = span(CASES[i].phase),
                                              .usage = span(CASES[i].usage),
                                              .calls = span(CASES[i].calls),
                                              .council_id = span(CASES[i].council)}));
        const struct run_view view = run_view(run);
        if (!CASES[i].is_phase)
            assert_null(view.phase);
        else
            assert_string_equal(view.phase, CASES[i].is_phase);
        if (!CASES[i].is_usage)
            assert_null(view.usage);
        else
            assert_string_equal(view.usage, CASES[i].is_usage);
        assert_string_equal(view.council_id, CASES[i].is_council);
        assert_int_equal(view.calls, CASES[i].is_calls);
    }
    leader_exits(run, CLD_EXITED, 0);
}

static bool say_result(struct run *run, enum outcome outcome, const char *result)
{
    return say(run,
               (struct link_up){.type = LINK_RESULT, .outcome = outcome, .result = span(result)});
}

static void assert_result(const struct run *run, const char *wanted)
{
    char *text = NULL;
    assert_int_equal(run_result(run, &text), 0);
    if (!wanted)
        assert_null(text);
    else
        assert_non_null(strstr(text ? text : "", wanted));
    free(text);
}

static void the_first_result_stays(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = running(&ear, 5000);
    assert_result(run, NULL);
    assert_false(say_result(run, OUTCOME_NONE, "{\"x\":0}"));
    assert_result(run, NULL);
    assert_true(say_result(run, OUTCOME_DEGRADED, "{\"x\":1}"));
    assert_false(say_result(run, OUTCOME_COMPLETE, "{\"x\":2}"));
    assert_result(run, "\"result\":{\"x\":1}");
    assert_int_equal(run_view(run).outcome, OUTCOME_DEGRADED);
    leader_exits(run, CLD_EXITED, 0);
    assert_non_null(strstr(ear.down, "\"outcome\":\"degraded\""));
    assert_null(strstr(ear.down, "record_error"));
    const char *record = get_file(&folder, "runs/0000000001000-r1.jsonl");
    assert_non_null(strstr(record, "\"result\":{\"x\":1}"));
    assert_null(strstr(record, "\"x\":2"));
}

/* One that stands in the record is where the runner says, or there is none. */
static void a_result_that_is_not_in_the_record_is_none(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = running(&ear, 5000);
    assert_false(say(
        run, (struct link_up){
                 .type = LINK_RESULT, .outcome = OUTCOME_COMPLETE, .at = 1000000, .bytes = 10}));
    assert_result(run, NULL);
    assert_int_equal(run_view(run).outcome, OUTCOME_NONE);
    assert_true(say_result(run, OUTCOME_DEGRADED, "{\"x\":1}"));
    assert_int_equal(run_view(run).outcome, OUTCOME_DEGRADED);
    leader_exits(run, CLD_EXITED, 0);
}

static void a_first_word_is_said_once(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = running(&ear, 5000);
    assert_false(say_ready(run));
    assert_false(say(run, (struct link_up){.type = LINK_FAILED}));
    leader_exits(run, CLD_EXITED, 0);
    assert_int_equal(ear.reason, REASON_NORMAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(progress_keeps_what_it_does_not_mention),
        TEST(the_first_result_stays),
        TEST(a_result_that_is_not_in_the_record_is_none),
        TEST(a_first_word_is_said_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
