/* Containment that is claimed but does not hold lets a run outlive its stop; containment that
 * reaches too far kills what is not ours. On an imitated tree, since the controllers are missing
 * on many machines, and on the real one where a group can be made. */
#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "daemon/cgroup/cgroup.h"
#include "daemon/cgroup/cgroup_lost.h"
#include "daemon/os/spawn.h"
#include "daemon/os/sys.h"
#include "daemon/settings/run_limits.h"
#include "failing.h"
#include "fixture.h"
#include "proto/fields.h"

/* ---- an imitated tree ---- */

static struct folder folder;
static char record[256]; /* what STATE_DIR/cgroup holds, without the line break */
static char log_text[8192];
static bool busy;        /* base has processes: controllers cannot be handed on */
static bool others;      /* also after the daemon has left it */
static bool has_swap;    /* memory.swap.max exists */
static int clone_errno;  /* != 0: clone3 fails */
static bool into_cgroup; /* clone3 was asked for it */

#define BASE "cg/system.slice/c.service"

static bool ends_with(const char *text, const char *end)
{
    const size_t len = strlen(text);
    return len >= strlen(end) && strcmp(text + len - strlen(end), end) == 0;
}

static void make_group_files(int dir, const char *path)
{
    static const char *const files[] = {"cgroup.procs",  "cgroup.kill",   "cgroup.subtree_control",
                                        "memory.max",    "pids.max",      "cgroup.controllers",
                                        "cgroup.events", "memory.events", "memory.swap.max"};
    int group = openat(dir, path, O_RDONLY | O_DIRECTORY);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        if (strcmp(files[i], "memory.swap.max") == 0 && !has_swap)
            continue;
        int fd = openat(group, files[i], O_WRONLY | O_CREAT, 0600);
        if (strcmp(files[i], "cgroup.events") == 0)
            assert_int_equal(fd_write_all(fd, "populated 0\nfrozen 0\n", 21), 0);
        close(fd);
    }
    close(group);
}

static int fake_mkdirat(int dir, const char *path, mode_t mode)
{
    int r = mkdirat(dir, path, mode);
    if (r == 0)
        make_group_files(dir, path);
    return r;
}

/* The kernel removes a group with its files in it, but not one with groups in it. */
static int fake_unlinkat(int dir, const char *path, int flags)
{
    if (flags != AT_REMOVEDIR)
        return unlinkat(dir, path, flags);
    int group = openat(dir, path, O_RDONLY | O_DIRECTORY);
    DIR *listing = group < 0 ? NULL : fdopendir(group);
    if (!listing) {
        fd_close(&group);
        return -1;
    }
    bool holds_groups = false;
    for (struct dirent *e; (e = readdir(listing));)
        holds_groups |= e->d_type == DT_DIR && e->d_name[0] != '.';
    rewinddir(listing);
    for (struct dirent *e; !holds_groups && (e = readdir(listing));)
        unlinkat(group, e->d_name, 0);
    closedir(listing);
    return unlinkat(dir, path, flags);
}

static ssize_t fake_write(int fd, const void *bytes, size_t len)
{
    char link[32];
    char path[512];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    const ssize_t n = readlink(link, path, sizeof path - 1);
    path[n > 0 ? n : 0] = '\0';
    const size_t have = strlen(log_text);
    const char *group = strstr(path, "councild-default-");
    snprintf(log_text + have, sizeof log_text - have, "%s=%.*s\n",
             group ? group + strlen("councild-default-01234567") : path + strlen(folder.path),
             (int)len, (const char *)bytes);
    if (ends_with(path, BASE "/cgroup.subtree_control") && busy) {
        errno = EBUSY;
        return -1;
    }
    if (ends_with(path, "/daemon/cgroup.procs"))
        busy = others;
    return write(fd, bytes, len);
}

static pid_t fake_clone3(struct clone_args *args, size_t size)
{
    into_cgroup = args->flags & 0x200000000ULL;
    if (clone_errno) {
        errno = clone_errno;
        return -1;
    }
    args->flags &= ~0x200000000ULL;
    return (pid_t)syscall(SYS_clone3, args, size);
}

static int setup(void **state)
{
    (void)state;
    folder_make(&folder);
    static const char *const folders[] = {"proc", "proc/self", "cg", "cg/system.slice",
                                          BASE,   "state"};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        mkdirat(folder.fd, folders[i], 0700);
    has_swap = true;
    make_group_files(folder.fd, BASE);
    put_file(&folder, BASE "/cgroup.controllers", "cpu memory pids\n");
    put_file(&folder, "proc/self/cgroup", "4:memory:/x\n0::/system.slice/c.service\n");
    put_file(&folder, "proc/self/mountinfo",
             "22 1 0:20 / /proc rw - proc proc rw\n"
             "30 20 0:26 / /other rw shared:4 - cgroup cgroup rw,memory\n"
             "31 20 0:27 / /cg rw,nosuid shared:5 - cgroup2 cgroup2 rw\n");
    log_text[0] = '\0';
    busy = others = into_cgroup = false;
    clone_errno = 0;
    sys.mkdirat = fake_mkdirat;
    sys.unlinkat = fake_unlinkat;
    sys.write = fake_write;
    sys.clone3 = fake_clone3;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    sys_reset();
    folder_remove(&folder);
    return 0;
}

