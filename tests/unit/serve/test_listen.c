/* A daemon that removes what is not its socket destroys a user's file; one that truncates a long
 * path listens where nobody looks; one that trusts the wrong peer hands out the keys. */
#include <errno.h>
#include <grp.h>
#include <setjmp.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "fixture.h"
#include "serve/listen.h"

static struct folder folder;
static char path[256];

static int setup(void **state)
{
    (void)state;
    folder_make(&folder);
    snprintf(path, sizeof path, "%s/sock", folder.path);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    folder_remove(&folder);
    return 0;
}

static int connect_to(const char *to)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", to);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    int number = errno;
    close(fd);
    return -number;
}

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
    assert_int_equal(listen_bind(&l, path, (gid_t)-1, NULL), 0);
    assert_int_equal(mode_of_socket(), 0600);
    int fd = connect_to(path);
    assert_true(fd >= 0);
    close(fd);
    listen_close(&l);
    assert_false(exists(&folder, "sock"));
    assert_int_equal(listen_bind(&l, path, getgid(), NULL), 0);
    assert_int_equal(mode_of_socket(), 0660);
    listen_close(&l);
    assert_int_equal(umask(old), 0);
}

static void removes_a_stale_socket_only(void **state)
{
    (void)state;
    struct listener l = LISTENER_INIT;
    struct error err;
    assert_int_equal(listen_bind(&l, path, (gid_t)-1, NULL), 0);
    close(l.fd); /* died without cleaning up */
    free(l.path);
    l = (struct listener)LISTENER_INIT;
    assert_int_equal(connect_to(path), -ECONNREFUSED);
    assert_int_equal(listen_bind(&l, path, (gid_t)-1, NULL), 0);
    listen_close(&l);

    put_file(&folder, "sock", "precious");
    assert_int_equal(listen_bind(&l, path, (gid_t)-1, &err), -EEXIST);
    assert_non_null(strstr(err.text, path));
    assert_string_equal(get_file(&folder, "sock"), "precious");
    unlinkat(folder.fd, "sock", 0);
    assert_int_equal(symlinkat("elsewhere", folder.fd, "sock"), 0);
    assert_int_equal(listen_bind(&l, path, (gid_t)-1, NULL), -EEXIST);
    assert_true(exists(&folder, "sock"));
    unlinkat(folder.fd, "sock", 0);
    mkdirat(folder.fd, "sock", 0700);
    assert_int_equal(listen_bind(&l, path, (gid_t)-1, NULL), -EEXIST);
    assert_int_equal(l.fd, -1);
}

static void leaves_a_socket_that_is_not_ours_any_more(void **state)
{
    (void)state;
    struct listener ours = LISTENER_INIT;
    struct listener others = LISTENER_INIT;
    assert_int_equal(listen_bind(&ours, path, (gid_t)-1, NULL), 0);
    renameat(folder.fd, "sock", folder.fd, "old");
    assert_int_equal(listen_bind(&others, path, (gid_t)-1, NULL), 0);
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
    assert_int_equal(listen_bind(&l, longest, (gid_t)-1, NULL), 0); /* 107 bytes */
    listen_close(&l);
    char longer[109];
    snprintf(longer, sizeof longer, "%ss", longest);
    assert_int_equal(listen_bind(&l, longer, (gid_t)-1, &err), -ENAMETOOLONG);
    assert_false(exists(&folder, longest + prefix));
}

static void knows_its_own_peers(void **state)
{
    (void)state;
    int pair[2];
    struct peer peer;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    assert_int_equal(listen_check_peer(pair[0], (gid_t)-1, &peer), 0);
    assert_int_equal(peer.uid, geteuid());
    assert_int_equal(peer.pid, getpid());
    close(pair[0]);
    close(pair[1]);
}

