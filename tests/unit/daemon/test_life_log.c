/* What a run's life leaves in the log: of a run that could not be ended, written down or set up an
 * operator knows nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "life_fixture.h"
#include "log_lines.h"

static int setup_logged(void **state)
{
    const int r = setup(state);
    log_lines_begin();
    return r;
}

static int teardown_logged(void **state)
{
    log_lines_end();
    return teardown(state);
}

static void expect_line(const char *line)
{
    const char *lines = log_lines();
    if (!strstr(lines, line))
        fail_msg("%s has no %s", lines, line);
}

static void each_step_of_a_usual_life(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = running(&ear, 5000);
    assert_string_equal(log_lines(), "<7>run moves run_id=r1 from=starting to=running on=ready\n"
                                     "<7>run started run_id=r1 pid=4001 council_id=c\n");
    life_stop(run, STOPPED_BY_CLIENT, SHUTDOWN_DEFAULT);
    assert_string_equal(log_lines(),
                        "<7>run moves run_id=r1 from=running to=terminating on=terminate\n"
                        "<7>stopping a run run_id=r1 pid=4001\n");
    leader_exits(run, CLD_KILLED, SIGTERM);
    assert_string_equal(log_lines(),
                        "<7>run moves run_id=r1 from=terminating to=ending on=exited\n"
                        "<7>run moves run_id=r1 from=ending to=gone on=clean\n"
                        "<7>run ended run_id=r1 pid=4001 reason=shutdown code=0 signal=- by=- "
                        "stopped_by=client\n");
}

static void what_outlives_its_stop(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = running(&ear, 0);
    life_stop(run, STOPPED_BY_CLIENT, SHUTDOWN_DEFAULT);
    log_lines();
    run_event(run, RUN_EV_TIMER);
    expect_line("<3>a run outlives SIGKILL run_id=r1 pid=4001\n");
    fake.rest_lives = true;
    leader_exits(run, CLD_KILLED, SIGKILL);
    log_lines();
    run->ending_since_us -= 1000 * 1000;
    run_event(run, RUN_EV_TIMER);
    expect_line("<4>processes of a run resist run_id=r1 pid=4001\n");
}

static void a_deadline(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = begin(&ear, 5000, 60000);
    say_ready(run);
    log_lines();
    run_event(run, RUN_EV_TIMER);
    expect_line("<5>deadline of a run run_id=r1 pid=4001\n");
    leader_exits(run, CLD_EXITED, 0);
}

static void what_cannot_be_written(void **state)
{
    (void)state;
    static const char OPEN_RECORD[] = "open/0000000001000-r1.jsonl";
    static const char RESULT[] = "{\"x\":1}";
    struct ear ear;
    struct run *run = running(&ear, 5000);
    assert_int_equal(unlinkat(folder.fd, OPEN_RECORD, 0), 0);
    assert_true(say(run, (struct link_up){.type = LINK_RESULT,
                                          .outcome = OUTCOME_COMPLETE,
                                          .result = {RESULT, sizeof RESULT - 1}}));
    expect_line("<3>cannot write a result run_id=r1 error=\"No such file or directory\"\n");
    assert_int_equal(mkdirat(folder.fd, OPEN_RECORD, 0700), 0);
    leader_exits(run, CLD_EXITED, 0);
    expect_line("<3>cannot write the end of a record run_id=r1 error=\"Bad message\"\n");
}

static void what_cannot_be_set_up(void **state)
{
    (void)state;
    struct ear ear;
    fake.limit_fails = -EPERM;
    struct run *run = begin(&ear, 5000, LIMIT_NONE);
    expect_line("<4>cannot set up a runner run_id=r1 error=\"\"\n");
    leader_exits(run, CLD_KILLED, SIGKILL);
    expect_line("<5>start failed run_id=r1 pid=4001 reason=spawn\n");
}

#define LOGGED(name) cmocka_unit_test_setup_teardown(name, setup_logged, teardown_logged)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOGGED(each_step_of_a_usual_life), LOGGED(what_outlives_its_stop), LOGGED(a_deadline),
        LOGGED(what_cannot_be_written),    LOGGED(what_cannot_be_set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
