/* What a fact must say: one that is ill-formed, or about something that is not being waited for,
 * changes nothing, whoever sent it and however late it comes. */
#include <errno.h>

#include "drive.h"

#define WAITERS                                                                                    \
    "{\"id\": \"x\", \"members\": [{\"id\": \"ann\", \"provider\": \"mock\", \"model\": \"m\", "   \
    "\"tools\": [{\"name\": \"slow\", \"kind\": \"command\", \"description\": \"d\", "             \
    "\"parameters\": {\"type\": \"object\"}}]}, " SEAT(                                            \
        "bob") "], \"rounds\": [{\"type\": \"independent_analysis\", \"name\": \"a\"}]}"
#define SCRIPT                                                                                     \
    "{\"r0i0:member:ann\": [{\"text\": \"\", \"finish_reason\": \"tool_calls\", \"tool_calls\": "  \
    "[{\"id\": \"t1\", \"name\": \"slow\", \"args_raw\": \"{}\"}]}], \"r0i0:member:bob\": "        \
    "[{\"error\": \"never\"}], \"tools\": {\"slow\": {\"delay_ms\": -1}}}"

/* Ann waits for a tool that does not end, Bob for an answer that does not come. */
static struct drive waiting(void)
{
    struct drive d = drive_new(WAITERS, SCRIPT);
    drive_begin(&d);
    engine_start(d.e);
    drive_take(&d);
    while (json_array_size(d.tooled) == 0 && drive_step(&d))
        drive_take(&d);
    assert_int_equal(json_array_size(d.tooled), 1);
    return d;
}

static int feed(struct drive *d, const char *text)
{
    json_t *fact = parse_json(text);
    int r = engine_feed(d->e, d->now, fact);
    drive_take(d);
    json_decref(fact);
    return r;
}

#define ANN    "\"call_id\": \"r0i0:member:ann\", "
#define BOB    "\"call_id\": \"r0i0:member:bob\", "
#define FAILED "{\"type\": \"attempt_failed\", "
#define DONE   "{\"type\": \"exchange_completed\", "
#define TOOL   "{\"type\": \"tool_call_result\", "
#define CANCEL "{\"type\": \"cancel_requested\""
#define ERROR  ", \"error\": {\"kind\": \"permanent\", \"code\": \"auth\", \"message\": \"m\"}}"

static void it_starts_once(void **state)
{
    (void)state;
    struct drive d = waiting();
    engine_start(d.e);
    drive_take(&d);
    assert_int_equal(count_events(&d, "run_started"), 1);
    assert_int_equal(feed(&d, CANCEL ", \"mode\": \"now\"}"), 0);
    drive_release(&d);
}

struct fact_case {
    const char *fact;
    int expected;
};

static const struct fact_case REFUSED[] = {
    {"null", -EINVAL},
    {"[]", -EINVAL},
    {"\"attempt_failed\"", -EINVAL},
    {"{}", -EINVAL},
    {"{\"type\": 5}", -EINVAL},
    {"{\"type\": \"nothing\"}", -EINVAL},
    /* of an attempt */
    {FAILED "\"attempt\": 1" ERROR, -EINVAL},
    {FAILED "\"call_id\": 5, \"attempt\": 1" ERROR, -EINVAL},
    {FAILED "\"call_id\": null, \"attempt\": 1" ERROR, -EINVAL},
    {DONE "\"attempt\": 1}", -EINVAL},
    {DONE BOB "\"content\": \"words\"}", -EINVAL},
    {DONE BOB "\"attempt\": \"1\"}", -EINVAL},
    {DONE BOB "\"attempt\": null}", -EINVAL},
    {FAILED BOB "\"attempt\": 1}", -EINVAL},
    {FAILED BOB "\"attempt\": 1, \"error\": \"auth\"}", -EINVAL},
    {FAILED BOB "\"attempt\": 1, \"error\": null}", -EINVAL},
    {FAILED BOB "\"attempt\": 0" ERROR, -ESTALE},
    {FAILED BOB "\"attempt\": 2" ERROR, -ESTALE},
    {DONE BOB "\"attempt\": 0}", -ESTALE},
    {DONE BOB "\"attempt\": 2}", -ESTALE},
    {DONE "\"call_id\": \"\", \"attempt\": 1}", -ESTALE},
    {DONE "\"call_id\": \"r0i0:member:cy\", \"attempt\": 1}", -ESTALE},
    {FAILED ANN "\"attempt\": 1" ERROR, -ESTALE}, /* she waits for a tool */
    {DONE ANN "\"attempt\": 1}", -ESTALE},
    /* of a tool */
    {TOOL "\"id\": \"t1\", \"turn\": 0, \"ok\": true}", -EINVAL},
    {TOOL "\"call_id\": 5, \"id\": \"t1\", \"turn\": 0, \"ok\": true}", -EINVAL},
    {TOOL "\"call_id\": null, \"id\": \"t1\", \"turn\": 0, \"ok\": true}", -EINVAL},
    {TOOL ANN "\"turn\": 0, \"ok\": true}", -EINVAL},
    {TOOL ANN "\"id\": 1, \"turn\": 0, \"ok\": true}", -EINVAL},
    {TOOL ANN "\"id\": \"t1\", \"ok\": true}", -EINVAL},
    {TOOL ANN "\"id\": \"t1\", \"turn\": \"0\", \"ok\": true}", -EINVAL},
    {TOOL ANN "\"id\": \"t2\", \"turn\": 0, \"ok\": true}", -ESTALE},
    {TOOL ANN "\"id\": \"\", \"turn\": 0, \"ok\": true}", -ESTALE},
    {TOOL ANN "\"id\": \"t1\", \"turn\": 1, \"ok\": true}", -ESTALE},
    {TOOL ANN "\"id\": \"t1\", \"turn\": -1, \"ok\": true}", -ESTALE},
    {TOOL BOB "\"id\": \"t1\", \"turn\": 0, \"ok\": true}", -ESTALE}, /* he asked for none */
    {TOOL "\"call_id\": \"r0i0:member:cy\", \"id\": \"t1\", \"turn\": 0, \"ok\": true}", -ESTALE},
    /* of the run */
    {CANCEL ", \"mode\": \"soon\"}", -EINVAL},
    {CANCEL ", \"mode\": \"\"}", -EINVAL},
    {"{\"type\": \"warning\", \"message\": \"m\"}", -EINVAL},
    {"{\"type\": \"warning\", \"code\": 5}", -EINVAL},
};