/* Needs root, as which it can become somebody else; anybody else can only be refused nothing. */
static int check_as(uid_t uid, gid_t gid, gid_t access)
{
    struct listener l = LISTENER_INIT;
    struct peer peer;
    chmod(folder.path, 0755);
    assert_int_equal(listen_bind(&l, path, (gid_t)-1, NULL), 0);
    chmod(path, 0777);
    pid_t pid = fork();
    if (pid == 0) {
        const gid_t extra = gid;
        if (setgroups(1, &extra) < 0 || setgid(65534) < 0 || setuid(uid) < 0)
            _exit(2);
        _exit(connect_to(path) >= 0 ? 0 : 1);
    }
    int status;
    waitpid(pid, &status, 0);
    assert_int_equal(status, 0);
    int fd = accept(l.fd, NULL, NULL);
    int r = listen_check_peer(fd, access, &peer);
    close(fd);
    listen_close(&l);
    return r;
}

static void refuses_strangers(void **state)
{
    (void)state;
    if (geteuid() != 0) {
        print_message("not run: only root can be somebody else\n");
        skip();
    }
    assert_int_equal(check_as(12345, 777, (gid_t)-1), -EACCES);
    assert_int_equal(check_as(12345, 777, 778), -EACCES);
    assert_int_equal(check_as(12345, 777, 777), 0);
    assert_int_equal(check_as(12345, 777, 65534), 0);
    assert_int_equal(check_as(0, 777, (gid_t)-1), 0);
}

/* ---- socket activation: in a child, since it uses descriptor 3 and its own pid ---- */

static int in_child(int (*body)(void))
{
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0)
        _exit(body());
    int status;
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void set_number(const char *name, int number)
{
    char text[16];
    snprintf(text, sizeof text, "%d", number);
    setenv(name, text, 1);
}

static int takes_it(void)
{
    struct listener made = LISTENER_INIT;
    struct listener l = LISTENER_INIT;
    if (listen_bind(&made, path, (gid_t)-1, NULL) < 0 || dup2(made.fd, 3) < 0)
        return 10;
    set_number("LISTEN_PID", getpid());
    set_number("LISTEN_FDS", 1);
    if (listen_activated(&l, NULL) != 1 || l.fd != 3 || !l.activated)
        return 11;
    if (!(fcntl(3, F_GETFD) & FD_CLOEXEC) || getenv("LISTEN_PID") || getenv("LISTEN_FDS"))
        return 12;
    listen_close(&l);
    return access(path, F_OK) == 0 ? 0 : 13; /* the file is the service manager's */
}

static int leaves_anothers(void)
{
    struct listener l = LISTENER_INIT;
    set_number("LISTEN_PID", getpid() + 1);
    set_number("LISTEN_FDS", 1);
    if (listen_activated(&l, NULL) != 0 || l.fd != -1)
        return 10;
    return getenv("LISTEN_FDS") ? 11 : 0;
}

static int refuses_what_does_not_listen(void)
{
    struct listener l = LISTENER_INIT;
    struct error err;
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0 || dup2(pair[0], 3) < 0)
        return 10;
    set_number("LISTEN_PID", getpid());
    set_number("LISTEN_FDS", 1);
    return listen_activated(&l, &err) == -EINVAL ? 0 : 11;
}

static void takes_an_activated_socket(void **state)
{
    (void)state;
    assert_int_equal(in_child(takes_it), 0);
    assert_int_equal(in_child(leaves_anothers), 0);
    assert_int_equal(in_child(refuses_what_does_not_listen), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(listens_privately_whatever_the_umask, setup, teardown),
        cmocka_unit_test_setup_teardown(removes_a_stale_socket_only, setup, teardown),
        cmocka_unit_test_setup_teardown(leaves_a_socket_that_is_not_ours_any_more, setup, teardown),
        cmocka_unit_test_setup_teardown(never_truncates_a_path, setup, teardown),
        cmocka_unit_test_setup_teardown(knows_its_own_peers, setup, teardown),
        cmocka_unit_test_setup_teardown(refuses_strangers, setup, teardown),
        cmocka_unit_test_setup_teardown(takes_an_activated_socket, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
