/* What stands in the way of a daemon's folders and locks: it must say which, and leave nothing
 * taken or opened, or the next start fails on what this one left. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/file.h>
#include <sys/fsuid.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "common/seccomp.h"
#include "daemon/os/lock.h"
#include "lock_fixture.h"
#include "refusal.h"

static int64_t passed_us;

/* A hundredth of a second at each look. */
static int64_t hurrying_clock(void)
{
    return passed_us += 10000;
}

/* ---- what is in the way ---- */

static int fails_with; /* errno of what is denied */

static int denied_flock(int fd, int operation)
{
    (void)fd;
    (void)operation;
    errno = fails_with;
    return -1;
}

static int interruptions;

static int interrupted_flock(int fd, int operation)
{
    errno = EINTR;
    return interruptions-- > 0 ? -1 : flock(fd, operation);
}

static int denied_mkdirat(int dir, const char *name, mode_t mode)
{
    (void)dir;
    (void)name;
    (void)mode;
    errno = fails_with;
    return -1;
}

static int removing_flock(int fd, int operation)
{
    unlinkat(folder.fd, "lock", 0);
    return flock(fd, operation);
}

/* %s in what is wanted stands for the name, and behind it comes what errno means, unless that is 0.
 */
static void expect_text(const struct error *err, const char *wanted, const char *name, int number)
{
    char text[512];
    const char *at = strstr(wanted, "%s");
    snprintf(text, sizeof text, "%.*s%s%s%s%s", (int)(at ? at - wanted : (long)strlen(wanted)),
             wanted, at ? name : "", at ? at + 2 : "", number ? ": " : "",
             number ? strerrordesc_np(number) : "");
    assert_string_equal(err->text, text);
}

static void a_lock_file_that_cannot_be_opened_is_told(void **state)
{
    (void)state;
    struct locks locks = LOCKS_INIT;
    struct error err = {0};
    int fd = -1;
    const int before = fd_count_open();
    assert_int_equal(symlinkat("nowhere", folder.fd, "survivors"), 0);
    assert_int_equal(lock_wait_survivors(folder.fd, sys.mono_us(), &fd, &err), -ELOOP);
    expect_text(&err, "cannot open the lock file %s", "survivors", ELOOP);
    assert_int_equal(mkdirat(folder.fd, "lock", 0700), 0);
    assert_int_equal(lock_take(&locks, folder.fd, in_folder("sock"), &err), -EISDIR);
    expect_text(&err, "cannot open the lock file %s", "lock", EISDIR);
    assert_int_equal(unlinkat(folder.fd, "lock", AT_REMOVEDIR), 0);
    assert_int_equal(mkdirat(folder.fd, "sock.lock", 0700), 0);
    assert_int_equal(lock_take(&locks, folder.fd, in_folder("sock"), &err), -EISDIR);
    expect_text(&err, "cannot open the lock file %s.lock", path, EISDIR);
    assert_int_equal(fd, -1);
    assert_int_equal(locks.state_lock, -1);
    assert_int_equal(locks.socket_lock, -1);
    assert_int_equal(fd_count_open(), before);
}

static void a_lock_that_cannot_be_had_is_told(void **state)
{
    (void)state;
    struct locks locks = LOCKS_INIT;
    struct error err = {0};
    int fd = -1;
    const int before = fd_count_open();
    sys.flock = denied_flock;
    fails_with = ENOLCK;
    assert_int_equal(lock_wait_survivors(folder.fd, sys.mono_us() - 1, &fd, &err), -ENOLCK);
    expect_text(&err, "cannot lock `survivors` in the state directory", "", ENOLCK);
    assert_int_equal(lock_take(&locks, folder.fd, in_folder("sock"), &err), -ENOLCK);
    expect_text(&err, "cannot lock %s", "lock", ENOLCK);
    sys.flock = removing_flock;
    assert_int_equal(lock_take(&locks, folder.fd, in_folder("sock"), &err), -EWOULDBLOCK);
    expect_text(&err, "the lock file %s was replaced while it was locked", "lock", 0);
    assert_int_equal(fd, -1);
    assert_int_equal(locks.state_lock, -1);
    assert_int_equal(fd_count_open(), before);
}

static void an_interrupted_lock_is_asked_for_again(void **state)
{
    (void)state;
    struct locks locks = LOCKS_INIT;
    int fd = -1;
    sys.flock = interrupted_flock;
    interruptions = 3;
    assert_int_equal(lock_take(&locks, folder.fd, in_folder("sock"), NULL), 0);
    interruptions = 3;
    assert_int_equal(lock_wait_survivors(folder.fd, sys.mono_us(), &fd, NULL), 0);
    lock_release(&locks);
    close(fd);
}