static void feed_case(struct drive *d, const struct fact_case *cases, size_t i)
{
    int got = feed(d, cases[i].fact);
    if (got != cases[i].expected)
        fail_msg("%zu. %s gives %d, not %d", i, cases[i].fact, got, cases[i].expected);
}

static void what_is_refused_changes_nothing(void **state)
{
    (void)state;
    struct drive d = waiting();
    size_t before = json_array_size(d.events), asked = json_array_size(d.asked);
    for (size_t i = 0; i < sizeof(REFUSED) / sizeof(REFUSED[0]); i++) {
        feed_case(&d, REFUSED, i);
        if (json_array_size(d.events) != before || json_array_size(d.asked) != asked)
            fail_msg("%s is not without consequence", REFUSED[i].fact);
    }
    assert_int_equal(engine_feed(d.e, d.now, NULL), -EINVAL);
    assert_int_equal(json_array_size(d.aborted), 0);
    drive_release(&d);
}

/* One after the other, up to the end. */
static void each_fact_is_taken_once(void **state)
{
    (void)state;
    static const struct fact_case CASES[] = {
        {"{\"type\": \"warning\", \"code\": \"odd\"}", 0},
        {"{\"type\": \"warning\", \"code\": \"odd\"}", 0}, /* it may be said twice */
        {TOOL ANN "\"id\": \"t1\", \"turn\": 0, \"ok\": true, \"result\": \"r\"}", 0},
        {TOOL ANN "\"id\": \"t1\", \"turn\": 0, \"ok\": true, \"result\": \"r\"}", -ESTALE},
        {FAILED BOB "\"attempt\": 1" ERROR, 0},
        {FAILED BOB "\"attempt\": 1" ERROR, -ESTALE},
        {DONE BOB "\"attempt\": 1}", -ESTALE},
        {CANCEL ", \"mode\": \"drain\"}", 0},
        {CANCEL "}", -ESTALE},
        {CANCEL ", \"mode\": \"now\"}", 0},
        {CANCEL ", \"mode\": \"now\"}", -ESTALE},
        {"{\"type\": \"warning\", \"code\": \"odd\"}", -ESTALE},
        {"{}", -ESTALE},
        {"[]", -EINVAL},
    };
    struct drive d = waiting();
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++)
        feed_case(&d, CASES, i);
    assert_string_equal(d.outcome, "cancelled");
    assert_int_equal(count_events(&d, "tool_call_result"), 1);
    assert_int_equal(count_events(&d, "cancel_requested"), 2);
    assert_at(d.result, "rounds.0.member_results.bob.status", "\"error\"");
    drive_release(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_starts_once),
        cmocka_unit_test(what_is_refused_changes_nothing),
        cmocka_unit_test(each_fact_is_taken_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
