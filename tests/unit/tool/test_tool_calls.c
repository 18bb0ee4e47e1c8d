/* A row that is missing is noticed by nobody: what tools may not do is written here once more, from
 * the other side. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "common/xalloc.h"
#include "runner/sandbox/call_filter.h"
#include "runner/tool/tool_calls.h"

/* The filter of some tables. */
static struct call_filter *filter_of(unsigned tables)
{
    struct call_row rows[256];
    size_t n = 0, count;
    struct error err = {0};
    for (int i = 0; i < TOOL_CALL_TABLES; i++) {
        const struct call_row *more = tool_call_rows((enum tool_call_table)i, &count);
        if (!(tables & 1u << i))
            continue;
        assert_true(n + count <= ARRAY_LEN(rows));
        memcpy(rows + n, more, count * sizeof(*rows));
        n += count;
    }
    struct call_policy policy = {rows, n, CALL_ALLOW, ENOSYS};
    struct call_filter *f = call_filter_new(&policy, 1, &err);
    if (!f)
        fail_msg("%s", err.text);
    return f;
}

static int answer_to(unsigned tables, int number, const uint64_t arguments[6])
{
    struct call_filter *f = filter_of(tables);
    int r = call_filter_answer(f, (uint32_t)number, arguments);
    call_filter_free(f);
    return r;
}

static int answer(unsigned tables, int number, uint64_t first, uint64_t second)
{
    return answer_to(tables, number, (const uint64_t[6]){first, second});
}

enum { PLAIN = 1 << TOOL_CALLS_ALWAYS, WITH_ALL = (1 << TOOL_CALL_TABLES) - 1 };

static void what_no_tool_may_do(void **state)
{
    (void)state;
    static const int NUMBERS[] = {
        SYS_ptrace,
        SYS_process_vm_readv,
        SYS_process_vm_writev,
        SYS_pidfd_getfd,
        SYS_mount,
        SYS_umount2,
        SYS_pivot_root,
        SYS_chroot,
        SYS_move_mount,
        SYS_open_tree,
        SYS_fsopen,
        SYS_mount_setattr,
        SYS_unshare,
        SYS_setns,
        SYS_bpf,
        SYS_perf_event_open,
        SYS_userfaultfd,
        SYS_io_uring_setup,
        SYS_io_uring_enter,
        SYS_io_uring_register,
        SYS_keyctl,
        SYS_add_key,
        SYS_request_key,
        SYS_init_module,
        SYS_finit_module,
        SYS_kexec_load,
        SYS_reboot,
        SYS_open_by_handle_at,
        SYS_clock_settime,
    };
    for (size_t i = 0; i < ARRAY_LEN(NUMBERS); i++)
        assert_int_equal(answer(PLAIN, NUMBERS[i], 0, 0), EPERM);
    assert_int_equal(answer(PLAIN, SYS_clone3, 0, 0), ENOSYS);
    assert_int_equal(answer(PLAIN, 100000, 0, 0), ENOSYS);
}

static void namespaces_by_clone_one_by_one(void **state)
{
    (void)state;
    static const uint64_t FLAGS[] = {CLONE_NEWUSER, CLONE_NEWNS,  CLONE_NEWPID,   CLONE_NEWNET,
                                     CLONE_NEWIPC,  CLONE_NEWUTS, CLONE_NEWCGROUP};
    for (size_t i = 0; i < ARRAY_LEN(FLAGS); i++)
        assert_int_equal(answer(PLAIN, SYS_clone, FLAGS[i] | SIGCHLD, 0), EPERM);
    assert_int_equal(answer(PLAIN, SYS_clone, SIGCHLD, 0), CALL_ALLOW);
    assert_int_equal(answer(PLAIN, SYS_clone, CLONE_VM | CLONE_VFORK | SIGCHLD, 0), CALL_ALLOW);
    assert_int_equal(answer(PLAIN, SYS_clone,
                            CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD, 0),
                     CALL_ALLOW);
}

