/* The first process of a tool stands between it and the keeper: a signal that it swallows is a tool
 * that does not end, a status that it loses is one that nobody hears of. It runs here without a
 * namespace; what it may signal and reap are two children of its own. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/clock.h"
#include "common/fd.h"
#include "common/file.h"
#include "runner/tool/tool_init.h"

enum { LIMIT_S = 60, LIMIT_MS = 1000 * LIMIT_S, LAST_WORD = 7 };

struct stage {
    pid_t init, program, other;
    int told[2], status[2];
    sigset_t waited;
};

/* Tells of each signal by its number, and ends with SIGTERM. */
__attribute__((noreturn)) static void be_program(const struct stage *s)
{
    int number = 0;
    alarm(LIMIT_S);
    close(s->status[1]);
    while (number != SIGTERM && sigwait(&s->waited, &number) == 0) {
        char byte = (char)number;
        fd_write_all(s->told[1], &byte, 1);
    }
    _exit(LAST_WORD);
}

__attribute__((noreturn)) static void be_other(const struct stage *s)
{
    alarm(LIMIT_S);
    close(s->status[1]);
    for (;;)
        pause();
}

__attribute__((noreturn)) static void be_init(const struct stage *s)
{
    pid_t pids[2] = {fork(), -1};
    if (pids[0] == 0)
        be_program(s);
    pids[1] = fork();
    if (pids[1] == 0)
        be_other(s);
    if (pids[0] < 0 || pids[1] < 0 || fd_write_all(s->told[1], pids, sizeof(pids)) < 0)
        abort();
    tool_init_run(pids[0], s->status[1]);
}

static int set_up(void **state)
{
    static const int WAITED[] = {SIGHUP, SIGINT, SIGUSR1, SIGCHLD, SIGCONT, SIGTERM};
    static struct stage stage;
    struct stage *s = *state = &stage;
    pid_t pids[2] = {-1, -1};
    sigemptyset(&s->waited);
    for (size_t i = 0; i < sizeof(WAITED) / sizeof(WAITED[0]); i++)
        sigaddset(&s->waited, WAITED[i]);
    sigprocmask(SIG_BLOCK, &s->waited, NULL);
    if (pipe(s->told) < 0 || pipe(s->status) < 0)
        return -1;
    s->init = fork();
    if (s->init == 0)
        be_init(s);
    close(s->told[1]);
    close(s->status[1]);
    bool begun = fd_read_full(s->told[0], pids, sizeof(pids)) == sizeof(pids);
    s->program = pids[0];
    s->other = pids[1];
    return begun ? 0 : -1;
}

static int tear_down(void **state)
{
    struct stage *s = *state;
    const pid_t all[3] = {s->init, s->program, s->other};
    for (size_t i = 0; i < 3; i++)
        if (all[i] > 0)
            kill(all[i], SIGKILL);
    if (s->init > 0)
        waitpid(s->init, NULL, 0);
    close(s->told[0]);
    close(s->status[0]);
    return 0;
}

/* What the program is told next; 0: nothing any more. */
static int next_told(const struct stage *s)
{
    char byte = 0;
    struct pollfd one = {.fd = s->told[0], .events = POLLIN};
    assert_int_equal(poll(&one, 1, LIMIT_MS), 1);
    assert_true(read(s->told[0], &byte, 1) >= 0);
    return byte;
}

/* Ends as init should, and takes it from what may still be killed. */
static void expect_end(struct stage *s, int expected)
{
    int status = 0;
    struct pollfd one = {.fd = s->status[0], .events = POLLIN};
    assert_int_equal(poll(&one, 1, LIMIT_MS), 1);
    assert_int_equal(read(s->status[0], &status, sizeof(status)), sizeof(status));
    assert_int_equal(status, expected);
    assert_int_equal(poll(&one, 1, LIMIT_MS), 1);
    assert_int_equal(read(s->status[0], &status, sizeof(status)), 0);
    assert_int_equal(waitpid(s->init, &status, 0), s->init);
    assert_int_equal(status, 0);
    s->init = s->program = -1;
}

static void signals_are_handed_on(void **state)
{
    struct stage *s = *state;
    static const int SIGNALS[] = {SIGHUP, SIGINT, SIGUSR1, SIGHUP, SIGCONT, SIGTERM};
    for (size_t i = 0; i < sizeof(SIGNALS) / sizeof(SIGNALS[0]); i++) {
        assert_int_equal(kill(s->init, SIGNALS[i]), 0);
        assert_int_equal(next_told(s), SIGNALS[i]);
    }
    expect_end(s, LAST_WORD << 8);
}

static void a_violent_end_is_told(void **state)
{
    struct stage *s = *state;
    assert_int_equal(kill(s->program, SIGKILL), 0);
    expect_end(s, SIGKILL);
}

/* A process that its parent has left: it is taken off the table, and is no end of the program,
 * which hears nothing of it. */
static void what_is_left_to_it_is_reaped(void **state)
{
    struct stage *s = *state;
    int64_t end = clock_mono_ms() + LIMIT_MS;
    assert_int_equal(kill(s->other, SIGKILL), 0);
    while (kill(s->other, 0) == 0 && clock_mono_ms() < end)
        usleep(1000);
    assert_int_equal(kill(s->other, 0), -1);
    assert_int_equal(errno, ESRCH);
    s->other = -1;
    assert_int_equal(kill(s->init, SIGTERM), 0);
    assert_int_equal(next_told(s), SIGTERM);
    expect_end(s, LAST_WORD << 8);
}

/* A signal that it does not block ends it, and with it all that the tool has. While it waits for
 * them they do not stand as blocked; while it is stopped they do. */
static void every_signal_is_blocked(void **state)
{
    struct stage *s = *state;
    char path[40], *text = NULL;
    assert_int_equal(kill(s->init, SIGHUP), 0);
    assert_int_equal(next_told(s), SIGHUP); /* it is at work */
    assert_int_equal(kill(s->init, SIGSTOP), 0);
    assert_int_equal(waitpid(s->init, NULL, WUNTRACED), s->init);
    snprintf(path, sizeof(path), "/proc/%d/status", s->init);
    assert_int_equal(file_read(AT_FDCWD, path, 1 << 16, &text, NULL, NULL), 0);
    const char *line = strstr(text, "SigBlk:");
    assert_non_null(line);
    unsigned long long blocked = strtoull(line + strlen("SigBlk:"), NULL, 16);
    for (int number = 1; number <= SIGRTMAX; number++)
        if (number != SIGKILL && number != SIGSTOP && (number < 32 || number >= SIGRTMIN))
            assert_true(blocked >> (number - 1) & 1);
    free(text);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(signals_are_handed_on),
        T(a_violent_end_is_told),
        T(what_is_left_to_it_is_reaped),
        T(every_signal_is_blocked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
