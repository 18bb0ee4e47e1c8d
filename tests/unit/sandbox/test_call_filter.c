/* A filter that lets a call through which it should refuse is noticed by nobody but an attacker;
 * one that refuses a call which libc needs breaks runs on other people's machines. */
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "common/seccomp.h"
#include "runner/sandbox/call_filter.h"

enum { PID = 4711, NO_SUCH_CALL = 100000, X32 = 0x40000000 };

static const struct call_row ROWS[] = {
    CALL_ROW(write, CALL_ALLOW, "a test"),
    CALL_ROW(read, CALL_ALLOW, "a test"),
    CALL_ROW(clone3, ENOSYS, "a test"),
    CALL_ROW_IF(socket, CALL_ALLOW, EACCES, "a test", "IPv4, stream",
                {UINT32_MAX, AF_INET, .argument = 0}, {0xf, SOCK_STREAM, .argument = 1}),
    CALL_ROW_IF(kill, CALL_ALLOW, EPERM, "a test", "itself",
                {UINT32_MAX, 0, .argument = 0, .own_pid = true}),
    CALL_ROW_IF(prlimit64, CALL_ALLOW, EPERM, "a test", "nothing is set",
                {UINT32_MAX, 0, .argument = 2, .wide = true}),
    CALL_ROW_IF(mprotect, EINVAL, CALL_ALLOW, "a test", "writable code", {6, 6, .argument = 2}),
    CALL_ROW_IF(socket, CALL_ALLOW, EPERM, "a test", "IPv6", {UINT32_MAX, AF_INET6, .argument = 0}),
    CALL_ROW_IF(clone, CALL_ALLOW, EPERM, "a test", "a thread",
                {CLONE_THREAD | CLONE_NEWUSER, CLONE_THREAD, .argument = 0}),
    CALL_ROW_IF(ioctl, CALL_ALLOW, EPERM, "a test", "any but one",
                {UINT32_MAX, 0x5412, .argument = 1, .differs = true}),
};

static struct call_filter *filter(const struct call_row *rows, size_t count, int others)
{
    struct call_policy policy = {rows, count, others, ENOSYS};
    struct error err = {0};
    struct call_filter *f = call_filter_new(&policy, PID, &err);
    if (!f)
        print_message("%s\n", err.text);
    assert_non_null(f);
    return f;
}

static void each_call_gets_its_answer(void **state)
{
    (void)state;
    static const struct {
        uint32_t number;
        uint64_t arguments[6];
        int answer;
    } CALLS[] = {
        {SYS_read, {0}, CALL_ALLOW},
        {SYS_write, {0}, CALL_ALLOW},
        {SYS_ptrace, {0}, EPERM},
        {SYS_clone3, {0}, ENOSYS},
        {NO_SUCH_CALL, {0}, ENOSYS},
        {X32 | SYS_read, {0}, ENOSYS},
        {UINT32_MAX, {0}, ENOSYS},
        {SYS_socket, {AF_INET, SOCK_STREAM}, CALL_ALLOW},
        {SYS_socket, {AF_INET, SOCK_STREAM | SOCK_CLOEXEC}, CALL_ALLOW},
        /* The kernel looks at the lower half only, and so must we. */
        {SYS_socket, {UINT64_C(1) << 32 | AF_INET, SOCK_STREAM}, CALL_ALLOW},
        {SYS_socket, {UINT64_C(1) << 32 | AF_UNIX, SOCK_STREAM}, EACCES},
        {SYS_socket, {AF_INET, SOCK_RAW}, EACCES},
        {SYS_socket, {AF_INET6, SOCK_RAW}, CALL_ALLOW},
        {SYS_socket, {AF_UNIX, SOCK_STREAM}, EACCES},
        {SYS_kill, {PID, 15}, CALL_ALLOW},
        {SYS_kill, {PID + 1, 15}, EPERM},
        {SYS_kill, {(uint32_t)-1, 15}, EPERM},
        {SYS_prlimit64, {0, 4, 0}, CALL_ALLOW},
        {SYS_prlimit64, {0, 4, 1}, EPERM},
        {SYS_prlimit64, {0, 4, UINT64_C(1) << 32}, EPERM},
        {SYS_mprotect, {0, 0, 1}, CALL_ALLOW},
        {SYS_mprotect, {0, 0, 3}, CALL_ALLOW},
        {SYS_mprotect, {0, 0, 7}, EINVAL},
        {SYS_clone, {CLONE_THREAD | CLONE_VM}, CALL_ALLOW},
        {SYS_clone, {CLONE_VM}, EPERM},
        {SYS_clone, {CLONE_THREAD | CLONE_NEWUSER}, EPERM},
        {SYS_ioctl, {0, 0x5411}, CALL_ALLOW},
        {SYS_ioctl, {0, 0x5412}, EPERM},
    };
    struct call_filter *f = filter(ROWS, ARRAY_LEN(ROWS), EPERM);
    for (size_t i = 0; i < ARRAY_LEN(CALLS); i++)
        if (call_filter_answer(f, CALLS[i].number, CALLS[i].arguments) != CALLS[i].answer)
            fail_msg("call %zu (number %u) is answered wrongly", i, CALLS[i].number);
    call_filter_free(f);
}

