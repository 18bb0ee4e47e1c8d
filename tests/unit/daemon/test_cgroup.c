/* Containment that is claimed but does not hold lets a run outlive its stop. On an imitated tree,
 * and on the real one where a group can be made. */
#include <setjmp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/file.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "cgroup_fixture.h"
#include "daemon/settings/run_limits.h"
#include "failing.h"
#include "log_lines.h"
#include "proto/fields.h"

static void makes_a_directory_of_its_own(void **state)
{
    (void)state;
    struct cgroup_root *root = make_root();
    assert_non_null(strstr(record, "/" BASE "/councild-default-"));
    assert_true(into_cgroup);
    assert_true(cgroup_can_limit_memory(root));
    assert_true(cgroup_can_limit_processes(root));
    assert_true(logged("/cgroup.subtree_control=+memory\n"));
    assert_true(logged("/cgroup.subtree_control=+pids\n"));
    assert_false(logged("cgroup.procs=")); /* nobody was in the way */
    assert_false(exists(&folder, run_file(0, "")));
    cgroup_root_free(root);
    assert_false(exists(&folder, record + 1));
    assert_false(exists(&folder, "state/cgroup"));
}

/* The record has to stand before anything is forked. */
static pid_t clone3_after_record(struct clone_args *args, size_t size)
{
    assert_true(exists(&folder, "state/cgroup"));
    return fake_clone3(args, size);
}

static void records_before_the_first_fork(void **state)
{
    (void)state;
    sys.clone3 = clone3_after_record;
    cgroup_root_free(make_root());
}

/* No two daemons have one name: it ends with four bytes of chance. */
static void its_name_is_its_own(void **state)
{
    (void)state;
    char names[2][64];
    for (int i = 0; i < 2; i++) {
        struct cgroup_root *root = make_root();
        snprintf(names[i], sizeof names[i], "%s", cgroup_root_name(root));
        const char *chance = names[i] + strlen("councild-default-");
        assert_int_equal(strncmp(names[i], "councild-default-", strlen("councild-default-")), 0);
        assert_int_equal(strspn(chance, "0123456789abcdef"), 8);
        assert_int_equal(strlen(chance), 8);
        cgroup_root_free(root);
    }
    assert_string_not_equal(names[0], names[1]);
}

static void moves_into_a_leaf_and_home_again(void **state)
{
    (void)state;
    busy = true;
    struct cgroup_root *root = make_root();
    assert_true(logged("/daemon/cgroup.procs=0\n"));
    assert_true(cgroup_can_limit_memory(root));
    assert_false(logged(BASE "/cgroup.procs=0"));
    cgroup_root_free(root);
    assert_true(logged(BASE "/cgroup.subtree_control=-memory\n"));
    assert_true(logged(BASE "/cgroup.procs=0\n"));
    assert_false(exists(&folder, record + 1));
}

/* A helper of the daemon would keep the leaf, and with it all of our directory, from going. */
static void takes_home_who_else_is_in_the_leaf(void **state)
{
    (void)state;
    char leaf[512];
    busy = true;
    struct cgroup_root *root = make_root();
    snprintf(leaf, sizeof leaf, "%s/daemon/cgroup.procs", record + 1);
    put_file(&folder, leaf, "4321\n4322\n");
    cgroup_root_free(root);
    assert_true(logged(BASE "/cgroup.procs=0\n"));
    assert_true(logged(BASE "/cgroup.procs=4321\n"));
    assert_true(logged(BASE "/cgroup.procs=4322\n"));
    assert_false(exists(&folder, record + 1));
}

static void stays_where_it_is_when_others_are_in_the_way(void **state)
{
    (void)state;
    busy = others = true;
    struct cgroup_root *root = make_root();
    assert_true(logged("/daemon/cgroup.procs=0\n"));
    assert_true(logged(BASE "/cgroup.procs=0\n"));
    assert_false(logged(BASE "/cgroup.subtree_control=-"));
    cgroup_root_free(root);
    assert_false(exists(&folder, record + 1));
}

static void falls_back_where_nothing_is_usable(void **state)
{
    (void)state;
    struct cgroup_root *root;
    struct error err;
    assert_int_equal(make_root_as("off", &root, NULL), 0);
    assert_null(root);
    clone_errno = EACCES;
    assert_int_equal(make_root_as("auto", &root, &err), 0);
    assert_null(root);
    assert_non_null(strstr(err.text, "cannot start a process"));
    assert_false(exists(&folder, "state/cgroup"));
    assert_false(cgroup_can_limit_memory(root));
    put_file(&folder, "proc/self/cgroup", "4:memory:/x\n");
    assert_int_equal(make_root_as("auto", &root, &err), 0);
    assert_null(root);
    assert_non_null(strstr(err.text, "no cgroup v2"));
    put_file(&folder, "proc/self/cgroup", "0::/../outside\n");
    assert_int_equal(make_root_as("auto", &root, &err), 0);
    assert_null(root);
}

