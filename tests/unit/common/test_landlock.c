/* A right that is granted by a slip of a bit lets a taken-over process read what is none of its
 * business, and nobody sees it. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/landlock.h"

static char folder[] = "/tmp/landlock-XXXXXX";

static int open_in(const char *name, int flags)
{
    char path[64];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    int fd = open(path, flags, 0600);
    return fd < 0 ? -errno : fd;
}

static int make_folder(void **state)
{
    (void)state;
    char path[64];
    if (!mkdtemp(folder))
        return -1;
    close(open_in("secret", O_CREAT | O_WRONLY));
    close(open_in("public", O_CREAT | O_WRONLY));
    snprintf(path, sizeof(path), "%s/link", folder);
    return symlink("public", path);
}

static int remove_folder(void **state)
{
    (void)state;
    static const char *const NAMES[] = {"secret", "public", "link", "new"};
    char path[64];
    for (size_t i = 0; i < 4; i++) {
        snprintf(path, sizeof(path), "%s/%s", folder, NAMES[i]);
        unlink(path);
    }
    return rmdir(folder);
}

static void need(int abi)
{
    if (landlock_abi() >= abi)
        return;
    print_message("not run: the kernel has Landlock %d, this needs %d\n", landlock_abi(), abi);
    skip();
}

/* Allowed: reading what the link leads to, and one port. */
static bool close_in(uint16_t port)
{
    struct landlock_handled all = landlock_all(landlock_abi());
    char link[64];
    snprintf(link, sizeof(link), "%s/link", folder);
    int set = landlock_new(&all);
    if (set < 0 || landlock_add_path(set, link, LANDLOCK_READ) < 0 ||
        landlock_add_path(set, "/nowhere/at/all", LANDLOCK_READ) != -ENOENT)
        return false;
    if (all.tcp && landlock_add_port(set, port) < 0)
        return false;
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && landlock_enforce(set) == 0;
}

static int errno_in_child(int (*act)(void *), void *context, uint16_t port)
{
    int status;
    pid_t pid = fork();
    if (pid == 0)
        _exit(close_in(port) ? -act(context) : 255);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static int try_open(void *context)
{
    const struct {
        const char *name;
        int flags;
    } *t = context;
    int fd = open_in(t->name, t->flags);
    return fd < 0 ? fd : 0;
}

static void files_are_shut_but_for_the_rules(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int flags, number;
    } ROWS[] = {
        {"public", O_RDONLY, 0},
        {"link", O_RDONLY, 0},
        {"secret", O_RDONLY, EACCES},
        {"public", O_WRONLY, EACCES},
        {"public", O_RDONLY | O_TRUNC, EACCES},
        {"new", O_RDONLY | O_CREAT, EACCES},
        {".", O_RDONLY | O_DIRECTORY, EACCES},
    };
    need(1);
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++)
        assert_int_equal(errno_in_child(try_open, (void *)&ROWS[i], 1), ROWS[i].number);
}

static int listener(struct sockaddr_in *ret)
{
    socklen_t len = sizeof(*ret);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    *ret = (struct sockaddr_in){.sin_family = AF_INET};
    ret->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(fd, (struct sockaddr *)ret, len), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)ret, &len), 0);
    return fd;
}

static int try_connect(void *context)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return connect(fd, context, sizeof(struct sockaddr_in)) < 0 ? -errno : 0;
}

static void one_port_is_open(void **state)
{
    (void)state;
    struct sockaddr_in at;
    need(LANDLOCK_ABI_TCP);
    int fd = listener(&at);
    uint16_t port = ntohs(at.sin_port);
    assert_int_equal(errno_in_child(try_connect, &at, port), 0);
    assert_int_equal(errno_in_child(try_connect, &at, (uint16_t)(port ^ 1)), EACCES);
    close(fd);
}

static int try_signal(void *context)
{
    (void)context;
    return kill(getppid(), 0) < 0 ? -errno : 0;
}

static void others_get_no_signals(void **state)
{
    (void)state;
    need(LANDLOCK_ABI_SCOPES);
    assert_int_equal(errno_in_child(try_signal, NULL, 1), EPERM);
}

static void an_abi_has_what_it_has(void **state)
{
    (void)state;
    assert_int_equal(landlock_all(0).files, 0);
    assert_int_equal(landlock_all(1).files, 0x1fff);
    assert_int_equal(landlock_all(2).files, 0x3fff);
    assert_int_equal(landlock_all(3).files, 0x7fff);
    assert_int_equal(landlock_all(3).tcp, 0);
    assert_int_equal(landlock_all(4).tcp, 3);
    assert_int_equal(landlock_all(5).files, 0xffff);
    assert_int_equal(landlock_all(5).scopes, 0);
    assert_int_equal(landlock_all(9).files, 0xffff);
    assert_int_equal(landlock_all(9).scopes, 3);
    assert_int_equal(landlock_file_rights(1, LANDLOCK_READ), LANDLOCK_READ);
    assert_int_equal(landlock_file_rights(1, LANDLOCK_CHANGE), 0x1fff & ~0xdULL);
}

/* What is asked of the kernel where it is one that this machine does not have. The Makefile links
 * this program with --wrap for it. */
static int refusal; /* errno; 0: the kernel is asked */
static long asked;

long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);

long __wrap_syscall(long number, ...)
{
    va_list args;
    va_start(args, number);
    long a = va_arg(args, long), b = va_arg(args, long), c = va_arg(args, long),
         d = va_arg(args, long);
    va_end(args);
    asked = number;
    if (!refusal)
        return __real_syscall(number, a, b, c, d);
    errno = refusal;
    return -1;
}

static void a_kernel_without_it_is_told_from_one_that_forbids_it(void **state)
{
    (void)state;
    static const int ROWS[][2] = {{ENOSYS, 0}, {EOPNOTSUPP, 0}, {EPERM, -EPERM}, {EINVAL, -EINVAL}};
    for (size_t i = 0; i < 4; i++) {
        refusal = ROWS[i][0];
        int abi = landlock_abi();
        refusal = 0;
        assert_int_equal(abi, ROWS[i][1]);
        assert_int_equal(asked, 444);
    }
}

static void refusals_of_rules_are_told(void **state)
{
    (void)state;
    const struct landlock_handled none = {0};
    int got[5], file = open_in("public", O_RDONLY);
    refusal = ENOMSG;
    got[0] = landlock_new(&none);
    got[1] = landlock_add_port(99, 1);
    got[2] = landlock_enforce(99);
    got[3] = landlock_add_path(99, folder, LANDLOCK_READ);
    got[4] = landlock_add_file(99, file, LANDLOCK_READ);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(got[i], -ENOMSG);
    asked = 0;
    assert_int_equal(landlock_add_file(99, -1, LANDLOCK_READ), -EBADF);
    /* Nothing of what is given is for a file. */
    assert_int_equal(landlock_add_file(99, file, UINT64_C(1) << 3), 0);
    assert_int_equal(asked, 0);
    assert_int_equal(landlock_add_path(99, folder, UINT64_C(1) << 3), -ENOMSG);
    assert_int_equal(asked, 445);
    refusal = 0;
    close(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_shut_but_for_the_rules),
        cmocka_unit_test(one_port_is_open),
        cmocka_unit_test(others_get_no_signals),
        cmocka_unit_test(an_abi_has_what_it_has),
        cmocka_unit_test(a_kernel_without_it_is_told_from_one_that_forbids_it),
        cmocka_unit_test(refusals_of_rules_are_told),
    };
    return cmocka_run_group_tests_name("landlock", tests, make_folder, remove_folder);
}
