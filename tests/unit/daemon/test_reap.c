/* A wrong reason makes a client retry what succeeded, or trust what was killed: the table of
 * reasons, row by row, and the order look - kill the rest - reap with real children. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "daemon/os/reap.h"
#include "daemon/os/sys.h"
#include "fixture.h"
#include "proto/reason.h"

static siginfo_t status(int code, int value)
{
    siginfo_t info = {0};
    info.si_pid = 1;
    info.si_code = code;
    info.si_status = value;
    return info;
}

#define TERM                                                                                       \
    {                                                                                              \
        .sent_term = true                                                                          \
    }
#define STOP                                                                                       \
    {                                                                                              \
        .stopping = true                                                                           \
    }
#define KILL                                                                                       \
    {                                                                                              \
        .sent_kill = true                                                                          \
    }
#define OOM                                                                                        \
    {                                                                                              \
        .oom = true                                                                                \
    }
#define ALL                                                                                        \
    {                                                                                              \
        .sent_term = true, .stopping = true, .sent_kill = true, .oom = true                        \
    }
#define NOTHING                                                                                    \
    {                                                                                              \
        0                                                                                          \
    }

static void follows_the_table(void **state)
{
    (void)state;
    static const struct {
        int code, value;
        struct reap_facts facts;
        struct reason reason;
    } rows[] = {
        {CLD_EXITED, 0, NOTHING, {.kind = REASON_NORMAL}},
        {CLD_EXITED, 0, ALL, {.kind = REASON_NORMAL}},
        {CLD_EXITED, 1, NOTHING, {.kind = REASON_EXIT, .code = 1}},
        {CLD_EXITED, 137, ALL, {.kind = REASON_EXIT, .code = 137}},
        {CLD_EXITED, 143, TERM, {.kind = REASON_EXIT, .code = 143}},
        {CLD_EXITED, 255, NOTHING, {.kind = REASON_EXIT, .code = 255}},
        {CLD_KILLED, SIGTERM, TERM, {.kind = REASON_SHUTDOWN}},
        {CLD_KILLED, SIGTERM, STOP, {.kind = REASON_SHUTDOWN}},
        {CLD_KILLED, SIGTERM, NOTHING, {.kind = REASON_SIGNAL, .signal = SIGTERM}},
        {CLD_KILLED, SIGTERM, KILL, {.kind = REASON_SIGNAL, .signal = SIGTERM}},
        {CLD_KILLED, SIGKILL, KILL, {.kind = REASON_KILLED, .by = REASON_BY_SUPERVISOR}},
        {CLD_KILLED, SIGKILL, ALL, {.kind = REASON_KILLED, .by = REASON_BY_SUPERVISOR}},
        {CLD_KILLED, SIGKILL, OOM, {.kind = REASON_KILLED, .by = REASON_BY_OOM}},
        {CLD_KILLED, SIGKILL, NOTHING, {.kind = REASON_KILLED, .by = REASON_BY_UNKNOWN}},
        {CLD_KILLED, SIGKILL, TERM, {.kind = REASON_KILLED, .by = REASON_BY_UNKNOWN}},
        {CLD_KILLED, SIGSEGV, ALL, {.kind = REASON_SIGNAL, .signal = SIGSEGV}},
        {CLD_DUMPED, SIGSEGV, NOTHING, {.kind = REASON_SIGNAL, .signal = SIGSEGV, .core = true}},
        {CLD_KILLED, 37, NOTHING, {.kind = REASON_SIGNAL, .signal = 37}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct reason reason;
        const siginfo_t info = status(rows[i].code, rows[i].value);
        reap_reason(&info, &rows[i].facts, &reason);
        assert_int_equal(reason.kind, rows[i].reason.kind);
        assert_int_equal(reason.code, rows[i].reason.code);
        assert_int_equal(reason.signal, rows[i].reason.signal);
        assert_int_equal(reason.core, rows[i].reason.core);
        assert_int_equal(reason.by, rows[i].reason.by);
    }
}

static void a_lost_status_is_never_guessed(void **state)
{
    (void)state;
    struct reason reason;
    const struct reap_facts facts = ALL;
    reap_reason(NULL, &facts, &reason);
    assert_int_equal(reason.kind, REASON_UNKNOWN);
}

static pid_t start(void (*body)(int gate), int *ret_gate, int *ret_pidfd)
{
    int gate[2];
    assert_int_equal(pipe(gate), 0);
    pid_t pid = fork();
    if (pid == 0) {
        close(gate[1]);
        setsid();
        body(gate[0]);
        _exit(0);
    }
    close(gate[0]);
    *ret_gate = gate[1];
    *ret_pidfd = sys.pidfd_open(pid, 0);
    assert_true(*ret_pidfd >= 0);
    return pid;
}

static void wait_for_gate(int gate)
{
    char c;
    (void)!read(gate, &c, 1);
    _exit(7);
}

static void looks_without_reaping(void **state)
{
    (void)state;
    int gate;
    int pidfd;
    siginfo_t info;
    struct rusage usage;
    pid_t pid = start(wait_for_gate, &gate, &pidfd);
    assert_int_equal(reap_look(pidfd, &info), 0);
    assert_int_equal(reap_leader(pidfd, &info, &usage), -EAGAIN);
    assert_int_equal(reap_orphan(pid), -EAGAIN);
    assert_int_equal(reap_next(&info), 0);
    close(gate);
    assert_true(wait_readable(pidfd));
    for (int i = 0; i < 2; i++) {
        assert_int_equal(reap_look(pidfd, &info), 1);
        assert_int_equal(info.si_pid, pid);
        assert_int_equal(info.si_status, 7);
    }
    assert_true(reap_group_lives(pid)); /* the zombie itself */
    assert_int_equal(reap_kill_group(pid), 0);
    usage.ru_maxrss = 0;
    assert_int_equal(reap_leader(pidfd, &info, &usage), 0);
    assert_int_equal(info.si_status, 7);
    assert_true(usage.ru_maxrss > 0);
    assert_false(reap_group_lives(pid));
    assert_int_equal(reap_kill_group(pid), 0);
    assert_int_equal(reap_look(pidfd, &info), -ECHILD);
    assert_int_equal(reap_leader(pidfd, &info, &usage), -ECHILD);
    close(pidfd);
}

