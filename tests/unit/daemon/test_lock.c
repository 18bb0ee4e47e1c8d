/* Two daemons on one socket, or one beside the survivors of its predecessor, would both stop and
 * lose runs that they do not know; a socket folder open to others would let strangers in. */
#include <errno.h>
#include <setjmp.h>
#include <stddef.h>
#include <sys/file.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "daemon/os/lock.h"
#include "failing.h"
#include "lock_fixture.h"

static void makes_private_folders_whatever_the_umask(void **state)
{
    (void)state;
    int fd;
    const mode_t old = umask(0);
    assert_int_equal(lock_socket_directory(in_folder("a/b/sock"), 0700, (gid_t)-1, NULL), 0);
    assert_int_equal(mode_of("a/b"), 0700);
    assert_int_equal(lock_socket_directory(in_folder("g/sock"), 0750, getgid(), NULL), 0);
    assert_int_equal(mode_of("g"), 0750);
    assert_int_equal(lock_open_state(in_folder("state/x"), &fd, NULL), 0);
    assert_int_equal(mode_of("state/x"), 0700);
    close(fd);
    umask(old);
}

static int mkdirat_after_another_failure(int at, const char *name, mode_t mode)
{
    int r = mkdirat(at, name, mode);
    if (r == 0)
        errno = EIO;
    return r;
}

static void a_folder_that_was_made_is_no_failure(void **state)
{
    (void)state;
    sys.mkdirat = mkdirat_after_another_failure;
    assert_int_equal(lock_socket_directory(in_folder("new/sock"), 0700, (gid_t)-1, NULL), 0);
    assert_int_equal(mode_of("new"), 0700);
}

static void tightens_only_folders_that_are_the_sockets_alone(void **state)
{
    (void)state;
    struct error err;
    mkdirat(folder.fd, "open", 0700);
    assert_int_equal(fchmodat(folder.fd, "open", 0755, 0), 0);
    put_file(&folder, "open/sock.lock", "");
    assert_int_equal(lock_socket_directory(in_folder("open/sock"), 0700, (gid_t)-1, NULL), 0);
    assert_int_equal(mode_of("open"), 0700);
    assert_int_equal(fchmodat(folder.fd, "open", 0755, 0), 0);
    put_file(&folder, "open/else", "");
    assert_int_equal(lock_socket_directory(in_folder("open/sock"), 0700, (gid_t)-1, &err), -EPERM);
    assert_int_equal(mode_of("open"), 0755);
    assert_non_null(strstr(err.text, folder.path));
}

static void only_one_holds_the_locks(void **state)
{
    (void)state;
    struct locks first = LOCKS_INIT;
    struct locks second = LOCKS_INIT;
    struct error err;
    const int before = fd_count_open();
    assert_int_equal(lock_take(&first, folder.fd, in_folder("sock"), NULL), 0);
    assert_true(exists(&folder, "lock"));
    assert_true(exists(&folder, "sock.lock"));
    assert_int_equal(mode_of("lock"), 0600);
    assert_int_equal(lock_take(&second, folder.fd, in_folder("sock2"), &err), -EWOULDBLOCK);
    assert_non_null(strstr(err.text, "another councild"));
    lock_release(&first);
    assert_true(exists(&folder, "lock"));
    assert_int_equal(lock_take(&second, folder.fd, in_folder("sock"), NULL), 0);
    lock_release(&second);
    assert_int_equal(fd_count_open(), before);
}

static int64_t passed_us;

/* A hundredth of a second at each look. */
static int64_t hurrying_clock(void)
{
    return passed_us += 10000;
}

static int held_flock(int fd, int operation)
{
    (void)fd;
    (void)operation;
    errno = EWOULDBLOCK;
    return -1;
}

/* The loser leaves within 2 s: it has two locks to lose, and most of that time is for its own start
 * and end. It is patient all the same, with the child of a daemon that was killed. */
static void the_loser_is_patient_and_leaves_soon(void **state)
{
    (void)state;
    struct locks locks = LOCKS_INIT;
    sys.mono_us = hurrying_clock;
    sys.flock = held_flock;
    passed_us = 0;
    assert_int_equal(lock_take(&locks, folder.fd, in_folder("sock"), NULL), -EWOULDBLOCK);
    assert_in_range(passed_us, 100 * 1000, 500 * 1000);
    assert_int_equal(locks.state_lock, -1);
    assert_int_equal(locks.socket_lock, -1);
}