static int state_dir(void)
{
    return openat(folder.fd, "state", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int make_root_as(const char *setting, struct cgroup_root **ret, struct error *err)
{
    static int state_fd = -1;
    if (state_fd >= 0)
        close(state_fd);
    state_fd = state_dir();
    const struct cgroup_options options = {
        .setting = setting, .tenant = "default", .state_fd = state_fd, .fs_root = folder.path};
    return cgroup_root_new(&options, ret, err);
}

static struct cgroup_root *make_root(void)
{
    struct cgroup_root *root;
    assert_int_equal(make_root_as("auto", &root, NULL), 0);
    assert_non_null(root);
    const char *text = get_file(&folder, "state/cgroup");
    assert_non_null(text);
    snprintf(record, sizeof record, "%.*s", (int)strcspn(text, "\n"), text);
    assert_string_equal(record, cgroup_root_path(root));
    return root;
}

/* A file of the group of run `serial`. */
static const char *run_file(uint64_t serial, const char *file)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/r%llu/%s", record + 1, (unsigned long long)serial, file);
    return path;
}

static bool logged(const char *line)
{
    return strstr(log_text, line) != NULL;
}

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
        const struct cgroup_options options = {
            .setting = "auto", .tenant = "default", .state_fd = folder.fd, .fs_root = folder.path};
        int r = cgroup_root_new(&options, &root, NULL);
        failing_stop();
        assert_true(r == 0 || r == -ENOMEM);
        cgroup_root_free(root);
        assert_int_equal(fd_count_open(), before);
        assert_false(exists(&folder, "cgroup"));
    }
    assert_true(failing_no_leak());
}

/* ---- a predecessor ---- */

static int polls;

static int64_t passing_time(void)
{
    return ++polls * 1000;
}

/* Killed processes need a moment: the group empties while it is looked at. */
static int64_t time_that_empties(void)
{
    if (++polls == 3)
        put_file(&folder, run_file(1, "cgroup.events"), "populated 0\n");
    return polls;
}

static void leave_predecessor(const char *path)
{
    char text[300];
    snprintf(record, sizeof record, "%s", path);
    snprintf(text, sizeof text, "%s\n", path);
    put_file(&folder, "state/cgroup", text);
    assert_int_equal(fake_mkdirat(folder.fd, path + 1, 0700), 0);
    static const char *const groups[] = {"r1", "r22", "daemon", "rx", "r"};
    for (size_t i = 0; i < 5; i++) {
        char group[300];
        snprintf(group, sizeof group, "%s/%s", path + 1, groups[i]);
        assert_int_equal(fake_mkdirat(folder.fd, group, 0700), 0);
    }
    polls = 0;
}

static void ends_the_runs_of_a_predecessor(void **state)
{
    (void)state;
    int state_fd = state_dir();
    assert_int_equal(cgroup_kill_predecessor(state_fd, folder.path, 100, NULL), 0); /* none */
    leave_predecessor("/" BASE "/councild-default-0123abcd");
    assert_int_equal(fake_mkdirat(folder.fd, BASE "/r5", 0700), 0); /* not below the path */
    put_file(&folder, run_file(1, "cgroup.events"), "populated 1\n");
    sys.mono_us = time_that_empties;
    assert_int_equal(cgroup_kill_predecessor(state_fd, folder.path, 1000, NULL), 0);
    assert_true(logged("/r1/cgroup.kill=1\n"));
    assert_true(logged("/r22/cgroup.kill=1\n"));
    assert_false(logged("daemon/cgroup.kill"));
    assert_false(logged("rx/cgroup.kill"));
    assert_false(logged(BASE "/cgroup.kill"));
    assert_false(logged(BASE "/r5/cgroup.kill"));
    assert_false(exists(&folder, "state/cgroup"));
    assert_false(exists(&folder, record + 1));
    assert_true(exists(&folder, BASE "/r5"));
    close(state_fd);
}

