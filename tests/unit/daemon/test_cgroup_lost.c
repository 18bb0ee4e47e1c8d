/* What daemons that died have left in the tree: groups that nobody kills let a run outlive its
 * daemon, and a sweep that reaches too far kills what is not ours. */
#include <errno.h>
#include <setjmp.h>
#include <stddef.h>
#include <sys/file.h>

#include <cmocka.h>

#include "cgroup_fixture.h"
#include "common/cleanup.h"
#include "daemon/cgroup/cgroup_lost.h"
#include "failing.h"
#include "log_lines.h"

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
    assert_false(logged("/r/cgroup.kill"));
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
    assert_string_equal(err.text, "processes of an earlier councild do not die: see /" BASE
                                  "/councild-default-0123abcd");
    assert_int_equal(polls, 5); /* at the deadline, not behind it */
    assert_true(exists(&folder, "state/cgroup"));
    assert_true(exists(&folder, run_file(22, "")));
    close(state_fd);
}

static void says_what_it_cannot_read_or_end(void **state)
{
    (void)state;
    struct error err;
    int state_fd = state_dir();
    assert_int_equal(mkdirat(state_fd, "cgroup", 0700), 0);
    assert_int_equal(cgroup_kill_predecessor(state_fd, folder.path, 100, &err), -EISDIR);
    assert_string_equal(err.text, "cannot read the file cgroup in the state directory: Is a "
                                  "directory");
    assert_int_equal(unlinkat(state_fd, "cgroup", AT_REMOVEDIR), 0);
    put_file(&folder, "state/cgroup", "/" BASE "/councild-default-0123abcd/councild-x-file\n");
    assert_int_equal(fake_mkdirat(folder.fd, BASE "/councild-default-0123abcd", 0700), 0);
    put_file(&folder, BASE "/councild-default-0123abcd/councild-x-file", "");
    assert_int_equal(cgroup_kill_predecessor(state_fd, folder.path, 100, &err), -ENOTDIR);
    assert_string_equal(err.text, "cannot open the cgroup /" BASE
                                  "/councild-default-0123abcd/councild-x-file of an earlier "
                                  "councild: Not a directory");
    assert_int_equal(mkdirat(folder.fd, BASE "/councild-bare", 0700), 0);
    put_file(&folder, "state/cgroup", "/" BASE "/councild-bare\n");
    assert_int_equal(cgroup_kill_predecessor(state_fd, folder.path, 100, &err), -EINVAL);
    assert_string_equal(err.text, "/" BASE "/councild-bare, recorded as the cgroup of an earlier "
                                  "councild, is none");
    assert_true(exists(&folder, "state/cgroup"));
    close(state_fd);
}

static void a_predecessor_whose_runs_cannot_be_seen_is_told(void **state)
{
    (void)state;
    struct error err;
    int state_fd = state_dir();
    leave_predecessor("/" BASE "/councild-default-0123abcd");
    unlinkat(folder.fd, run_file(1, "cgroup.events"), 0);
    assert_int_equal(mkdirat(folder.fd, run_file(1, "cgroup.events"), 0700), 0);
    assert_int_equal(cgroup_kill_predecessor(state_fd, folder.path, 5000, &err), -EISDIR);
    assert_string_equal(err.text, "cannot end the cgroup /" BASE "/councild-default-0123abcd of an "
                                  "earlier councild: Is a directory");
    close(state_fd);
}

static int unlinkat_of_all_but_one(int dir, const char *path, int flags)
{
    errno = EBUSY;
    return strcmp(path, "r1") == 0 ? -1 : fake_unlinkat(dir, path, flags);
}

static void a_run_of_a_predecessor_that_stays_is_told(void **state)
{
    (void)state;
    struct error err;
    int state_fd = state_dir();
    leave_predecessor("/" BASE "/councild-default-0123abcd");
    sys.unlinkat = unlinkat_of_all_but_one;
    assert_int_equal(cgroup_kill_predecessor(state_fd, folder.path, 5000, &err), -EBUSY);
    assert_string_equal(err.text, "cannot end the cgroup /" BASE "/councild-default-0123abcd of an "
                                  "earlier councild: Device or resource busy");
    assert_true(exists(&folder, "state/cgroup"));
    close(state_fd);
}

static int list_errno; /* of the descriptor by which a group is listed; 0: it is that of a file */

static int openat_that_cannot_list(int dir, const char *path, int flags, mode_t mode)
{
    if (strcmp(path, ".") != 0)
        return openat(dir, path, flags, mode);
    if (list_errno == 0)
        return open("/dev/null", O_RDONLY | O_CLOEXEC);
    errno = list_errno;
    return -1;
}

/* Nobody knows what lives there: the record stays, for the next daemon. */
static void a_predecessor_that_cannot_be_listed_is_told(void **state)
{
    (void)state;
    static const int numbers[] = {EMFILE, EACCES, 0};
    int state_fd = state_dir();
    const int before = fd_count_open();
    leave_predecessor("/" BASE "/councild-default-0123abcd");
    sys.openat = openat_that_cannot_list;
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        struct error err;
        char wanted[256];
        list_errno = numbers[i];
        const int number = numbers[i] ? numbers[i] : ENOTDIR;
        assert_int_equal(cgroup_kill_predecessor(state_fd, folder.path, 100, &err), -number);
        snprintf(wanted, sizeof wanted,
                 "cannot end the cgroup /" BASE "/councild-default-0123abcd of an earlier "
                 "councild: %s",
                 strerrordesc_np(number));
        assert_string_equal(err.text, wanted);
        assert_true(exists(&folder, "state/cgroup"));
        assert_int_equal(fd_count_open(), before);
    }
    assert_string_equal(call_text, "");
    close(state_fd);
}

