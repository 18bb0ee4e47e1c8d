/* A daemon that removes what is not its socket destroys a user's file; one that truncates a long
 * path listens where nobody looks. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "daemon/failing.h"
#include "listen_fixture.h"

static unsigned mode_of_socket(void)
{
    struct stat st;
    assert_int_equal(lstat(path, &st), 0);
    assert_true(S_ISSOCK(st.st_mode));
    return st.st_mode & 07777;
}

static void listens_privately_whatever_the_umask(void **state)
{
    (void)state;
    struct listener l = LISTENER_INIT;
    const mode_t old = umask(0);
    assert_int_equal(listen_bind(&l, path, 0600, (gid_t)-1, NULL), 0);
    assert_int_equal(mode_of_socket(), 0600);
    int fd = connect_to(path);
    assert_true(fd >= 0);
    close(fd);
    listen_close(&l);
    assert_false(exists(&folder, "sock"));
    assert_int_equal(listen_bind(&l, path, 0660, getgid(), NULL), 0);
    assert_int_equal(mode_of_socket(), 0660);
    listen_close(&l);
    assert_int_equal(umask(old), 0);
}

static void removes_a_stale_socket_only(void **state)
{
    (void)state;
    struct listener l = LISTENER_INIT;
    struct error err;
    assert_int_equal(listen_bind(&l, path, 0600, (gid_t)-1, NULL), 0);
    close(l.fd); /* died without cleaning up */
    free(l.path);
    l = (struct listener)LISTENER_INIT;
    assert_int_equal(connect_to(path), -ECONNREFUSED);
    assert_int_equal(listen_bind(&l, path, 0600, (gid_t)-1, NULL), 0);
    listen_close(&l);

    put_file(&folder, "sock", "precious");
    assert_int_equal(listen_bind(&l, path, 0600, (gid_t)-1, &err), -EEXIST);
    assert_non_null(strstr(err.text, path));
    assert_string_equal(get_file(&folder, "sock"), "precious");
    unlinkat(folder.fd, "sock", 0);
    assert_int_equal(symlinkat("elsewhere", folder.fd, "sock"), 0);
    assert_int_equal(listen_bind(&l, path, 0600, (gid_t)-1, NULL), -EEXIST);
    assert_true(exists(&folder, "sock"));
    unlinkat(folder.fd, "sock", 0);
    mkdirat(folder.fd, "sock", 0700);
    assert_int_equal(listen_bind(&l, path, 0600, (gid_t)-1, NULL), -EEXIST);
    assert_int_equal(l.fd, -1);
}

static void leaves_a_socket_that_is_not_ours_any_more(void **state)
{
    (void)state;
    struct listener ours = LISTENER_INIT;
    struct listener others = LISTENER_INIT;
    assert_int_equal(listen_bind(&ours, path, 0600, (gid_t)-1, NULL), 0);
    renameat(folder.fd, "sock", folder.fd, "old");
    assert_int_equal(listen_bind(&others, path, 0600, (gid_t)-1, NULL), 0);
    listen_close(&ours);
    int fd = connect_to(path);
    assert_true(fd >= 0);
    close(fd);
    listen_close(&others);
}

static void never_truncates_a_path(void **state)
{
    (void)state;
    struct listener l = LISTENER_INIT;
    struct error err;
    char longest[108];
    const size_t prefix = strlen(folder.path) + 1;
    snprintf(longest, sizeof longest, "%s/", folder.path);
    memset(longest + prefix, 's', sizeof longest - 1 - prefix);
    longest[107] = '\0';
    assert_int_equal(listen_bind(&l, longest, 0600, (gid_t)-1, NULL), 0); /* 107 bytes */
    listen_close(&l);
    char longer[109], told[256];
    snprintf(longer, sizeof longer, "%ss", longest);
    snprintf(told, sizeof told, "the socket path has 108 bytes, 107 are possible: %s", longer);
    assert_int_equal(listen_bind(&l, longer, 0600, (gid_t)-1, &err), -ENAMETOOLONG);
    assert_string_equal(err.text, told);
    assert_false(exists(&folder, longest + prefix));
}

/* ---- failures ---- */

/* From now on files are made and removed as somebody with no rights beyond these on the folder. */
static void become_nobody(mode_t folder_mode)
{
    assert_int_equal(chmod(folder.path, folder_mode), 0);
    setfsgid(777);
    setfsuid(12345);
}

static void become_oneself(void)
{
    setfsuid(geteuid());
    setfsgid(getegid());
    assert_int_equal(chmod(folder.path, 0700), 0);
}

static void assert_fails(const char *at, gid_t gid, int number, const char *told)
{
    struct listener l = LISTENER_INIT;
    struct error err = {0};
    const int before = fd_count_open();
    assert_int_equal(listen_bind(&l, at, 0660, gid, &err), -number);
    assert_string_equal(err.text, told);
    assert_int_equal(l.fd, -1);
    assert_null(l.path);
    assert_int_equal(fd_count_open(), before);
}

static void says_what_is_in_the_way(void **state)
{
    (void)state;
    char at[128], told[256];
    put_file(&folder, "file", "");
    snprintf(at, sizeof at, "%s/file/sock", folder.path);
    snprintf(told, sizeof told, "cannot look at %s: Not a directory", at);
    assert_fails(at, (gid_t)-1, ENOTDIR, told);
    snprintf(at, sizeof at, "%s/file", folder.path);
    snprintf(told, sizeof told, "%s exists and is not a socket: left as it is", at);
    assert_fails(at, (gid_t)-1, EEXIST, told);
    snprintf(at, sizeof at, "%s/none/sock", folder.path);
    snprintf(told, sizeof told, "cannot bind the socket %s: No such file or directory", at);
    assert_fails(at, (gid_t)-1, ENOENT, told);
}

