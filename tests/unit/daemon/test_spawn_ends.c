/* What a start leaves in the daemon, and what it hands to the child: an end that the next child
 * inherits keeps a dead runner's link open, one that blocks stops the loop for all. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "daemon/os/spawn.h"
#include "daemon/os/sys.h"
#include "fixture.h"
#include "own_child.h"

#define HELPER "council-test-helper"

extern char **environ;

/* ---- the child: this program again ---- */

static int report(int to, int argc, char **argv)
{
    for (int i = 0; i < argc; i++)
        dprintf(to, "argument %s\n", argv[i]);
    for (char **e = environ; *e; e++)
        dprintf(to, "env %s\n", *e);
    for (int fd = 0; fd < 100; fd++)
        if (fcntl(fd, F_GETFD) >= 0)
            dprintf(to, "fd %d %s\n", fd, fcntl(fd, F_GETFL) & O_NONBLOCK ? "goes on" : "waits");
    struct stat in, out;
    if (fstat(0, &in) == 0 && fstat(1, &out) == 0)
        dprintf(to, "in %d out %d\n", S_ISCHR(in.st_mode), S_ISCHR(out.st_mode));
    return 0;
}

/* ---- the daemon ---- */

static struct process_origin origin;
static char own_path[4096];

static int setup(void **state)
{
    (void)state;
    memset(own_path, 0, sizeof own_path);
    setenv("HOME", "/home/mine", 1);
    const ssize_t n = readlink("/proc/self/exe", own_path, sizeof own_path - 1);
    origin = (struct process_origin){.pid = getpid()};
    getrlimit(RLIMIT_NOFILE, &origin.open_files);
    return n > 0 ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    sys_reset();
    return 0;
}

static int start(struct spawn_child *ret, struct error *err)
{
    struct spawn_env *env;
    assert_int_equal(spawn_env_new(&env), 0);
    const struct spawn_params params = {
        .path = own_path, .env = env, .origin = &origin, .survivors_fd = -1, .cgroup_fd = -1};
    const int r = spawn_start(&params, ret, err);
    spawn_env_free(env);
    return r;
}

/* What the child says of itself, once it has ended. */
static const char *told_by(const struct spawn_child *child)
{
    static char text[16384];
    assert_true(read_to_end(child->out_fd, text, sizeof text));
    assert_int_equal(waitpid(child->pid, NULL, 0), child->pid);
    return text;
}

static void its_ends_are_the_daemons_alone_and_never_wait(void **state)
{
    (void)state;
    struct spawn_child child;
    const int before = fd_count_open();
    assert_int_equal(start(&child, NULL), 0);
    const int ends[] = {child.link_fd, child.out_fd, child.err_fd, child.exec_fd, child.pidfd};
    for (size_t i = 0; i < 5; i++)
        assert_true(fcntl(ends[i], F_GETFD) & FD_CLOEXEC);
    for (size_t i = 0; i < 4; i++)
        assert_true(fcntl(ends[i], F_GETFL) & O_NONBLOCK);
    assert_int_equal(fd_count_open(), before + 5);
    const char *text = told_by(&child);
    assert_non_null(strstr(text, "\nfd 0 waits\nfd 1 waits\nfd 2 waits\nfd 3 waits\nin 1 out 0\n"));
    spawn_child_close(&child);
    assert_int_equal(fd_count_open(), before);
}

static void signals_come_again_after_the_start(void **state)
{
    (void)state;
    struct spawn_child child;
    sigset_t before, after;
    sigprocmask(SIG_BLOCK, NULL, &before);
    assert_int_equal(start(&child, NULL), 0);
    sigprocmask(SIG_BLOCK, NULL, &after);
    for (int signal = 1; signal < 65; signal++)
        assert_int_equal(sigismember(&before, signal), sigismember(&after, signal));
    told_by(&child);
    spawn_child_close(&child);
}

/* ---- its variables ---- */

static void expect_variables(const char *wanted)
{
    struct spawn_child child;
    assert_int_equal(start(&child, NULL), 0);
    const char *text = told_by(&child);
    if (!strstr(text, wanted))
        fail_msg("%s", text);
    spawn_child_close(&child);
}