/* Whatever fails: as long as the record stands, the next daemon ends them. */
static void without_memory_no_run_of_a_predecessor_is_forgotten(void **state)
{
    (void)state;
    int state_fd = state_dir();
    const int before = fd_count_open();
    for (int k = 0; failing_next(&k);) {
        struct error err = {0};
        char path[128];
        failing_stop();
        snprintf(path, sizeof path, "/" BASE "/councild-default-%08x", (unsigned)k);
        leave_predecessor(path);
        call_text[0] = '\0';
        failing_countdown = k;
        const int r = cgroup_kill_predecessor(state_fd, folder.path, 100, &err);
        failing_stop();
        assert_true(r == 0 || (r == -ENOMEM && failing_happened && err.number == ENOMEM));
        assert_int_equal(exists(&folder, "state/cgroup"), r < 0);
        if (r == 0)
            assert_true(logged("/r1/cgroup.kill=1\n") && logged("/r22/cgroup.kill=1\n"));
        assert_int_equal(fd_count_open(), before);
    }
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
        log_lines_begin();
        assert_int_equal(cgroup_kill_predecessor(state_fd, folder.path, 100, NULL), 0);
        assert_non_null(strstr(log_lines(), "<4>the state directory's file cgroup names no cgroup "
                                            "of a councild: passed over content="));
        log_lines_end();
        assert_string_equal(call_text, "");
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

static int lists; /* until one fails */

static int openat_that_cannot_list_one(int dir, const char *path, int flags, mode_t mode)
{
    if (strcmp(path, ".") == 0 && lists-- == 0)
        return openat_that_cannot_list(dir, path, flags, mode);
    return openat(dir, path, flags, mode);
}

static int openat_that_cannot_look(int dir, const char *path, int flags, mode_t mode)
{
    if (strcmp(path, "r1") != 0)
        return openat(dir, path, flags, mode);
    errno = list_errno;
    return -1;
}

/* Who lives in a group that cannot be opened is unknown; one that has just gone holds nobody. */
static void sweeps_nothing_that_it_cannot_look_into(void **state)
{
    (void)state;
    static const char DEAD[] = BASE "/councild-b-44444444";
    assert_int_equal(fake_mkdirat(folder.fd, DEAD, 0700), 0);
    assert_int_equal(fake_mkdirat(folder.fd, BASE "/councild-b-44444444/r1", 0700), 0);
    int base = openat(folder.fd, BASE, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const int before = fd_count_open();
    sys.openat = openat_that_cannot_look;
    list_errno = EMFILE;
    cgroup_sweep(base);
    assert_true(exists(&folder, BASE "/councild-b-44444444/r1"));
    sys.openat = openat_that_cannot_list_one;
    for (int i = 0; i < 3; i++) { /* the base, the dead daemon's, its run's */
        lists = i;
        cgroup_sweep(base);
        assert_true(exists(&folder, BASE "/councild-b-44444444/r1"));
    }
    sys.openat = openat_that_cannot_look;
    list_errno = ENOENT;
    cgroup_sweep(base);
    assert_false(exists(&folder, DEAD));
    assert_int_equal(fd_count_open(), before);
    close(base);
}

/* Only what a daemon has named is its litter: a name, a dash and eight hexadecimal digits. */
static void sweeps_nothing_that_is_named_otherwise(void **state)
{
    (void)state;
    static const char *const NAMES[] = {
        "councild-0123abcd",     "councild--0123abcd",  "councild-a-0123abcg",
        "councild-a-0123abc",    "councild-a.0123abcd", "councild-a-g123abcd",
        "ouncild-a-0123abcd",    "councild-a-0123ABCD", "councild-a",
        "councild-a-0123abcd.x",
    };
    int base = openat(folder.fd, BASE, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (size_t i = 0; i < ARRAY_LEN(NAMES); i++)
        assert_int_equal(fake_mkdirat(base, NAMES[i], 0700), 0);
    assert_int_equal(fake_mkdirat(base, "councild-a-0123abcd", 0700), 0);
    assert_int_equal(fake_mkdirat(base, "councild-a-b-fedcba98", 0700), 0);
    cgroup_sweep(base);
    for (size_t i = 0; i < ARRAY_LEN(NAMES); i++)
        assert_int_equal(faccessat(base, NAMES[i], F_OK, 0), 0);
    assert_int_equal(faccessat(base, "councild-a-0123abcd", F_OK, 0), -1);
    assert_int_equal(faccessat(base, "councild-a-b-fedcba98", F_OK, 0), -1);
    close(base);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(ends_the_runs_of_a_predecessor),
        TEST(gives_up_on_a_predecessor_that_does_not_die),
        TEST(says_what_it_cannot_read_or_end),
        TEST(a_predecessor_whose_runs_cannot_be_seen_is_told),
        TEST(a_run_of_a_predecessor_that_stays_is_told),
        TEST(a_predecessor_that_cannot_be_listed_is_told),
        TEST(without_memory_no_run_of_a_predecessor_is_forgotten),
        TEST(touches_nothing_by_a_wrong_record),
        TEST(sweeps_what_the_dead_have_left),
        TEST(sweeps_nothing_in_which_a_daemon_lives),
        TEST(sweeps_nothing_that_it_cannot_look_into),
        TEST(sweeps_nothing_that_is_named_otherwise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