static void gives_up_on_a_predecessor_that_does_not_die(void **state)
{
    (void)state;
    struct error err;
    int state_fd = state_dir();
    leave_predecessor("/" BASE "/councild-default-0123abcd");
    put_file(&folder, run_file(1, "cgroup.events"), "populated 1\n");
    sys.mono_us = passing_time;
    assert_int_equal(cgroup_kill_predecessor(state_fd, folder.path, 5000, &err), -ETIMEDOUT);
    assert_non_null(strstr(err.text, "do not die"));
    assert_true(exists(&folder, "state/cgroup"));
    close(state_fd);
}

static void touches_nothing_by_a_wrong_record(void **state)
{
    (void)state;
    int state_fd = state_dir();
    fake_mkdirat(folder.fd, BASE "/r1", 0700);
    static const char *const wrong[] = {"/" BASE "\n", "/\n", "", "councild-x\n",
                                        "/" BASE "/councild-x/../councild-y/../\n"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        put_file(&folder, "state/cgroup", wrong[i]);
        assert_int_equal(cgroup_kill_predecessor(state_fd, folder.path, 100, NULL), 0);
        assert_string_equal(log_text, "");
        assert_false(exists(&folder, "state/cgroup"));
    }
    put_file(&folder, "state/cgroup", "/" BASE "/councild-gone\n");
    assert_int_equal(cgroup_kill_predecessor(state_fd, folder.path, 100, NULL), 0);
    assert_false(exists(&folder, "state/cgroup"));
    close(state_fd);
}

static void sweeps_what_the_dead_have_left(void **state)
{
    (void)state;
    leave_predecessor("/" BASE "/councild-other-11111111");
    fake_mkdirat(folder.fd, BASE "/councild-other-22222222", 0700);
    fake_mkdirat(folder.fd, BASE "/somebody-else", 0700);
    int alive =
        openat(folder.fd, BASE "/councild-other-22222222", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(flock(alive, LOCK_EX | LOCK_NB), 0);
    struct cgroup_root *root = make_root();
    assert_false(exists(&folder, BASE "/councild-other-11111111"));
    assert_true(exists(&folder, BASE "/councild-other-22222222"));
    assert_true(exists(&folder, BASE "/somebody-else"));
    assert_false(logged("cgroup.kill"));
    struct cgroup_root *second = make_root();
    cgroup_root_free(second);
    assert_true(exists(&folder, cgroup_root_path(root) + 1)); /* it lives */
    cgroup_root_free(root);
    close(alive);
}

/* An operator's directory whose name begins like ours, and one of a dead daemon in which another
 * lives: their groups were empty for a moment, and went. */
static void sweeps_nothing_in_which_a_daemon_lives(void **state)
{
    (void)state;
    static const char *const PATHS[] = {
        BASE "/councild-box1", BASE "/councild-box1/councild-a-33333333",
        BASE "/councild-b-44444444", BASE "/councild-b-44444444/councild-c-55555555",
        BASE "/councild-b-44444444/councild-c-55555555/r1"};
    for (size_t i = 0; i < ARRAY_LEN(PATHS); i++)
        fake_mkdirat(folder.fd, PATHS[i], 0700);
    int alive = openat(folder.fd, PATHS[3], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(flock(alive, LOCK_EX | LOCK_NB), 0);
    cgroup_root_free(make_root());
    for (size_t i = 0; i < ARRAY_LEN(PATHS); i++)
        assert_true(exists(&folder, PATHS[i]));
    close(alive);
    cgroup_root_free(make_root());
    assert_true(exists(&folder, PATHS[1]));
    assert_false(exists(&folder, PATHS[2]));
}

static void a_directory_that_was_removed_is_made_anew(void **state)
{
    (void)state;
    struct cgroup_root *root = make_root();
    assert_true(cgroup_holds(root));
    assert_int_equal(fake_unlinkat(folder.fd, cgroup_root_path(root) + 1, AT_REMOVEDIR), 0);
    int fd = cgroup_create(root, 7, NULL);
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(makes_a_directory_of_its_own),
        TEST(records_before_the_first_fork),
        TEST(moves_into_a_leaf_and_home_again),
        TEST(stays_where_it_is_when_others_are_in_the_way),
        TEST(falls_back_where_nothing_is_usable),
        TEST(a_named_group_has_to_work),
        TEST(limits_a_run),
        TEST(kills_and_counts),
        TEST(without_memory_nothing_is_left),
        TEST(ends_the_runs_of_a_predecessor),
        TEST(gives_up_on_a_predecessor_that_does_not_die),
        TEST(touches_nothing_by_a_wrong_record),
        TEST(tries_again_when_it_was_swept_away),
        TEST(sweeps_what_the_dead_have_left),
        TEST(sweeps_nothing_in_which_a_daemon_lives),
        TEST(a_directory_that_was_removed_is_made_anew),
        TEST(a_containment_that_is_lost_is_known),
        TEST(a_process_that_left_its_session_dies_with_its_group),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