static void a_named_group_has_to_work(void **state)
{
    (void)state;
    struct cgroup_root *root;
    struct error err;
    assert_int_equal(make_root_as("/cg/nowhere", &root, &err), -ENOENT);
    assert_non_null(strstr(err.text, "/cg/nowhere"));
    assert_int_equal(make_root_as("/proc", &root, &err), -EINVAL);
    clone_errno = EBUSY;
    assert_int_equal(make_root_as("/" BASE, &root, &err), -EBUSY);
    clone_errno = 0;
    assert_int_equal(make_root_as("/" BASE, &root, &err), 0);
    cgroup_root_free(root);
}

static void limits_a_run(void **state)
{
    (void)state;
    struct cgroup_root *root = make_root();
    struct run_limits limits;
    fields_defaults(FIELDS_RUN_LIMITS, &limits);
    limits.memory_bytes = 67108864;
    limits.processes = 20;
    int fd = cgroup_create(root, 7, NULL);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(run_limits_apply(&limits, getpid(), root, 7, NULL), 0);
    assert_string_equal(get_file(&folder, run_file(7, "memory.max")), "67108864");
    assert_string_equal(get_file(&folder, run_file(7, "memory.swap.max")), "0");
    assert_string_equal(get_file(&folder, run_file(7, "pids.max")), "20");
    assert_int_equal(cgroup_create(root, 7, NULL), -EEXIST);
    assert_int_equal(cgroup_remove(root, 7), 0);
    assert_int_equal(cgroup_remove(root, 7), 0); /* gone */

    has_swap = false;
    close(cgroup_create(root, 8, NULL));
    assert_int_equal(cgroup_limit_memory(root, 8, 1000), 0);
    assert_int_equal(cgroup_limit_memory(root, 99, 1000), -ENOENT);
    cgroup_remove(root, 8);
    cgroup_root_free(root);
}

static void kills_and_counts(void **state)
{
    (void)state;
    struct cgroup_root *root = make_root();
    close(cgroup_create(root, 3, NULL));
    assert_int_equal(cgroup_kill(root, 3), 0);
    assert_string_equal(get_file(&folder, run_file(3, "cgroup.kill")), "1");
    assert_int_equal(cgroup_populated(root, 3), 0);
    put_file(&folder, run_file(3, "cgroup.events"), "frozen 0\npopulated 1\n");
    assert_int_equal(cgroup_populated(root, 3), 1);
    put_file(&folder, run_file(3, "cgroup.events"), "frozen 0\n");
    assert_int_equal(cgroup_populated(root, 3), -EIO);
    assert_int_equal(cgroup_populated(root, 4), 0); /* gone */
    assert_int_equal(cgroup_kill(root, 4), 0);

    static const struct {
        const char *text;
        int64_t kills;
    } events[] = {{"low 0\noom 3\noom_kill 2\noom_group_kill 9\n", 2},
                  {"oom_kill 1", 1},
                  {"oom_kill x\n", 0},
                  {"oom_kill \n", 0},
                  {"", 0},
                  {"xoom_kill 4\n", 0},
                  {"oom_kill -1\n", 0},
                  {"oom_kill 99999999999999999999\n", 0}};
    for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
        put_file(&folder, run_file(3, "memory.events"), events[i].text);
        assert_int_equal(cgroup_oom_kills(root, 3), events[i].kills);
    }
    unlinkat(folder.fd, run_file(3, "memory.events"), 0);
    assert_int_equal(cgroup_oom_kills(root, 3), 0);
    assert_int_equal(cgroup_memory_peak(root, 3), -1);
    put_file(&folder, run_file(3, "memory.peak"), "123456\n");
    assert_int_equal(cgroup_memory_peak(root, 3), 123456);
    put_file(&folder, run_file(3, "memory.peak"), "much\n");
    assert_int_equal(cgroup_memory_peak(root, 3), -1);

    mkdirat(folder.fd, run_file(3, "own"), 0700); /* the run made groups of its own */
    mkdirat(folder.fd, run_file(3, "own/deeper"), 0700);
    assert_int_equal(cgroup_remove(root, 3), 0);
    cgroup_root_free(root);
}

static void without_memory_nothing_is_left(void **state)
{
    (void)state;
    const int before = fd_count_open();
    for (int k = 0; failing_next(&k);) {
        struct cgroup_root *root = NULL;
        struct error err = {0};
        const struct cgroup_options options = {
            .setting = "auto", .tenant = "default", .state_fd = folder.fd, .fs_root = folder.path};
        int r = cgroup_root_new(&options, &root, &err);
        failing_stop();
        assert_true(r == 0 || (r == -ENOMEM && failing_happened && err.number == ENOMEM));
        assert_int_equal(cgroup_holds(root), r == 0); /* all of it, or it is told */
        cgroup_root_free(root);
        assert_int_equal(fd_count_open(), before);
        assert_false(exists(&folder, "cgroup"));
    }
    assert_true(failing_no_leak());
}

