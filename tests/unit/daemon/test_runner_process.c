/* A runner that is not killed, not limited, or not heard to its end, is a run that never ends, or
 * one that says what nobody hears. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>

#include <cmocka.h>

#include "daemon/settings/run_limits.h"
#include "runner_fixture.h"

/* ---- a life ---- */

static void one_is_known_until_it_is_reaped(void **state)
{
    (void)state;
    assert_int_equal(runners_count(table), 0);
    start();
    assert_int_equal(runners_count(table), 1);
    assert_true(runner_pid(r) > 0);
    assert_int_equal(kill(runner_pid(r), 0), 0);
    assert_true(runner_lives(r));
    assert_false(runner_is_reaped(r));
    assert_true(runner_link_is_open(r));
    assert_false(runner_has_cgroup(r));
    assert_int_equal(runner_memory_peak(r), -1);
    assert_false(runner_ran_out_of_memory(r));
    assert_int_equal(runner_failure(r)->number, 0);
    assert_true(runner_rest_lives(r)); /* its group */
    assert_false(runner_drain(r));
    runner_kill_all(r);
    turn_until(&exits);
    assert_false(runner_is_reaped(r));
    assert_false(runner_lives(r));
    assert_int_equal(runners_count(table), 1);
    reap();
    assert_true(known);
    assert_int_equal(info.si_pid, runner_pid(r));
    assert_int_equal(info.si_code, CLD_KILLED);
    assert_int_equal(info.si_status, SIGKILL);
    assert_true(usage.ru_maxrss > 0);
    assert_true(runner_is_reaped(r));
    assert_int_equal(runners_count(table), 0);
    assert_false(runner_rest_lives(r));
    runner_kill_all(r); /* nobody is meant any more */
    drain();
    assert_int_equal(closes, 1);
    assert_false(runner_link_is_open(r));
    assert_int_equal(exits, 1);
    bury();
    runner_free(NULL);
}

static void read_name(char ret[PATH_MAX + 64])
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/cmdline", (int)runner_pid(r));
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    const ssize_t n = read(fd, ret, PATH_MAX + 63);
    close(fd);
    ret[n > 0 ? n : 0] = '\0';
}

/* Its name is all that a runner has before its spec. */
static void one_hears_by_its_name_that_it_may_close_itself_in(void **state)
{
    (void)state;
    char name[PATH_MAX + 64], early[PATH_MAX + 64];
    snprintf(early, sizeof early, "%s (closed in early)", own_path);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(runner_new(table, i == 1, &r), 0);
        runner_give(r, &OWNER, &core, "r1");
        while (runner_failure(r)->number == 0 && r->child.exec_fd >= 0)
            one_turn(core.loop);
        read_name(name);
        assert_string_equal(name, i == 1 ? early : own_path);
        runner_kill_all(r);
        exits = 0;
        turn_until(&exits);
        reap();
        bury();
    }
}

static void each_has_a_number_of_its_own(void **state)
{
    (void)state;
    struct runner *all[3];
    for (int i = 0; i < 3; i++) {
        begin();
        all[i] = r;
        assert_int_equal(r->serial, i + 1);
        assert_int_equal(r->tie.pid, runner_pid(r));
        assert_int_equal(runners_count(table), i + 1);
    }
    for (int i = 0; i < 3; i++) {
        r = all[i];
        runner_kill_all(r);
        wait_until_dead();
        reap();
        assert_int_equal(runners_count(table), 2 - i);
        bury();
    }
}

static void a_signal_goes_to_the_leader(void **state)
{
    (void)state;
    start();
    runner_signal(r, SIGTERM);
    turn_until(&exits);
    reap();
    assert_true(known);
    assert_int_equal(info.si_status, SIGTERM);
    bury();
}

static pid_t killed; /* what a signal went to last */

static int noting_kill(pid_t pid, int signal)
{
    killed = pid;
    return kill(pid, signal);
}

