/* The table of runners: one that is not found in it when it ends, or started where there is no
 * room, is a process that nobody knows, or a daemon without a descriptor for its clients. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "failing.h"
#include "runner_fixture.h"

/* ---- what is left ---- */

static void wait_for_a_zombie(void)
{
    siginfo_t seen = {0};
    const int64_t deadline = clock_mono_ms() + DEADLINE_MS;
    while (!seen.si_pid && clock_mono_ms() < deadline) {
        assert_int_equal(waitid(P_ALL, 0, &seen, WEXITED | WNOHANG | WNOWAIT), 0);
        poll(NULL, 0, seen.si_pid ? 0 : 1);
    }
    assert_true(seen.si_pid > 0);
}

static void what_a_leader_left_is_killed_and_reaped(void **state)
{
    (void)state;
    begin();
    wait_until_dead();
    assert_true(runner_rest_lives(r));
    reap();
    assert_true(known);
    assert_int_equal(info.si_status, 5);
    wait_for_a_zombie();
    assert_true(runner_rest_lives(r)); /* dead, but of its group */
    runners_reap_rest(table);          /* nobody said that there is one */
    assert_true(runner_rest_lives(r));
    runners_child_exited(table);
    runners_reap_rest(table);
    assert_false(runner_rest_lives(r));
    assert_int_equal(exits, 0);
    bury();
}

/* Its pidfd was not looked at yet. */
static void a_leader_is_found_among_those_that_ended(void **state)
{
    (void)state;
    log_lines_begin();
    begin();
    reaps = true;
    wait_until_dead();
    runners_reap_rest(table);
    assert_int_equal(exits, 0);
    runners_child_exited(table);
    const int64_t deadline = clock_mono_ms() + DEADLINE_MS;
    while (runner_rest_lives(r) && clock_mono_ms() < deadline) {
        runners_child_exited(table);
        runners_reap_rest(table);
    }
    assert_int_equal(exits, 1);
    assert_true(known);
    assert_int_equal(info.si_status, 5);
    assert_int_equal(runners_count(table), 0);
    assert_non_null(strstr(log_lines(), "<7>reaped an orphan pid="));
    log_lines_end();
    bury();
}

/* It is done twice: the loop keeps something from then on. */
static void those_that_are_left_go_with_the_table(void **state)
{
    (void)state;
    struct runners_options options = {.survivors_fd = -1};
    long live = 0;
    for (int pass = 0; pass < 2; pass++) {
        pid_t pids[2];
        for (int i = 0; i < 2; i++) {
            begin();
            pids[i] = runner_pid(r);
            runner_kill_all(r);
        }
        runners_free(table);
        for (int i = 0; i < 2; i++)
            assert_int_equal(waitpid(pids[i], NULL, 0), pids[i]);
        runners_free(NULL);
        assert_int_equal(runners_new(&core, &options, &table), 0);
        assert_true(pass == 0 || failing_live <= live);
        live = failing_live;
        assert_int_equal(fd_count_open(), before);
        one_turn(core.loop);
        assert_int_equal(exits, 0);
    }
}

static void kill_and_bury(void)
{
    runner_kill_all(r);
    wait_until_dead();
    reap();
    bury();
}

/* Who waits for the survivors of a daemon finds it by that. */
static void each_holds_the_lock_of_survivors(void **state)
{
    (void)state;
    char link[64], path[64] = "";
    struct runners_options options = {.survivors_fd =
                                          openat(AT_FDCWD, "/dev/zero", O_RDONLY | O_CLOEXEC)};
    runners_free(table);
    assert_int_equal(runners_new(&core, &options, &table), 0);
    start(); /* it has come through its exec */
    snprintf(link, sizeof link, "/proc/%d/fd/4", runner_pid(r));
    assert_true(readlink(link, path, sizeof path - 1) > 0);
    assert_string_equal(path, "/dev/zero");
    kill_and_bury();
    close(options.survivors_fd);
}

/* ---- room ---- */

static void there_has_to_be_room_for_one_more(void **state)
{
    (void)state;
    enum { LIMIT = 200, OF_ONE = 5, PASSING = 24 };
    struct rlimit old, low;
    size_t conns = 3;
    getrlimit(RLIMIT_NOFILE, &old);
    low = old;
    low.rlim_cur = LIMIT;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
    core.conns = &conns;
    core.replays = 4;
    for (int have = 0; have < 2; have++) {
        const size_t most = LIMIT - PASSING - OF_ONE - (size_t)have * OF_ONE - 7;
        core.base_fds = most;
        assert_true(runners_have_room(table));
        core.base_fds = most + 1;
        assert_false(runners_have_room(table));
        struct runner *none = NULL;
        assert_int_equal(runner_new(table, false, &none), -EMFILE);
        assert_null(none);
        assert_int_equal(runners_count(table), have);
        core.base_fds = most;
        if (!have)
            begin();
    }
    setrlimit(RLIMIT_NOFILE, &old);
    core.conns = NULL;
    runner_kill_all(r);
    wait_until_dead();
    reap();
    bury();
}

static int no_pipe(int *ret, int flags)
{
    (void)ret;
    (void)flags;
    errno = ENFILE;
    return -1;
}

static void one_that_cannot_be_started_leaves_nothing(void **state)
{
    (void)state;
    sys.pipe2 = no_pipe;
    assert_int_equal(runner_new(table, false, &r), -ENFILE);
    assert_int_equal(runners_count(table), 0);
    assert_int_equal(fd_count_open(), before);
}

static void without_memory_nobody_is_left(void **state)
{
    (void)state;
    begin();
    kill_and_bury(); /* the loop has what it keeps */
    for (int k = 0; failing_next(&k);) {
        r = NULL;
        const int result = runner_new(table, false, &r);
        failing_stop();
        assert_int_equal(result, failing_happened ? -ENOMEM : 0);
        assert_int_equal(result, r ? 0 : -ENOMEM);
        assert_int_equal(runners_count(table), r != NULL);
        if (r)
            kill_and_bury();
        assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
        assert_int_equal(errno, ECHILD);
        assert_int_equal(fd_count_open(), before);
    }
    assert_true(failing_no_leak());
}

static void whoever_waits_for_the_last_looks_again(void **state)
{
    (void)state;
    int looks = 0;
    struct watch stopping = {0};
    core.stop_level = STOP_ORDERLY;
    core.stopping = &stopping;
    begin();
    runner_kill_all(r);
    wait_until_dead();
    reap();
    assert_int_equal(
        watch_init(core.loop, &stopping, -1, WATCH_NONE, LOOP_OUTPUT, note_exit, &core), 0);
    looks = exits;
    runner_free(r);
    one_turn(core.loop);
    assert_int_equal(exits, looks + 1);
    watch_release(&stopping);
    core.stopping = NULL;
}

int main(void)
{
    be_a_runner();
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        LEFT(what_a_leader_left_is_killed_and_reaped),
        LEFT(a_leader_is_found_among_those_that_ended),
        TEST(those_that_are_left_go_with_the_table),
        TEST(each_holds_the_lock_of_survivors),
        TEST(there_has_to_be_room_for_one_more),
        TEST(one_that_cannot_be_started_leaves_nothing),
        TEST(without_memory_nobody_is_left),
        TEST(whoever_waits_for_the_last_looks_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