static void a_directory_that_was_removed_is_made_anew(void **state)
{
    (void)state;
    struct cgroup_root *root = make_root();
    assert_true(cgroup_holds(root));
    assert_int_equal(fake_unlinkat(folder.fd, cgroup_root_path(root) + 1, AT_REMOVEDIR), 0);
    char wanted[256];
    snprintf(wanted, sizeof wanted,
             "<4>the cgroup of this daemon was removed and is made anew path=%s\n",
             cgroup_root_path(root));
    log_lines_begin();
    int fd = cgroup_create(root, 7, NULL);
    assert_string_equal(log_lines(), wanted);
    log_lines_end();
    assert_true(fd >= 0);
    close(fd);
    assert_true(cgroup_holds(root));
    assert_int_equal(cgroup_remove(root, 7), 0);
    assert_true(exists(&folder, cgroup_root_path(root) + 1));
    cgroup_root_free(root);
}

static int no_mkdirat(int dir, const char *path, mode_t mode)
{
    (void)dir;
    (void)path;
    (void)mode;
    errno = EACCES;
    return -1;
}

static void a_containment_that_is_lost_is_known(void **state)
{
    (void)state;
    struct cgroup_root *root = make_root();
    sys.mkdirat = no_mkdirat;
    assert_int_equal(cgroup_create(root, 7, NULL), -EACCES);
    assert_false(cgroup_holds(root));
    sys.mkdirat = fake_mkdirat;
    int fd = cgroup_create(root, 8, NULL);
    assert_true(fd >= 0);
    close(fd);
    assert_true(cgroup_holds(root));
    cgroup_root_free(root);
}

static int flocks;

/* Another daemon looked at the new directory just then. */
static int flock_that_loses_once(int fd, int operation)
{
    if (flocks++ > 0)
        return flock(fd, operation);
    errno = EWOULDBLOCK;
    return -1;
}

static void tries_again_when_it_was_swept_away(void **state)
{
    (void)state;
    flocks = 0;
    sys.flock = flock_that_loses_once;
    cgroup_root_free(make_root());
    assert_int_equal(flocks, 2);
}

/* ---- the real tree, where there is one ---- */

static void a_process_that_left_its_session_dies_with_its_group(void **state)
{
    (void)state;
    sys_reset();
    struct cgroup_root *root = NULL;
    struct error err = {0};
    const struct cgroup_options options = {
        .setting = "auto", .tenant = "unit", .state_fd = folder.fd, .fs_root = ""};
    assert_int_equal(cgroup_root_new(&options, &root, &err), 0);
    if (!root) {
        assert_true(err.number > 0);
        print_message("not run: no usable cgroup here: %s\n", err.text);
        skip();
    }
    struct clone_args args = {.flags = 0x200000000ULL, .exit_signal = SIGCHLD};
    int alive[2];
    assert_int_equal(pipe(alive), 0);
    int fd = cgroup_create(root, 1, &err);
    assert_true(fd >= 0);
    args.cgroup = (uint64_t)fd;
    pid_t pid = sys.clone3(&args, sizeof args);
    if (pid == 0) {
        if (fork() == 0) {
            setsid();
            for (;;)
                pause();
        }
        _exit(0);
    }
    close(fd);
    close(alive[1]);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_int_equal(cgroup_populated(root, 1), 1);
    assert_int_equal(cgroup_remove(root, 1), -EBUSY);
    assert_int_equal(cgroup_kill(root, 1), 0);
    assert_true(wait_readable(alive[0])); /* its end: the last holder is dead */
    const int64_t deadline = clock_mono_ms() + DEADLINE_MS;
    while (cgroup_populated(root, 1) != 0 && clock_mono_ms() < deadline)
        poll(NULL, 0, 1);
    assert_int_equal(cgroup_populated(root, 1), 0);
    assert_int_equal(cgroup_remove(root, 1), 0);
    cgroup_root_free(root);
    assert_false(exists(&folder, "cgroup"));
    close(alive[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(makes_a_directory_of_its_own),
        TEST(records_before_the_first_fork),
        TEST(its_name_is_its_own),
        TEST(moves_into_a_leaf_and_home_again),
        TEST(takes_home_who_else_is_in_the_leaf),
        TEST(stays_where_it_is_when_others_are_in_the_way),
        TEST(falls_back_where_nothing_is_usable),
        TEST(a_named_group_has_to_work),
        TEST(limits_a_run),
        TEST(kills_and_counts),
        TEST(without_memory_nothing_is_left),
        TEST(tries_again_when_it_was_swept_away),
        TEST(a_directory_that_was_removed_is_made_anew),
        TEST(a_containment_that_is_lost_is_known),
        TEST(a_process_that_left_its_session_dies_with_its_group),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