/* Connections that Landlock does not look at. */
static void ports_are_not_passed_by(void **state)
{
    (void)state;
    enum { SMC_FAMILY = 43, SCTP = 132, SMC = 256, MULTIPATH = 262 };
    static const struct {
        int number;
        uint64_t arguments[6];
        int answer;
    } CASES[] = {
        {SYS_socket, {AF_INET, SOCK_STREAM, 0}, CALL_ALLOW},
        {SYS_socket, {AF_INET6, SOCK_STREAM, IPPROTO_TCP}, CALL_ALLOW},
        {SYS_socket, {AF_INET, SOCK_STREAM, MULTIPATH}, EPERM},
        {SYS_socket, {AF_INET6, SOCK_STREAM, SMC}, EPERM},
        {SYS_socket, {AF_INET, SOCK_STREAM, SCTP}, EPERM},
        {SYS_socket, {SMC_FAMILY, SOCK_STREAM, 0}, EPERM},
        {SYS_sendto, {3, 0, 1, MSG_NOSIGNAL}, CALL_ALLOW},
        {SYS_sendto, {3, 0, 1, MSG_NOSIGNAL | MSG_FASTOPEN}, EPERM},
        {SYS_sendmsg, {3, 0, MSG_FASTOPEN}, EPERM},
        {SYS_sendmmsg, {3, 0, 1, MSG_FASTOPEN}, EPERM},
        {SYS_sendmsg, {3, 0, 0}, CALL_ALLOW},
        {SYS_sendmmsg, {3, 0, 1, 0}, CALL_ALLOW},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++)
        assert_int_equal(answer_to(PLAIN, CASES[i].number, CASES[i].arguments), CASES[i].answer);
}

/* Landlock of Debian 12's kernel keeps nobody from it. */
static void nothing_is_cut_off(void **state)
{
    (void)state;
    enum { CUTS = PLAIN | 1 << TOOL_CALLS_TRUNCATION };
    static const struct {
        int number;
        uint64_t arguments[6];
        int answer;
    } CASES[] = {
        {SYS_truncate, {0}, EPERM},
        {SYS_ftruncate, {0}, CALL_ALLOW},
        {SYS_openat, {0, 0, O_RDONLY | O_TRUNC}, EPERM},
        {SYS_openat, {0, 0, O_WRONLY | O_TRUNC | O_CREAT}, CALL_ALLOW},
        {SYS_openat, {0, 0, O_RDONLY}, CALL_ALLOW},
        {SYS_openat2, {0}, ENOSYS},
#ifdef SYS_open
        {SYS_open, {0, O_RDONLY | O_TRUNC | O_CLOEXEC}, EPERM},
        {SYS_open, {0, O_RDWR | O_TRUNC}, CALL_ALLOW},
#endif
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        assert_int_equal(answer_to(CUTS, CASES[i].number, CASES[i].arguments), CASES[i].answer);
        assert_int_equal(answer_to(PLAIN, CASES[i].number, CASES[i].arguments), CALL_ALLOW);
    }
}

static void what_depends(void **state)
{
    (void)state;
    static const struct {
        int number;
        uint64_t first, second;
        enum tool_call_table table;
    } ROWS[] = {
        {SYS_fchmodat, 0, 0, TOOL_CALLS_FOREIGN_FILES},
        {SYS_fchownat, 0, 0, TOOL_CALLS_FOREIGN_FILES},
        {SYS_utimensat, 0, 0, TOOL_CALLS_FOREIGN_FILES},
        {SYS_fsetxattr, 0, 0, TOOL_CALLS_FOREIGN_FILES},
        {SYS_socket, AF_UNIX, SOCK_STREAM, TOOL_CALLS_LOCAL_SOCKETS},
        {SYS_socketpair, AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, TOOL_CALLS_LOCAL_SOCKETS},
        {SYS_socketpair, AF_UNIX, SOCK_RAW, TOOL_CALLS_LOCAL_SOCKETS},
        {SYS_socket, AF_INET, SOCK_DGRAM, TOOL_CALLS_NETWORKS},
        {SYS_socket, AF_INET6, SOCK_STREAM, TOOL_CALLS_NETWORKS},
        {SYS_prlimit64, 7, 0, TOOL_CALLS_OF_OTHERS},
        {SYS_setpriority, PRIO_PROCESS, 7, TOOL_CALLS_OF_OTHERS},
        {SYS_setpriority, PRIO_PGRP, 0, TOOL_CALLS_OF_OTHERS},
        {SYS_setpriority, PRIO_USER, 0, TOOL_CALLS_OF_OTHERS},
        {SYS_ioprio_set, 1, 7, TOOL_CALLS_OF_OTHERS},
        {SYS_ioprio_set, 3, 0, TOOL_CALLS_OF_OTHERS},
        {SYS_sched_setaffinity, 7, 0, TOOL_CALLS_OF_OTHERS},
        {SYS_sched_setscheduler, 7, 0, TOOL_CALLS_OF_OTHERS},
        {SYS_sched_setattr, 7, 0, TOOL_CALLS_OF_OTHERS},
        {SYS_shmat, 0, 0, TOOL_CALLS_OF_OTHERS},
        {SYS_semop, 0, 0, TOOL_CALLS_OF_OTHERS},
        {SYS_msgrcv, 0, 0, TOOL_CALLS_OF_OTHERS},
        {SYS_mq_open, 0, 0, TOOL_CALLS_OF_OTHERS},
        {SYS_inotify_add_watch, 0, 0, TOOL_CALLS_OF_OTHERS},
        {SYS_setsid, 0, 0, TOOL_CALLS_GROUPS},
        {SYS_setpgid, 0, 0, TOOL_CALLS_GROUPS},
    };
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        assert_int_equal(answer(PLAIN, ROWS[i].number, ROWS[i].first, ROWS[i].second), CALL_ALLOW);
        assert_int_equal(
            answer(PLAIN | 1u << ROWS[i].table, ROWS[i].number, ROWS[i].first, ROWS[i].second),
            EPERM);
    }
    assert_int_equal(answer(PLAIN, SYS_socket, AF_PACKET, SOCK_RAW), EPERM);
    assert_int_equal(answer(PLAIN, SYS_socket, AF_ALG, 0), EPERM);
    assert_int_equal(answer(PLAIN, SYS_socket, AF_NETLINK, SOCK_RAW), CALL_ALLOW);
    assert_int_equal(answer_to(PLAIN, SYS_socket, (const uint64_t[6]){AF_NETLINK, SOCK_RAW, 4}),
                     EPERM);
}