/* Its number is somebody else's as soon as it was reaped. */
static void all_that_it_started_is_killed_while_it_is_its(void **state)
{
    (void)state;
    begin();
    sys.kill = noting_kill;
    runner_kill_all(r);
    assert_int_equal(killed, -runner_pid(r));
    wait_until_dead();
    killed = 0;
    reap();
    assert_int_equal(killed, -runner_pid(r));
    killed = 0;
    runner_kill_all(r);
    assert_int_equal(killed, 0);
    bury();
}

static int looks;

/* At the first look it seems to live. */
static int late_waitid(idtype_t type, id_t id, siginfo_t *ret, int options, struct rusage *usage_of)
{
    if (looks++)
        return (int)syscall(SYS_waitid, type, id, ret, options, usage_of);
    ret->si_pid = 0;
    return 0;
}

/* What it was killed by then was the reaping. */
static void how_it_ended_is_known_only_if_it_had_ended(void **state)
{
    (void)state;
    begin();
    runner_kill_all(r);
    wait_until_dead();
    assert_true(r->exited.armed);
    looks = 0;
    sys.waitid = late_waitid;
    reap();
    assert_false(known);
    assert_true(runner_is_reaped(r));
    assert_false(r->exited.armed);
    assert_int_equal(r->child.pidfd, -1);
    bury();
}

/* One that writes without an end is not read without one. */
static void a_drain_ends_though_there_is_always_more(void **state)
{
    (void)state;
    start();
    const int out = *r->out.fd, kept = fcntl(out, F_DUPFD_CLOEXEC, 0);
    const int endless = open("/dev/zero", O_RDONLY | O_CLOEXEC);
    assert_true(kept >= 0 && endless >= 0);
    assert_int_equal(dup2(endless, out), out);
    alarm(60); /* what goes on is a fault, not a slow test */
    assert_false(runner_drain(r));
    alarm(0);
    assert_int_equal(dup2(kept, out), out);
    close(endless);
    close(kept);
    runner_kill_all(r);
    turn_until(&exits);
    reap();
    bury();
}

/* ---- what is said ---- */

static void what_it_is_told_and_says_is_passed_on(void **state)
{
    (void)state;
    char wanted[1024];
    log_lines_begin();
    reaps = true;
    start();
    assert_int_equal(runner_cancel(r, true, LINK_CAUSE_CLIENT), 0);
    assert_int_equal(runner_deltas(r, true), 0);
    shutdown(r->child.link_fd, SHUT_WR);
    turn_until(&exits);
    assert_int_equal(info.si_code, CLD_EXITED);
    assert_int_equal(info.si_status, 7);
    drain();
    assert_int_equal(closes, 1);
    static const char *const SAID[] = {
        "{}", "{\\\"type\\\":\\\"cancel\\\",\\\"mode\\\":\\\"now\\\",\\\"cause\\\":\\\"client\\\"}",
        "{\\\"type\\\":\\\"deltas\\\",\\\"on\\\":true}"};
    wanted[0] = '\0';
    for (int i = 0; i < 3; i++)
        snprintf(wanted + strlen(wanted), sizeof wanted - strlen(wanted),
                 "<6>runner wrote run_id=r1 pid=%d stream=stdout text=%s\n", runner_pid(r),
                 SAID[i]);
    assert_string_equal(log_lines(), wanted);
    log_lines_end();
    assert_int_equal(runner_cancel(r, true, LINK_CAUSE_CLIENT), -EPIPE);
    assert_int_equal(runner_deltas(r, true), -EPIPE);
    bury();
}

static void what_is_shut_is_at_its_end(void **state)
{
    (void)state;
    start();
    runner_shut(r);
    assert_false(runner_link_is_open(r));
    assert_true(runner_drain(r));
    runner_kill_all(r);
    wait_until_dead();
    reap();
    assert_int_equal(closes, 0);
    bury();
}

/* Nobody but the drain has looked at them since it died. */
static void all_of_its_streams_are_drained(void **state)
{
    (void)state;
    start();
    runner_kill_all(r);
    wait_until_dead();
    reap();
    drain();
    assert_int_equal(closes, 1);
    assert_int_equal(r->child.link_fd, -1);
    assert_int_equal(r->child.out_fd, -1);
    assert_int_equal(r->child.err_fd, -1);
    bury();
}

