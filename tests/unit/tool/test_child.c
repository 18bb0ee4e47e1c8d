/* A program of the operator's is a stranger: what cannot be started, what one that can is given,
 * and that nothing of it stays. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/fd.h"
#include "started_child.h"

/* ---- what cannot be started ---- */

static void says_what_cannot_be_started(void **state)
{
    (void)state;
    static const char NOT_ABSOLUTE[] = "a tool's command needs an absolute path";
    static const struct {
        const char *argv, *text;
        int r;
    } CASES[] = {
        {"[]", NOT_ABSOLUTE, -EINVAL},
        {"null", NOT_ABSOLUTE, -EINVAL},
        {"[\"\"]", NOT_ABSOLUTE, -EINVAL},
        {"[\"sh\", \"/bin/sh\"]", NOT_ABSOLUTE, -EINVAL},
        {"[\"/no/such\"]", "cannot start /no/such: No such file or directory", -ENOENT},
        {"[\"/\"]", "cannot start /: Permission denied", -EACCES},
    };
    int before = fd_count_open();
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        struct child c = {.pid = -7};
        struct error err = {0};
        json_t *program = j_object();
        j_set(program, "argv", json_loads(CASES[i].argv, JSON_DECODE_ANY, NULL));
        assert_int_equal(child_start(&c, program, &OPEN_BOX, &err), CASES[i].r);
        assert_string_equal(err.text, CASES[i].text);
        assert_int_equal(c.pid, -7);
        assert_int_equal(fd_count_open(), before);
        assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* there is none to be waited for */
        assert_int_equal(errno, ECHILD);
        json_decref(program);
    }
}

/* One more descriptor each time, until it has as many as it needs. */
static void without_descriptors_it_keeps_none(void **state)
{
    (void)state;
    struct rlimit old, low;
    json_t *program = j_pack("{s:[s]}", "argv", "/bin/true");
    int before = fd_count_open(), r = -1;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
    for (int more = 0; more < 16 && r < 0; more++) {
        struct child c = NO_CHILD;
        struct error err = {0};
        low = (struct rlimit){(rlim_t)(before + more), old.rlim_max};
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
        r = child_start(&c, program, &OPEN_BOX, &err);
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
        if (r < 0) {
            assert_int_equal(r, -EMFILE);
            assert_string_equal(err.text, "cannot start /bin/true: Too many open files");
        }
        assert_true(r < 0 || (c.in_fd >= 0 && c.out_fd >= 0 && c.err_fd >= 0));
        child_end(&c);
        assert_int_equal(fd_count_open(), before);
    }
    assert_int_equal(r, 0);
    json_decref(program);
}

/* ---- what it is given ---- */