/* The grandchild ignores SIGTERM and holds the write end of `alive`. */
static int alive[2];

static void leave_a_stubborn_child(int gate)
{
    (void)gate;
    int ready[2];
    char c;
    if (pipe(ready) < 0 || fork() != 0) {
        close(ready[1]);
        (void)!read(ready[0], &c, 1);
        _exit(0);
    }
    signal(SIGTERM, SIG_IGN);
    (void)!write(ready[1], "x", 1);
    for (;;)
        pause();
}

static void kills_the_rest_and_reaps_orphans(void **state)
{
    (void)state;
    int gate;
    int pidfd;
    siginfo_t info;
    struct rusage usage;
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    assert_int_equal(pipe(alive), 0);
    pid_t pid = start(leave_a_stubborn_child, &gate, &pidfd);
    close(alive[1]);
    assert_true(wait_readable(pidfd));
    assert_int_equal(reap_look(pidfd, &info), 1);
    assert_int_equal(reap_kill_group(pid), 0);
    assert_int_equal(reap_leader(pidfd, &info, &usage), 0);
    assert_true(wait_readable(alive[0])); /* its end: the orphan is dead */

    pid_t orphan;
    const int64_t deadline = clock_mono_ms() + DEADLINE_MS;
    while ((orphan = reap_next(&info)) == 0 && clock_mono_ms() < deadline)
        poll(NULL, 0, 1);
    assert_true(orphan > 0);
    assert_int_not_equal(orphan, pid);
    assert_int_equal(reap_next(&info), orphan); /* until it is finished */
    assert_int_equal(reap_orphan(orphan), 0);
    assert_int_equal(reap_orphan(orphan), -ECHILD);
    assert_int_equal(reap_next(&info), -ECHILD);
    assert_false(reap_group_lives(pid));
    close(alive[0]);
    close(gate);
    close(pidfd);
    prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0);
}

static int interrupted;

static int fake_waitid(idtype_t type, id_t id, siginfo_t *ret, int options, struct rusage *usage)
{
    (void)type;
    (void)id;
    (void)options;
    (void)usage;
    if (interrupted++ == 0) {
        errno = EINTR;
        return -1;
    }
    *ret = status(CLD_KILLED, SIGKILL);
    return 0;
}

static void goes_on_after_a_signal(void **state)
{
    (void)state;
    siginfo_t info;
    sys.waitid = fake_waitid;
    assert_int_equal(reap_look(0, &info), 1);
    assert_int_equal(info.si_status, SIGKILL);
    assert_int_equal(interrupted, 2);
    sys_reset();
}

static int kill_error;

static int no_kill(pid_t pid, int signal)
{
    assert_int_equal(pid, -4711);
    assert_true(signal == SIGKILL || signal == 0);
    errno = kill_error;
    return -1;
}

/* Nobody there is all that was wanted; who may not be asked may live. */
static void a_group_that_cannot_be_killed_is_told(void **state)
{
    (void)state;
    sys.kill = no_kill;
    kill_error = EPERM;
    assert_int_equal(reap_kill_group(4711), -EPERM);
    assert_true(reap_group_lives(4711));
    kill_error = ESRCH;
    assert_int_equal(reap_kill_group(4711), 0);
    assert_false(reap_group_lives(4711));
    sys_reset();
}

static void what_is_no_end_is_not_known(void **state)
{
    (void)state;
    static const int CODES[] = {CLD_STOPPED, CLD_CONTINUED, CLD_TRAPPED, 0};
    const struct reap_facts facts = {.sent_kill = true, .sent_term = true};
    for (size_t i = 0; i < sizeof CODES / sizeof *CODES; i++) {
        const siginfo_t info = status(CODES[i], SIGKILL);
        struct reason reason = {.kind = REASON_NORMAL};
        reap_reason(&info, &facts, &reason);
        assert_int_equal(reason.kind, REASON_UNKNOWN);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_the_table),
        cmocka_unit_test(a_lost_status_is_never_guessed),
        cmocka_unit_test(looks_without_reaping),
        cmocka_unit_test(kills_the_rest_and_reaps_orphans),
        cmocka_unit_test(goes_on_after_a_signal),
        cmocka_unit_test(a_group_that_cannot_be_killed_is_told),
        cmocka_unit_test(what_is_no_end_is_not_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