/* Another state directory, but the same socket. */
static void losing_the_socket_gives_the_state_back(void **state)
{
    (void)state;
    struct locks first = LOCKS_INIT;
    struct locks second = LOCKS_INIT;
    mkdirat(folder.fd, "other", 0700);
    int other = openat(folder.fd, "other", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(lock_take(&first, folder.fd, in_folder("sock"), NULL), 0);
    assert_int_equal(lock_take(&second, other, in_folder("sock"), NULL), -EWOULDBLOCK);
    int lock = openat(other, "lock", O_RDWR | O_CLOEXEC);
    assert_int_equal(flock(lock, LOCK_EX | LOCK_NB), 0);
    close(lock);
    lock_release(&first);
    close(other);
}

static int replacing_flock(int fd, int operation)
{
    unlinkat(folder.fd, "lock", 0);
    put_file(&folder, "lock", "");
    return flock(fd, operation);
}

static void notices_a_lock_file_that_was_replaced(void **state)
{
    (void)state;
    struct locks locks = LOCKS_INIT;
    sys.flock = replacing_flock;
    assert_int_equal(lock_take(&locks, folder.fd, in_folder("sock"), NULL), -EWOULDBLOCK);
    assert_int_equal(locks.state_lock, -1);
}

static void does_not_follow_a_link(void **state)
{
    (void)state;
    struct locks locks = LOCKS_INIT;
    put_file(&folder, "precious", "content");
    assert_int_equal(symlinkat("precious", folder.fd, "lock"), 0);
    assert_int_equal(lock_take(&locks, folder.fd, in_folder("sock"), NULL), -ELOOP);
    assert_string_equal(get_file(&folder, "precious"), "content");
}

/* A runner holds the lock through an inherited descriptor after its daemon has died. */
static void waits_for_survivors(void **state)
{
    (void)state;
    int fd;
    int again;
    int gate[2];
    struct error err;
    assert_int_equal(lock_wait_survivors(folder.fd, sys.mono_us(), &fd, NULL), 0);
    assert_int_equal(pipe(gate), 0);
    pid_t runner = fork();
    if (runner == 0) {
        char c;
        close(gate[1]);
        (void)!read(gate[0], &c, 1);
        poll(NULL, 0, 50);
        _exit(0);
    }
    close(gate[0]);
    close(fd); /* the daemon is gone, its runner is not */
    assert_int_equal(lock_wait_survivors(folder.fd, sys.mono_us() + 20000, &again, &err),
                     -ETIMEDOUT);
    assert_non_null(strstr(err.text, "still alive"));
    close(gate[1]);
    assert_int_equal(
        lock_wait_survivors(folder.fd, sys.mono_us() + DEADLINE_MS * 1000, &again, NULL), 0);
    assert_int_equal(waitpid(runner, NULL, 0), runner);
    close(again);
}

static void without_memory_nothing_is_held(void **state)
{
    (void)state;
    char socket[128], state_dir[128];
    snprintf(socket, sizeof socket, "%s", in_folder("m/sock"));
    snprintf(state_dir, sizeof state_dir, "%s", in_folder("n/state"));
    const int before = fd_count_open();
    for (int k = 0; failing_next(&k);) {
        struct locks locks = LOCKS_INIT;
        struct error err;
        int fd = -1;
        int r = lock_socket_directory(socket, 0700, (gid_t)-1, &err);
        r = r < 0 ? r : lock_open_state(state_dir, &fd, &err);
        r = r < 0 ? r : lock_take(&locks, fd, socket, &err);
        failing_stop();
        assert_true(r == 0 || (r == -ENOMEM && failing_happened)); /* asprintf can do with less */
        if (r < 0)
            assert_non_null(strstr(err.text, ": Cannot allocate memory"));
        assert_int_equal(locks.state_lock >= 0, r == 0);
        assert_int_equal(locks.socket_lock >= 0, r == 0);
        lock_release(&locks);
        fd_close(&fd);
        assert_int_equal(fd_count_open(), before);
    }
    assert_true(failing_no_leak());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(makes_private_folders_whatever_the_umask, setup, teardown),
        cmocka_unit_test_setup_teardown(a_folder_that_was_made_is_no_failure, setup, teardown),
        cmocka_unit_test_setup_teardown(tightens_only_folders_that_are_the_sockets_alone, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(only_one_holds_the_locks, setup, teardown),
        cmocka_unit_test_setup_teardown(the_loser_is_patient_and_leaves_soon, setup, teardown),
        cmocka_unit_test_setup_teardown(losing_the_socket_gives_the_state_back, setup, teardown),
        cmocka_unit_test_setup_teardown(notices_a_lock_file_that_was_replaced, setup, teardown),
        cmocka_unit_test_setup_teardown(does_not_follow_a_link, setup, teardown),
        cmocka_unit_test_setup_teardown(waits_for_survivors, setup, teardown),
        cmocka_unit_test_setup_teardown(without_memory_nothing_is_held, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
