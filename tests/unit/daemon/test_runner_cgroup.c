/* A runner in a cgroup that is imitated: whatever it starts is killed there, and nowhere else; one
 * whose group cannot be made runs without, which is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/cgroup/cgroup.h"
#include "runner_fixture.h"

/* ---- the groups ---- */

static struct {
    int create_fails, kill_fails; /* -errno */
    int made, kills, removed;
    int populated, oom_kills;
    int64_t peak;
    uint64_t serial; /* that was asked for last */
} groups;

int cgroup_create(struct cgroup_root *root, uint64_t serial, struct error *err)
{
    assert_ptr_equal(root, &groups);
    groups.serial = serial;
    if (groups.create_fails)
        return error_errno(err, -groups.create_fails, "cannot make r%d", (int)serial);
    groups.made++;
    return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

int cgroup_kill(struct cgroup_root *root, uint64_t serial)
{
    (void)root;
    assert_int_equal(serial, groups.serial);
    groups.kills++;
    return groups.kill_fails;
}

int cgroup_populated(struct cgroup_root *root, uint64_t serial)
{
    (void)root;
    assert_int_equal(serial, groups.serial);
    return groups.populated;
}

int64_t cgroup_oom_kills(struct cgroup_root *root, uint64_t serial)
{
    (void)root;
    assert_int_equal(serial, groups.serial);
    return groups.oom_kills;
}

int64_t cgroup_memory_peak(struct cgroup_root *root, uint64_t serial)
{
    (void)root;
    assert_int_equal(serial, groups.serial);
    return groups.peak;
}

int cgroup_remove(struct cgroup_root *root, uint64_t serial)
{
    (void)root;
    assert_int_equal(serial, groups.serial);
    groups.removed++;
    return 0;
}

bool cgroup_can_limit_memory(const struct cgroup_root *root)
{
    return root != NULL;
}

bool cgroup_can_limit_processes(const struct cgroup_root *root)
{
    return root != NULL;
}

int cgroup_limit_memory(struct cgroup_root *root, uint64_t serial, int64_t bytes)
{
    (void)root, (void)serial, (void)bytes;
    return 0;
}

int cgroup_limit_processes(struct cgroup_root *root, uint64_t serial, int64_t count)
{
    (void)root, (void)serial, (void)count;
    return 0;
}

/* ---- the processes ---- */

static pid_t (*real_clone3)(struct clone_args *args, size_t size);
static bool born_into_it;

static pid_t clone3_outside(struct clone_args *args, size_t size)
{
    struct clone_args outside = *args;
    born_into_it = args->flags & CLONE_INTO_CGROUP;
    outside.flags &= ~(uint64_t)CLONE_INTO_CGROUP;
    outside.cgroup = 0;
    return real_clone3(&outside, size);
}

static pid_t no_clone3(struct clone_args *args, size_t size)
{
    (void)args, (void)size;
    errno = EAGAIN;
    return -1;
}

static pid_t killed; /* what a signal went to last */

static int noting_kill(pid_t pid, int signal)
{
    killed = pid;
    return kill(pid, signal);
}

static int setup_grouped(void **state)
{
    const int failed = setup(state);
    memset(&groups, 0, sizeof groups);
    groups.peak = -1;
    table->cgroups = (struct cgroup_root *)&groups;
    real_clone3 = sys.clone3;
    sys.clone3 = clone3_outside;
    sys.kill = noting_kill;
    killed = 0;
    return failed;
}

static void end_it(void)
{
    runner_kill_all(r);
    wait_until_dead();
    reap();
}

static void what_it_started_is_killed_in_its_group(void **state)
{
    (void)state;
    begin();
    assert_true(runner_has_cgroup(r));
    assert_true(born_into_it);
    assert_int_equal(groups.made, 1);
    assert_int_equal(groups.serial, r->serial);
    runner_kill_all(r);
    assert_int_equal(groups.kills, 1);
    wait_until_dead();
    reap();
    assert_int_equal(groups.kills, 2);
    assert_int_equal(killed, 0); /* no process group was */
    bury();
    assert_int_equal(groups.removed, 1);
}

static void without_its_group_its_process_group_is(void **state)
{
    (void)state;
    begin();
    groups.kill_fails = -EACCES;
    runner_kill_all(r);
    assert_int_equal(groups.kills, 1);
    assert_int_equal(killed, -runner_pid(r));
    wait_until_dead();
    reap();
    bury();
}

static void what_is_left_and_was_used_is_told_by_its_group(void **state)
{
    (void)state;
    begin();
    static const int STATES[] = {1, 0, -EACCES};
    for (size_t i = 0; i < 3; i++) {
        groups.populated = groups.oom_kills = STATES[i];
        assert_int_equal(runner_rest_lives(r), STATES[i] == 1);
        assert_int_equal(runner_ran_out_of_memory(r), STATES[i] == 1);
    }
    groups.peak = 77;
    assert_int_equal(runner_memory_peak(r), 77);
    end_it();
    bury();
}

static void one_whose_group_cannot_be_made_runs_without(void **state)
{
    (void)state;
    groups.create_fails = -EACCES;
    groups.populated = groups.oom_kills = 1;
    groups.peak = 77;
    log_lines_begin();
    begin();
    assert_non_null(strstr(log_lines(), "<3>containment is lost: a runner without a cgroup "
                                        "error=\"cannot make r1: Permission denied\"\n"));
    log_lines_end();
    assert_false(runner_has_cgroup(r));
    assert_false(born_into_it);
    assert_int_equal(runner_memory_peak(r), -1);
    assert_false(runner_ran_out_of_memory(r));
    end_it();
    assert_false(runner_rest_lives(r));
    bury();
    assert_int_equal(groups.kills, 0);
    assert_int_equal(groups.removed, 0);
}

static void without_a_process_no_group_stays(void **state)
{
    (void)state;
    sys.clone3 = no_clone3;
    assert_int_equal(runner_new(table, false, &r), -EAGAIN);
    assert_int_equal(groups.removed, 1);
    groups.create_fails = -EACCES;
    assert_int_equal(runner_new(table, false, &r), -EAGAIN);
    assert_int_equal(groups.removed, 1);
    assert_int_equal(fd_count_open(), before);
}

#define GROUPED(name) cmocka_unit_test_setup_teardown(name, setup_grouped, teardown)

int main(void)
{
    be_a_runner();
    const struct CMUnitTest tests[] = {
        GROUPED(what_it_started_is_killed_in_its_group),
        GROUPED(without_its_group_its_process_group_is),
        GROUPED(what_is_left_and_was_used_is_told_by_its_group),
        GROUPED(one_whose_group_cannot_be_made_runs_without),
        GROUPED(without_a_process_no_group_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