static void is_started_with_pipes_that_do_not_block(void **state)
{
    (void)state;
    for (int own = 0; own <= 1; own++) {
        struct child c = {.reaped = true, .status = 99};
        start(&c, "read wait", own);
        const int pipes[] = {c.in_fd, c.out_fd, c.err_fd};
        for (size_t i = 0; i < 3; i++) {
            assert_true(pipes[i] > 3);
            assert_int_equal(fcntl(pipes[i], F_GETFL) & O_NONBLOCK, O_NONBLOCK);
            assert_int_equal(fcntl(pipes[i], F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
        }
        assert_true(c.pidfd >= 0);
        assert_false(c.reaped);
        assert_int_equal(c.status, 0);
        assert_int_equal(c.own_group, own);
        assert_int_equal(c.last_words.len, 0);
        assert_int_equal(c.last_words.max, CHILD_LAST_WORDS_MAX);
        assert_int_equal(getpgid(c.pid), own ? c.pid : getpgrp());
        assert_false(child_ended(&c));
        child_end(&c);
    }
}

/* The two that glibc has for itself, and gives to nobody: they stay as they were inherited. */
static const uint64_t OF_GLIBC = UINT64_C(3) << (__SIGRTMIN - 1);

static uint64_t signals_of(const char *text, const char *name)
{
    const char *line = strstr(text, name);
    assert_non_null(line);
    return strtoull(line + strlen(name), NULL, 16) & ~OF_GLIBC;
}

/* Neither what the runner ignores nor what it blocks is its business. */
static void its_signals_are_as_they_were_made(void **state)
{
    (void)state;
    struct child c;
    sigset_t some, before, after;
    const int ignored[] = {SIGHUP, SIGUSR2, SIGRTMIN, SIGRTMAX};
    for (size_t i = 0; i < 4; i++)
        signal(ignored[i], SIG_IGN);
    sigemptyset(&some);
    sigaddset(&some, SIGUSR1);
    sigaddset(&some, SIGTERM);
    sigprocmask(SIG_SETMASK, &some, NULL);
    sigprocmask(SIG_SETMASK, NULL, &before);
    assert_int_equal(sigismember(&before, SIGINT), 0);
    start_program(&c,
                  j_pack("{s:[s, s, s, s]}", "argv", "/bin/grep", "-E",
                         "^Sig(Blk|Ign):", "/proc/self/status"),
                  false);
    char *text = read_all(&c);
    sigprocmask(SIG_SETMASK, NULL, &after);
    for (int number = 1; number <= SIGRTMAX; number++)
        assert_int_equal(sigismember(&before, number), sigismember(&after, number));
    assert_int_equal(signals_of(text, "SigBlk:"), 0);
    assert_int_equal(signals_of(text, "SigIgn:"), 0);
    free(text);
    child_end(&c);
    sigprocmask(SIG_UNBLOCK, &some, NULL);
    for (size_t i = 0; i < 4; i++)
        signal(ignored[i], SIG_DFL);
}

static void its_words_and_its_environment_are_the_documents(void **state)
{
    (void)state;
    struct child c;
    static const char SCRIPT[] = "/usr/bin/tr '\\0' ' ' </proc/$$/environ; echo \"$0|$1|$2\"";
    start_program(&c,
                  j_pack("{s:[s, s, s, s, s, s], s:{s:s, s:i, s:s, s:n, s:s}}", "argv", "/bin/sh",
                         "-c", SCRIPT, "zero", "", "two words", "env", "A", "1", "B", 2, "C", "3=4",
                         "D", "E", ""),
                  false);
    char *text = read_all(&c);
    assert_string_equal(text, "A=1 C=3=4 E= zero||two words\n");
    free(text);
    child_end(&c);
}

/* ---- its end ---- */

/* A child that has a child of its own, which says its number and stays. */
static int family(struct child *c, bool own_group)
{
    char number[32] = "";
    start(c, "sleep 600 >/dev/null 2>&1 & echo $!; wait", own_group);
    wait_for(c->out_fd, POLLIN);
    assert_true(read(c->out_fd, number, sizeof(number) - 1) > 1);
    return (int)strtol(number, NULL, 10);
}

static void nothing_of_it_stays(void **state)
{
    (void)state;
    int before = fd_count_open();
    for (int reaped = 0; reaped <= 1; reaped++) {
        struct child c;
        int grandchild = family(&c, true);
        int fd = (int)syscall(SYS_pidfd_open, grandchild, 0);
        assert_true(fd >= 0);
        if (reaped) {
            kill(c.pid, SIGKILL);
            until_ended(&c);
        }
        child_end(&c);
        wait_for(fd, POLLIN);
        close(fd);
        assert_int_equal(c.pid, 0);
        assert_true(c.pidfd == -1 && c.in_fd == -1 && c.out_fd == -1 && c.err_fd == -1);
        assert_null(c.last_words.base);
        assert_int_equal(fd_count_open(), before);
        assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
        assert_int_equal(errno, ECHILD);
        child_end(&c);
        assert_true(child_ended(&c));
    }
    struct child zero = {0};
    child_end(&zero);
    assert_true(child_ended(&zero));
    assert_int_equal(fd_count_open(), before);
}

/* Without a group of its own its children are not ours to end. */
static void a_group_that_is_ours_is_left_alone(void **state)
{
    (void)state;
    struct child c;
    int grandchild = family(&c, false);
    int fd = (int)syscall(SYS_pidfd_open, grandchild, 0);
    child_end(&c);
    assert_int_equal(kill(grandchild, 0), 0);
    struct pollfd still = {.fd = fd, .events = POLLIN};
    assert_int_equal(poll(&still, 1, 0), 0);
    kill(grandchild, SIGKILL);
    wait_for(fd, POLLIN);
    close(fd);
}

/* A runner that is killed ends nothing itself. */
static void it_dies_with_the_runner(void **state)
{
    (void)state;
    int said[2], go[2], pid = 0;
    char byte;
    assert_int_equal(pipe2(said, O_CLOEXEC), 0);
    assert_int_equal(pipe2(go, O_CLOEXEC), 0);
    pid_t runner = fork();
    if (runner == 0) {
        struct child c;
        start(&c, "exec sleep 600", false);
        fd_write_all(said[1], &c.pid, sizeof(c.pid));
        fd_read_full(go[0], &byte, 1);
        _exit(0);
    }
    assert_int_equal(fd_read_full(said[0], &pid, sizeof(pid)), sizeof(pid));
    int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    struct pollfd still = {.fd = fd, .events = POLLIN};
    assert_int_equal(poll(&still, 1, 0), 0);
    assert_int_equal(fd_write_all(go[1], "g", 1), 0);
    assert_int_equal(waitpid(runner, NULL, 0), runner);
    wait_for(fd, POLLIN);
    const int all[] = {said[0], said[1], go[0], go[1], fd};
    for (size_t i = 0; i < 5; i++)
        close(all[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_what_cannot_be_started),
        cmocka_unit_test(without_descriptors_it_keeps_none),
        cmocka_unit_test(is_started_with_pipes_that_do_not_block),
        cmocka_unit_test(its_signals_are_as_they_were_made),
        cmocka_unit_test(its_words_and_its_environment_are_the_documents),
        cmocka_unit_test(nothing_of_it_stays),
        cmocka_unit_test(a_group_that_is_ours_is_left_alone),
        cmocka_unit_test(it_dies_with_the_runner),
    };
    signal(SIGPIPE, SIG_IGN); /* as the runner does */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