/* It is shared with the runners: another daemon finds it held by them, not by us. */
static void the_survivors_lock_is_shared_and_waited_for_in_time(void **state)
{
    (void)state;
    struct error err = {0};
    int fd = -1, again = -1;
    assert_int_equal(lock_wait_survivors(folder.fd, sys.mono_us(), &fd, NULL), 0);
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    const int other = openat(folder.fd, "survivors", O_RDWR | O_CLOEXEC);
    assert_int_equal(flock(other, LOCK_SH | LOCK_NB), 0);
    close(other);
    sys.mono_us = hurrying_clock;
    passed_us = 0;
    assert_int_equal(lock_wait_survivors(folder.fd, 20000, &again, &err), -ETIMEDOUT);
    assert_int_equal(passed_us, 20000); /* at the second look, not behind it */
    expect_text(&err,
                "processes of an earlier councild are still alive: they hold the lock "
                "`survivors` in the %s",
                "state directory", 0);
    assert_int_equal(again, -1);
    close(fd);
}

static void a_folder_that_cannot_be_had_is_told(void **state)
{
    (void)state;
    struct error err = {0};
    int fd = -1;
    const int before = fd_count_open();
    static const char *const BARE[] = {"sock", "/sock", ""};
    for (int i = 0; i < 3; i++) {
        assert_int_equal(lock_socket_directory(BARE[i], 0700, (gid_t)-1, &err), -EINVAL);
        expect_text(&err, "the socket %s needs a directory of its own", BARE[i], 0);
    }
    put_file(&folder, "file", "");
    assert_int_equal(lock_open_state(in_folder("file"), &fd, &err), -ENOTDIR);
    expect_text(&err, "cannot open the directory %s", path, ENOTDIR);
    assert_int_equal(lock_socket_directory(in_folder("file/x/sock"), 0700, (gid_t)-1, &err),
                     -EEXIST);
    assert_int_equal(lock_open_state(in_folder("file/x"), &fd, &err), -EEXIST);
    sys.mkdirat = denied_mkdirat;
    fails_with = ENOSPC;
    assert_int_equal(lock_open_state(in_folder("new"), &fd, &err), -ENOSPC);
    expect_text(&err, "cannot make the directory %s", path, ENOSPC);
    assert_int_equal(fd, -1);
    assert_int_equal(fd_count_open(), before);
}

/* Even root may not, with the rights of another for files. */
static void a_group_that_may_not_be_given_is_told(void **state)
{
    (void)state;
    struct error err = {0};
    char wanted[512];
    assert_int_equal(mkdirat(folder.fd, "d", 0700), 0);
    assert_int_equal(fchmodat(folder.fd, "d", 0755, 0), 0);
    assert_int_equal(chmod(folder.path, 0755), 0);
    setfsuid(12345);
    const int r = lock_socket_directory(in_folder("d/sock"), 0750, 54321, &err);
    setfsuid(geteuid());
    snprintf(wanted, sizeof wanted, "cannot give the directory %s/d to group 54321: %s",
             folder.path, strerrordesc_np(EPERM));
    assert_string_equal(err.text, wanted);
    assert_int_equal(r, -EPERM);
}

static void a_folder_of_another_user_is_not_taken(void **state)
{
    (void)state;
    struct error err = {0};
    char wanted[512], theirs[256] = "/proc"; /* root's */
    int fd = -1;
    const unsigned we = geteuid(), they = we ? 0 : 12345;
    if (!we) {
        snprintf(theirs, sizeof theirs, "%s", in_folder("theirs"));
        assert_int_equal(mkdirat(folder.fd, "theirs", 0700), 0);
        assert_int_equal(fchownat(folder.fd, "theirs", they, (gid_t)-1, 0), 0);
    }
    assert_int_equal(lock_open_state(theirs, &fd, &err), -EPERM);
    snprintf(wanted, sizeof wanted, "the directory %s belongs to user %u, not to user %u", theirs,
             they, we);
    assert_string_equal(err.text, wanted);
    assert_int_equal(fd, -1);
}

/* What others may do there is taken away, and nothing of what its owner forbade himself. */
static void a_state_folder_is_closed_to_others_alone(void **state)
{
    (void)state;
    static const unsigned MODES[][2] = {{0700, 0700}, {0755, 0700}, {0740, 0700}, {0701, 0700},
                                        {0500, 0500}, {0550, 0500}, {0710, 0700}};
    for (size_t i = 0; i < sizeof MODES / sizeof *MODES; i++) {
        int fd = -1;
        mkdirat(folder.fd, "s", 0700);
        assert_int_equal(fchmodat(folder.fd, "s", MODES[i][0], 0), 0);
        assert_int_equal(lock_open_state(in_folder("s"), &fd, NULL), 0);
        assert_int_equal(mode_of("s"), MODES[i][1]);
        assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
        close(fd);
    }
}