/* It stands still meanwhile, or it would end with the first of them. */
static void it_is_at_its_end_with_the_last_of_its_streams(void **state)
{
    (void)state;
    for (int last = 0; last < 3; last++) {
        lines = 0;
        siginfo_t stopped;
        start();
        runner_signal(r, SIGSTOP);
        assert_int_equal(waitid(P_PID, (id_t)runner_pid(r), &stopped, WSTOPPED), 0);
        if (last != 0)
            runlink_release(&r->link);
        if (last != 1)
            output_release(&r->out);
        if (last != 2)
            output_release(&r->err);
        assert_false(runner_drain(r));
        runner_shut(r);
        assert_true(runner_drain(r));
        runner_kill_all(r);
        wait_until_dead();
        reap();
        bury();
    }
}

/* ---- the exec ---- */

static void an_exec_that_failed_is_known(void **state)
{
    (void)state;
    config.runner = (char *)"/nonexistent/runner";
    reaps = true;
    begin();
    turn_until(&exits);
    assert_int_equal(info.si_code, CLD_EXITED);
    assert_int_equal(info.si_status, 127);
    const struct spawn_failure *failure = runner_failure(r);
    assert_int_equal(failure->stage, SPAWN_STAGE_EXEC);
    assert_int_equal(failure->number, ENOENT);
    assert_int_equal(r->child.exec_fd, -1);
    assert_false(r->exec.armed);
    bury();
}

/* Its limits are set only when it will not undo them: behind the exec. */
static void the_exec_is_waited_for_before_open_files_are_limited(void **state)
{
    (void)state;
    struct run_limits none = {LIMIT_NONE, LIMIT_NONE, LIMIT_NONE, LIMIT_NONE, LIMIT_NONE};
    struct run_limits few = none;
    few.open_files = 50;
    config.runner = (char *)"/nonexistent/runner";
    begin();
    assert_true(wait_readable(r->child.exec_fd));
    assert_int_equal(runner_limit(r, &none, NULL), 0);
    assert_true(r->child.exec_fd >= 0);
    assert_int_equal(r->failure.number, 0);
    (void)runner_limit(r, &few, NULL); /* of one that may be dead */
    assert_int_equal(r->child.exec_fd, -1);
    assert_false(r->exec.armed);
    assert_int_equal(r->failure.number, ENOENT);
    (void)runner_limit(r, &few, NULL);
    wait_until_dead();
    reap();
    bury();
}

static void open_files_are_limited_for_good(void **state)
{
    (void)state;
    struct run_limits few = {LIMIT_NONE, LIMIT_NONE, LIMIT_NONE, LIMIT_NONE, LIMIT_NONE};
    struct rlimit limit;
    few.open_files = 50;
    begin();
    assert_true(wait_readable(r->child.exec_fd));
    assert_int_equal(runner_limit(r, &few, NULL), 0);
    assert_int_equal(r->child.exec_fd, -1);
    assert_false(r->exec.armed);
    assert_int_equal(r->failure.number, 0);
    assert_int_equal(prlimit(runner_pid(r), RLIMIT_NOFILE, NULL, &limit), 0);
    assert_int_equal(limit.rlim_cur, 50);
    assert_int_equal(limit.rlim_max, 50);
    runner_kill_all(r);
    wait_until_dead();
    reap();
    bury();
}

int main(void)
{
    be_a_runner();
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        TEST(one_is_known_until_it_is_reaped),
        TEST(one_hears_by_its_name_that_it_may_close_itself_in),
        TEST(each_has_a_number_of_its_own),
        TEST(a_signal_goes_to_the_leader),
        TEST(all_that_it_started_is_killed_while_it_is_its),
        TEST(how_it_ended_is_known_only_if_it_had_ended),
        TEST(a_drain_ends_though_there_is_always_more),
        TEST(what_it_is_told_and_says_is_passed_on),
        TEST(what_is_shut_is_at_its_end),
        TEST(all_of_its_streams_are_drained),
        TEST(it_is_at_its_end_with_the_last_of_its_streams),
        TEST(an_exec_that_failed_is_known),
        TEST(the_exec_is_waited_for_before_open_files_are_limited),
        TEST(open_files_are_limited_for_good),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