/* Of the families that the headers have, tools make four. */
static void families_of_sockets(void **state)
{
    (void)state;
    static const int ALLOWED[] = {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK};
    static const int NO_SOCKETS[] = {AF_BRIDGE, AF_NETBEUI, AF_SECURITY, AF_ASH,
                                     AF_ECONET, AF_SNA,     AF_WANPIPE,  AF_IUCV};
    bool allowed[AF_MAX] = {true};
    for (size_t i = 0; i < ARRAY_LEN(ALLOWED); i++)
        allowed[ALLOWED[i]] = true;
    for (size_t i = 0; i < ARRAY_LEN(NO_SOCKETS); i++)
        allowed[NO_SOCKETS[i]] = true;
    for (int family = 0; family < AF_MAX; family++)
        if ((answer(PLAIN, SYS_socket, (uint64_t)family, SOCK_RAW) == CALL_ALLOW) !=
            allowed[family])
            fail_msg("family %d", family);
}

static void what_programs_need_they_have(void **state)
{
    (void)state;
    static const int NUMBERS[] = {SYS_read,    SYS_write, SYS_openat,    SYS_execve,   SYS_mmap,
                                  SYS_wait4,   SYS_kill,  SYS_connect,   SYS_futex,    SYS_ioctl,
                                  SYS_mkdirat, SYS_prctl, SYS_getrandom, SYS_renameat2};
    for (size_t i = 0; i < ARRAY_LEN(NUMBERS); i++)
        assert_int_equal(answer(WITH_ALL, NUMBERS[i], 0, 0), CALL_ALLOW);
    assert_int_equal(answer(WITH_ALL, SYS_socketpair, AF_UNIX, SOCK_STREAM), CALL_ALLOW);
    assert_int_equal(answer(WITH_ALL, SYS_prlimit64, 0, 0), CALL_ALLOW);
    assert_int_equal(answer(WITH_ALL, SYS_setpriority, PRIO_PROCESS, 0), CALL_ALLOW);
    assert_int_equal(answer(WITH_ALL, SYS_ioprio_set, 1, 0), CALL_ALLOW);
    assert_int_equal(answer(WITH_ALL, SYS_sched_setaffinity, 0, 0), CALL_ALLOW);
}

static void each_row_has_a_reason(void **state)
{
    (void)state;
    for (int i = 0; i < TOOL_CALL_TABLES; i++) {
        size_t count;
        const struct call_row *rows = tool_call_rows((enum tool_call_table)i, &count);
        for (size_t j = 0; j < count; j++)
            assert_true(rows[j].reason && rows[j].reason[0] && rows[j].answer > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_no_tool_may_do),
        cmocka_unit_test(namespaces_by_clone_one_by_one),
        cmocka_unit_test(ports_are_not_passed_by),
        cmocka_unit_test(nothing_is_cut_off),
        cmocka_unit_test(what_depends),
        cmocka_unit_test(families_of_sockets),
        cmocka_unit_test(what_programs_need_they_have),
        cmocka_unit_test(each_row_has_a_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