static void a_socket_folder_gets_the_mode_it_needs(void **state)
{
    (void)state;
    static const struct {
        unsigned before;
        bool group;
        const char *beside;
        unsigned after; /* 0: refused */
    } CASES[] = {
        {0700, false, "x", 0700},    {0750, false, NULL, 0700},     {0750, false, "x", 0},
        {0750, true, "x", 0750},     {0700, true, "x", 0750},       {0755, true, NULL, 0750},
        {0755, true, "x", 0},        {0755, true, "sock", 0750},    {0755, true, "sock.lock", 0750},
        {0755, true, "sock.loc", 0}, {0755, true, "sock.lock2", 0}, {0755, true, "nock.lock", 0},
        {0500, false, "x", 0700},    {0750, false, "soc", 0},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct error err = {0};
        char name[32], file[64], wanted[512];
        snprintf(name, sizeof name, "d%zu", i);
        assert_int_equal(mkdirat(folder.fd, name, 0700), 0);
        snprintf(file, sizeof file, "%s/%s", name, CASES[i].beside ? CASES[i].beside : ".");
        if (CASES[i].beside)
            put_file(&folder, file, "");
        assert_int_equal(fchmodat(folder.fd, name, CASES[i].before, 0), 0);
        snprintf(file, sizeof file, "%s/sock", name);
        const int r = lock_socket_directory(in_folder(file), CASES[i].group ? 0750 : 0700,
                                            CASES[i].group ? getgid() : (gid_t)-1, &err);
        assert_int_equal(r, CASES[i].after ? 0 : -EPERM);
        assert_int_equal(mode_of(name), CASES[i].after ? CASES[i].after : CASES[i].before);
        snprintf(wanted, sizeof wanted,
                 "the directory %s/%s has mode %04o and other things in it: the socket needs one "
                 "of its own, with mode %04o",
                 folder.path, name, CASES[i].before, CASES[i].group ? 0750 : 0700);
        assert_string_equal(err.text, CASES[i].after ? "" : wanted);
    }
}

static void the_folders_above_are_ordinary_ones(void **state)
{
    (void)state;
    int fd = -1;
    const mode_t old = umask(0);
    assert_int_equal(lock_socket_directory(in_folder("a/b/c/sock"), 0700, (gid_t)-1, NULL), 0);
    assert_int_equal(lock_open_state(in_folder("s/t/u"), &fd, NULL), 0);
    umask(old);
    close(fd);
    static const char *const NAMES[] = {"a", "a/b", "s", "s/t"};
    for (int i = 0; i < 4; i++)
        assert_int_equal(mode_of(NAMES[i]), 0755);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* Nobody knows what else is in it. */
static void a_folder_that_cannot_be_listed_is_not_tightened(void **state)
{
    (void)state;
    struct error err = {0};
    struct rlimit before, now;
    assert_int_equal(mkdirat(folder.fd, "d", 0700), 0);
    assert_int_equal(fchmodat(folder.fd, "d", 0755, 0), 0);
    const int lowest = dup(folder.fd);
    close(lowest);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    now = (struct rlimit){.rlim_cur = (rlim_t)lowest + 1, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &now), 0);
    const int r = lock_socket_directory(in_folder("d/sock"), 0700, (gid_t)-1, &err);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(r, -EPERM);
    assert_int_equal(mode_of("d"), 0755);
}

static int state_that_cannot_be_closed(void)
{
    static const struct refusal NO_MODE = {SYS_fchmod, ANY_ARGUMENT, 0, EROFS};
    int fd = -1;
    if (!refuse(&NO_MODE))
        return 1;
    return lock_open_state(in_folder("d"), &fd, NULL) == -EROFS && fd == -1 ? 0 : 2;
}

static void a_state_folder_that_cannot_be_closed_is_not_taken(void **state)
{
    (void)state;
    int status = -1;
    if (!seccomp_is_there())
        skip();
    assert_int_equal(mkdirat(folder.fd, "d", 0700), 0);
    assert_int_equal(fchmodat(folder.fd, "d", 0755, 0), 0);
    fflush(stdout);
    const pid_t pid = fork();
    if (pid == 0)
        _exit(state_that_cannot_be_closed());
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_lock_file_that_cannot_be_opened_is_told),
        TEST(a_lock_that_cannot_be_had_is_told),
        TEST(an_interrupted_lock_is_asked_for_again),
        TEST(the_survivors_lock_is_shared_and_waited_for_in_time),
        TEST(a_folder_that_cannot_be_had_is_told),
        TEST(a_group_that_may_not_be_given_is_told),
        TEST(a_folder_of_another_user_is_not_taken),
        TEST(a_state_folder_is_closed_to_others_alone),
        TEST(a_socket_folder_gets_the_mode_it_needs),
        TEST(a_folder_that_cannot_be_listed_is_not_tightened),
        TEST(a_state_folder_that_cannot_be_closed_is_not_taken),
        TEST(the_folders_above_are_ordinary_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