static void says_what_it_may_not_do(void **state)
{
    (void)state;
    char told[512];
    become_nobody(0555);
    snprintf(told, sizeof told, "cannot bind the socket %s: Permission denied", path);
    assert_fails(path, (gid_t)-1, EACCES, told);
    become_oneself();

    struct listener l = LISTENER_INIT;
    assert_int_equal(listen_bind(&l, path, 0600, (gid_t)-1, NULL), 0);
    become_nobody(0555);
    snprintf(told, sizeof told, "cannot remove the stale socket %s: Permission denied", path);
    assert_fails(path, (gid_t)-1, EACCES, told);
    become_oneself();
    assert_true(exists(&folder, "sock"));
    listen_close(&l);
    assert_false(exists(&folder, "sock"));

    become_nobody(0777);
    snprintf(told, sizeof told, "cannot give the socket %s to group 54321: Operation not permitted",
             path);
    assert_fails(path, 54321, EPERM, told);
    become_oneself();
    assert_false(exists(&folder, "sock")); /* nothing of it is left */
}

static void says_that_descriptors_ran_out(void **state)
{
    (void)state;
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    int next = fcntl(folder.fd, F_DUPFD_CLOEXEC, 0); /* the lowest that is free */
    assert_true(next > 0);
    close(next);
    const struct rlimit low = {.rlim_cur = (rlim_t)next, .rlim_max = limit.rlim_max};
    struct listener l = LISTENER_INIT;
    struct error err = {0};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
    int r = listen_bind(&l, path, 0600, (gid_t)-1, &err);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_int_equal(r, -EMFILE);
    assert_string_equal(err.text, "cannot make a socket: Too many open files");
    assert_false(exists(&folder, "sock"));
}

static void says_that_memory_ran_out(void **state)
{
    (void)state;
    char told[256];
    snprintf(told, sizeof told, "cannot listen on %s: Cannot allocate memory", path);
    for (int k = 0; failing_next(&k);) {
        struct listener l = LISTENER_INIT;
        struct error err = {0};
        int r = listen_bind(&l, path, 0600, (gid_t)-1, &err);
        failing_stop();
        assert_int_equal(r, failing_happened ? -ENOMEM : 0);
        assert_string_equal(err.text, failing_happened ? told : "");
        assert_int_equal(exists(&folder, "sock"), !failing_happened);
        listen_close(&l);
    }
    assert_true(failing_no_leak());
}

/* The owner stays, whoever it is. */
static void only_the_group_is_another(void **state)
{
    (void)state;
    struct listener l = LISTENER_INIT;
    struct stat st;
    const bool root = geteuid() == 0;
    become_nobody(root ? 0777 : 0700);
    int r = listen_bind(&l, path, 0660, root ? 777 : getgid(), NULL);
    become_oneself();
    assert_int_equal(r, 0);
    assert_int_equal(lstat(path, &st), 0);
    assert_int_equal(st.st_uid, root ? 12345 : geteuid());
    assert_int_equal(st.st_gid, root ? 777 : getgid());
    listen_close(&l);
    if (!root)
        return;
    assert_int_equal(listen_bind(&l, path, 0660, 54321, NULL), 0);
    assert_int_equal(lstat(path, &st), 0);
    assert_int_equal(st.st_uid, 0);
    assert_int_equal(st.st_gid, 54321);
    assert_int_equal(mode_of_socket(), 0660);
    listen_close(&l);
}

static void it_is_made_as_it_has_to_be(void **state)
{
    (void)state;
    struct listener l = LISTENER_INIT;
    assert_int_equal(listen_bind(&l, path, 0600, (gid_t)-1, NULL), 0);
    assert_true(fcntl(l.fd, F_GETFD) & FD_CLOEXEC);
    assert_true(fcntl(l.fd, F_GETFL) & O_NONBLOCK);
    assert_false(l.activated);
    assert_string_equal(l.path, path);
    errno = 0;
    assert_int_equal(accept(l.fd, NULL, NULL), -1);
    assert_int_equal(errno, EAGAIN);
    int fds[8]; /* so many may wait at once */
    for (int i = 0; i < 8; i++) {
        fds[i] = connect_to(path);
        assert_true(fds[i] >= 0);
    }
    for (int i = 0; i < 8; i++)
        close(fds[i]);
    int fd = l.fd;
    listen_close(&l);
    assert_int_equal(l.fd, -1);
    assert_null(l.path);
    assert_int_equal(fcntl(fd, F_GETFD), -1);
    put_file(&folder, "sock", "another's");
    listen_close(&l); /* closed already */
    assert_true(exists(&folder, "sock"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(listens_privately_whatever_the_umask, setup, teardown),
        cmocka_unit_test_setup_teardown(removes_a_stale_socket_only, setup, teardown),
        cmocka_unit_test_setup_teardown(leaves_a_socket_that_is_not_ours_any_more, setup, teardown),
        cmocka_unit_test_setup_teardown(never_truncates_a_path, setup, teardown),
        cmocka_unit_test_setup_teardown(says_what_is_in_the_way, setup, teardown),
        cmocka_unit_test_setup_teardown(says_what_it_may_not_do, setup, teardown),
        cmocka_unit_test_setup_teardown(says_that_descriptors_ran_out, setup, teardown),
        cmocka_unit_test_setup_teardown(says_that_memory_ran_out, setup, teardown),
        cmocka_unit_test_setup_teardown(only_the_group_is_another, setup, teardown),
        cmocka_unit_test_setup_teardown(it_is_made_as_it_has_to_be, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