/* Every number that there is, against a search by hand. */
static void no_number_falls_between_two_ranges(void **state)
{
    (void)state;
    static const uint64_t NOTHING[6];
    struct call_filter *f = filter(ROWS, 3, EPERM);
    for (uint32_t n = 0; n < 1000; n++) {
        int want = call_is_known(n) ? EPERM : ENOSYS;
        for (size_t i = 0; i < 3; i++)
            want = (uint32_t)ROWS[i].number == n ? ROWS[i].answer : want;
        assert_int_equal(call_filter_answer(f, n, NOTHING), want);
    }
    call_filter_free(f);
}

/* Some hundred rows with tests: no branch of the tree reaches over the half of them. */
static void far_branches_arrive(void **state)
{
    (void)state;
    enum { MANY = 240 };
    static struct call_row rows[MANY];
    for (int i = 0; i < MANY; i++)
        rows[i] = (struct call_row){
            .number = i,
            .failing = 1000 + i,
            .name = "some",
            .tests = {{UINT32_MAX, (uint32_t)i, .argument = 0}, {UINT32_MAX, 1, .argument = 1}}};
    struct call_filter *f = filter(rows, MANY, EPERM);
    assert_in_range(call_filter_length(f), MANY * 6, 4096);
    for (uint32_t i = 0; i < MANY; i++) {
        assert_int_equal(call_filter_answer(f, i, (uint64_t[6]){i, 1}), CALL_ALLOW);
        assert_int_equal(call_filter_answer(f, i, (uint64_t[6]){i, 0}), 1000 + (int)i);
    }
    call_filter_free(f);
}

static void a_table_that_contradicts_itself_is_refused(void **state)
{
    (void)state;
    static const struct call_row TWICE[] = {CALL_ROW(read, CALL_ALLOW, "a test"),
                                            CALL_ROW(read, EPERM, "a test")};
    static const struct call_row NOWHERE[] = {{.number = NO_SUCH_CALL, .name = "nowhere"}};
    struct call_policy policies[] = {{TWICE, 2, EPERM, ENOSYS}, {NOWHERE, 1, EPERM, ENOSYS}};
    for (size_t i = 0; i < ARRAY_LEN(policies); i++) {
        struct error err = {0};
        assert_null(call_filter_new(&policies[i], PID, &err));
        assert_non_null(strstr(err.text, i ? "nowhere" : "read"));
    }
}

/* What a child does under the filter, as exit status. */
static int in_child(int (*act)(void))
{
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        struct call_policy policy = {ROWS + 2, ARRAY_LEN(ROWS) - 2, CALL_ALLOW, ENOSYS};
        struct call_filter *f = call_filter_new(&policy, (int32_t)getpid(), NULL);
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        _exit(f && call_filter_enforce(f) == 0 ? act() : 255);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static int make_unix_socket(void)
{
    return socket(AF_UNIX, SOCK_STREAM, 0) < 0 ? errno : 0;
}

static int make_socket(void)
{
    return socket(AF_INET6, SOCK_DGRAM, 0) < 0 ? errno : 0;
}

static int signal_parent(void)
{
    return kill(getppid(), 0) < 0 ? errno : 0;
}

static int signal_self(void)
{
    return kill(getpid(), 0) < 0 ? errno : 0;
}

static int call_of_the_future(void)
{
    return syscall(NO_SUCH_CALL) < 0 ? errno : 0;
}

static void the_kernel_answers_alike(void **state)
{
    (void)state;
    if (seccomp_is_there() != 1) {
        print_message("not run: the kernel has no seccomp\n");
        skip();
    }
    assert_int_equal(in_child(make_unix_socket), EACCES);
    assert_int_equal(in_child(make_socket), 0);
    assert_int_equal(in_child(signal_parent), EPERM);
    assert_int_equal(in_child(signal_self), 0);
    assert_int_equal(in_child(call_of_the_future), ENOSYS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_call_gets_its_answer),
        cmocka_unit_test(no_number_falls_between_two_ranges),
        cmocka_unit_test(far_branches_arrive),
        cmocka_unit_test(a_table_that_contradicts_itself_is_refused),
        cmocka_unit_test(the_kernel_answers_alike),
    };
    return cmocka_run_group_tests_name("call_filter", tests, NULL, NULL);
}
