/* What a run's life leaves in the log: of a run that could not be ended, written down or set up an
 * operator knows nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/cleanup.h"
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

/* How long a run took is told in the only word of the lines that is not the same each time. */
static int64_t duration_in(char *lines)
{
    static const char KEY[] = "duration_ms=";
    char *at = strstr(lines, KEY);
    assert_non_null(at);
    at += sizeof KEY - 1;
    char *end = NULL;
    const int64_t ms = strtoll(at, &end, 10);
    assert_true(end > at);
    *at = 'T';
    memmove(at + 1, end, strlen(end) + 1);
    return ms;
}

static void expect_end(int64_t duration_ms, const char *line)
{
    char lines[4096];
    snprintf(lines, sizeof lines, "%s", log_lines());
    const int64_t ms = duration_in(lines);
    assert_in_range(ms, duration_ms, duration_ms + 9000);
    if (!strstr(lines, line))
        fail_msg("%s has no %s", lines, line);
}

static void each_step_of_a_usual_life(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = running(&ear, 5000);
    assert_string_equal(log_lines(), "<7>run moves run_id=r1 from=starting to=running on=ready\n"
                                     "<6>run started run_id=r1 pid=4001 council_id=c "
                                     "registry=default uid=-1 name=-\n");
    life_stop(run, STOPPED_BY_CLIENT, SHUTDOWN_DEFAULT);
    assert_string_equal(log_lines(),
                        "<7>run moves run_id=r1 from=running to=terminating on=terminate\n"
                        "<7>stopping a run run_id=r1 pid=4001\n");
    run->started_us -= 90 * 1000 * 1000;
    leader_exits(run, CLD_KILLED, SIGTERM);
    expect_end(90 * 1000, "<7>run moves run_id=r1 from=terminating to=ending on=exited\n"
                          "<7>run moves run_id=r1 from=ending to=gone on=clean\n"
                          "<6>run ended run_id=r1 pid=4001 reason=shutdown code=0 signal=- by=- "
                          "stopped_by=client outcome=- duration_ms=T tokens=- cost=- council_id=c "
                          "registry=default\n");
}

static struct run *started_by(struct ear *ear, const char *json)
{
    *ear = (struct ear){0};
    struct start_order order = make_order(5000, LIMIT_NONE, true);
    order.started_by = json;
    order.registry = "night";
    struct run *run = begin_order(&order);
    run_watch_hang(&run->watches, &ear->watch, &EAR);
    return run;
}

static void who_asked_for_it(void **state)
{
    (void)state;
    static const struct {
        const char *started_by, *told;
    } CASES[] = {
        {"{\"uid\":1000,\"pid\":7,\"name\":\"ann\"}", "uid=1000 name=ann\n"},
        {"{\"uid\":0,\"gid\":5}", "uid=0 name=-\n"},
        {"{\"uid\":1,\"name\":\"a b\\u0007\\n\\\"c\"}", "uid=1 name=\"a b\\x07\\x0a\\\"c\"\n"},
        {"{\"name\":7}", "uid=-1 name=-\n"},
        {"{\"uid\":2,\"name\":\"\"}", "uid=2 name=-\n"},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        struct ear ear;
        char line[256];
        struct run *run = started_by(&ear, CASES[i].started_by);
        log_lines();
        snprintf(line, sizeof line,
                 "<6>run started run_id=r1 pid=%d council_id=c registry=night %s", run->pid,
                 CASES[i].told);
        say_ready(run);
        expect_line(line);
        leader_exits(run, CLD_EXITED, 0);
        run = started_by(&ear, CASES[i].started_by);
        const int pid = run->pid;
        log_lines();
        leader_exits(run, CLD_EXITED, 0);
        snprintf(line, sizeof line,
                 "<5>start failed run_id=r1 pid=%d reason=normal council_id=c registry=night %s",
                 pid, CASES[i].told);
        expect_line(line);
    }
}

static void what_it_came_to(void **state)
{
    (void)state;
    static const struct {
        const char *usage, *told;
    } CASES[] = {
        {"{\"input_tokens\":40,\"output_tokens\":2,\"cost\":0.25}", "tokens=42 cost=0.25 "},
        {"{\"input_tokens\":40,\"cost\":null}", "tokens=40 cost=- "},
        {"{}", "tokens=0 cost=- "},
        {"7", "tokens=- cost=- "},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        struct ear ear;
        char line[256];
        struct run *run = running(&ear, 5000);
        say(run, (struct link_up){.type = LINK_PROGRESS,
                                  .usage = {CASES[i].usage, strlen(CASES[i].usage)}});
        say(run, (struct link_up){
                     .type = LINK_RESULT, .outcome = OUTCOME_DEGRADED, .result = {"{}", 2}});
        leader_exits(run, CLD_EXITED, 0);
        snprintf(line, sizeof line, "stopped_by=- outcome=degraded duration_ms=T %scouncil_id=c ",
                 CASES[i].told);
        expect_end(0, line);
    }
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
    expect_line("<5>start failed run_id=r1 pid=4001 reason=spawn council_id=c ");
}

#define LOGGED(name) cmocka_unit_test_setup_teardown(name, setup_logged, teardown_logged)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOGGED(each_step_of_a_usual_life), LOGGED(who_asked_for_it), LOGGED(what_it_came_to),
        LOGGED(what_outlives_its_stop),    LOGGED(a_deadline),       LOGGED(what_cannot_be_written),
        LOGGED(what_cannot_be_set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