static void a_variable_that_is_not_set_has_a_value_all_the_same(void **state)
{
    (void)state;
    static const char *const NAMES[] = {"PATH", "LANG", "TZ"};
    for (size_t i = 0; i < 3; i++)
        setenv(NAMES[i], "mine", 1);
    expect_variables("\nenv PATH=mine\nenv HOME=/home/mine\nenv LANG=mine\nenv TZ=mine\nfd 0");
    for (int set = 0; set < 2; set++) {
        for (size_t i = 0; i < 3; i++)
            (void)(set ? setenv(NAMES[i], "", 1) : unsetenv(NAMES[i]));
        expect_variables("\nenv PATH=/usr/local/bin:/usr/bin:/bin\nenv HOME=/home/mine"
                         "\nenv LANG=C.UTF-8\nenv TZ=:/etc/localtime\nfd 0");
    }
}

static void a_daemon_without_a_home_has_the_root(void **state)
{
    (void)state;
    unsetenv("HOME");
    expect_variables("\nenv HOME=/\n");
}

/* ---- what is told of failures ---- */

static int no_socketpair(int domain, int type, int protocol, int ret[2])
{
    (void)domain, (void)type, (void)protocol, (void)ret;
    errno = EMFILE;
    return -1;
}

static pid_t no_clone3(struct clone_args *args, size_t size)
{
    (void)args, (void)size;
    errno = EAGAIN;
    return -1;
}

static void a_start_that_fails_says_at_what(void **state)
{
    (void)state;
    struct spawn_child child;
    struct error err;
    sys.socketpair = no_socketpair;
    assert_int_equal(start(&child, &err), -EMFILE);
    assert_string_equal(err.text, "cannot make the descriptors of a runner: Too many open files");
    sys_reset();
    sys.clone3 = no_clone3;
    assert_int_equal(start(&child, &err), -EAGAIN);
    assert_string_equal(err.text, "cannot fork a runner: Resource temporarily unavailable");
}

/* ---- a helper ---- */

static int wanted_flags;

static int openat_of_null(int dir, const char *path, int flags, mode_t mode)
{
    assert_string_equal(path, "/dev/null");
    assert_int_equal(flags & (O_ACCMODE | O_CLOEXEC), wanted_flags);
    return openat(dir, path, flags, mode);
}

static void the_null_device_is_for_one_child_alone(void **state)
{
    (void)state;
    struct spawn_child child;
    sys.openat = openat_of_null;
    wanted_flags = O_RDONLY | O_CLOEXEC;
    assert_int_equal(start(&child, NULL), 0);
    told_by(&child);
    spawn_child_close(&child);
}

static void a_helper_has_its_link_and_the_daemons_errors(void **state)
{
    (void)state;
    char text[4096], name[] = HELPER, more[] = "two", variable[] = "A=b";
    char *argv[] = {name, more, NULL}, *variables[] = {variable, NULL};
    int pair[2], status = -1;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    const struct spawn_helper helper = {
        .path = own_path, .argv = argv, .env = variables, .origin = &origin, .link_fd = pair[1]};
    sys.openat = openat_of_null;
    wanted_flags = O_RDWR | O_CLOEXEC;
    const int before = fd_count_open();
    const pid_t pid = spawn_helper_start(&helper);
    assert_true(pid > 0);
    assert_int_equal(fd_count_open(), before);
    close(pair[1]);
    assert_int_equal(fd_set_nonblock(pair[0], true), 0);
    assert_true(read_to_end(pair[0], text, sizeof text));
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_string_equal(text, "argument " HELPER "\nargument two\nenv A=b\nfd 0 waits\nfd 1 waits\n"
                              "fd 2 waits\nfd 3 waits\nin 1 out 1\n");
    close(pair[0]);
}

static void a_helper_that_is_not_there_ends_without_a_word(void **state)
{
    (void)state;
    char *none[] = {NULL};
    int status = -1;
    const struct spawn_helper helper = {
        .path = "/nowhere/helper", .argv = none, .env = none, .origin = &origin, .link_fd = 0};
    const pid_t pid = spawn_helper_start(&helper);
    assert_true(pid > 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 127);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(int argc, char **argv)
{
    if (is_own_child())
        return report(argc > 0 && strcmp(argv[0], HELPER) == 0 ? 3 : 1, argc, argv);
    const struct CMUnitTest tests[] = {
        TEST(its_ends_are_the_daemons_alone_and_never_wait),
        TEST(signals_come_again_after_the_start),
        TEST(a_variable_that_is_not_set_has_a_value_all_the_same),
        TEST(a_daemon_without_a_home_has_the_root),
        TEST(a_start_that_fails_says_at_what),
        TEST(the_null_device_is_for_one_child_alone),
        TEST(a_helper_has_its_link_and_the_daemons_errors),
        TEST(a_helper_that_is_not_there_ends_without_a_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
