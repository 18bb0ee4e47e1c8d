/* What a taken-over runner could try, and a runner has to be able to. Included by one program. */
#ifndef TESTS_UNIT_SANDBOX_ATTEMPTS_H
#define TESTS_UNIT_SANDBOX_ATTEMPTS_H

#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NOT_CLOSED_IN = 255 };

struct place {
    char folder[32], own_ca[48], record[48], linked[48];
    int record_fd; /* open before: write only, appending */
    uint16_t port, other_port;
    int listener, other_listener;
};
static struct place at = {.folder = "/tmp/closed-XXXXXX"};

/* ---- what is tried: 0 or an errno ---- */

static int of(long r)
{
    return r < 0 ? errno : 0;
}

static int open_it(const char *path, int flags)
{
    return of(open(path, flags, 0600));
}

static int read_passwd(void)
{
    return open_it("/etc/passwd", O_RDONLY);
}
static int read_own_ca(void)
{
    return open_it(at.own_ca, O_RDONLY);
}
static int read_linked_ca(void)
{
    return open_it(at.linked, O_RDONLY);
}
static int read_resolv_conf(void)
{
    return open_it("/etc/nsswitch.conf", O_RDONLY);
}
static int read_record_again(void)
{
    return open_it(at.record, O_RDONLY);
}
static int write_record_again(void)
{
    return open_it(at.record, O_WRONLY);
}
static int write_own_ca(void)
{
    return open_it(at.own_ca, O_RDWR);
}
static int make_file(void)
{
    return open_it("/tmp/closed-in-made-this", O_CREAT | O_WRONLY);
}
static int list_root(void)
{
    return open_it("/", O_RDONLY | O_DIRECTORY);
}
static int append_record(void)
{
    return of(write(at.record_fd, "x\n", 2));
}
static int truncate_record(void)
{
    return of(ftruncate(at.record_fd, 0));
}
static int reserve_for_record(void)
{
    return of(fallocate(at.record_fd, FALLOC_FL_KEEP_SIZE, 0, 4096));
}
static int punch_record(void)
{
    return of(fallocate(at.record_fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 1));
}
static int overwrite_record(void)
{
    char y = 'y';
    struct iovec v = {&y, 1};
    return of(pwritev2(at.record_fd, &v, 1, 0, 0x20 /* RWF_NOAPPEND */));
}
static int remove_record(void)
{
    return of(unlink(at.record));
}
static int run_program(void)
{
    return of(execl("/bin/true", "true", NULL));
}
static int run_program_at(void)
{
    return of(syscall(SYS_execveat, AT_FDCWD, "/bin/true", NULL, NULL, 0));
}
static int make_process(void)
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    return of(pid);
}
static int make_process_by_clone3(void)
{
    uint64_t args[8] = {0};
    long pid = syscall(SYS_clone3, args, sizeof(args));
    if (pid == 0)
        _exit(0);
    return of(pid);
}
static int make_namespace(void)
{
    return of(unshare(CLONE_NEWUSER));
}

static void *do_nothing(void *context)
{
    return context;
}
static int make_thread(void)
{
    pthread_t thread;
    int r = pthread_create(&thread, NULL, do_nothing, NULL);
    return r ? r : pthread_join(thread, NULL);
}

static int make_unix_socket(void)
{
    return of(socket(AF_UNIX, SOCK_STREAM, 0));
}
static int make_netlink_socket(void)
{
    return of(socket(AF_NETLINK, SOCK_RAW, 0));
}
static int make_raw_socket(void)
{
    return of(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
}
static int make_multipath_socket(void)
{
    return of(socket(AF_INET, SOCK_STREAM, 262 /* IPPROTO_MPTCP */));
}
static int make_pair(int type)
{
    int pair[2];
    return of(socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, pair));
}
static int make_stream_pair(void)
{
    return make_pair(SOCK_STREAM);
}
static int make_datagram_pair(void)
{
    return make_pair(SOCK_DGRAM);
}
static struct sockaddr_in local(uint16_t port)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return a;
}
static int connect_to(uint16_t port)
{
    struct sockaddr_in a = local(port);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return of(connect(fd, (struct sockaddr *)&a, sizeof(a)));
}
static int connect_to_provider(void)
{
    return connect_to(at.port);
}
static int connect_elsewhere(void)
{
    return connect_to(at.other_port);
}
static int connect_elsewhere_by_fast_open(void)
{
    struct sockaddr_in a = local(at.other_port);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return of(sendto(fd, "x", 1, MSG_FASTOPEN, (struct sockaddr *)&a, sizeof(a)));
}
static int listen_to_others(void)
{
    struct sockaddr_in a = local(0);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return of(bind(fd, (struct sockaddr *)&a, sizeof(a)));
}
static int resolve_name(void)
{
    struct addrinfo *found;
    int r = getaddrinfo("localhost", "80", NULL, &found);
    if (r == 0)
        freeaddrinfo(found);
    return r ? NOT_CLOSED_IN - 2 : 0;
}

static int signal_parent(void)
{
    return of(kill(getppid(), 0));
}
static int signal_everybody(void)
{
    return of(kill(-1, 0));
}
static int signal_group(void)
{
    return of(kill(0, 0));
}
static int signal_itself(void)
{
    return raise(SIGURG) ? errno : 0;
}
static int signal_parent_by_fd(void)
{
    int fd = (int)syscall(SYS_pidfd_open, getppid(), 0);
    return fd < 0 ? errno : of(syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0));
}
static int own_signals_of_parent(void)
{
    return of(fcntl(at.listener, F_SETOWN, getppid()));
}
static int trace_parent(void)
{
    return of(ptrace(PTRACE_ATTACH, getppid(), NULL, NULL));
}
static int read_parent(void)
{
    char byte;
    struct iovec here = {&byte, 1}, there = {&at, 1};
    return of(process_vm_readv(getppid(), &here, 1, &there, 1, 0));
}
static int open_memory_of_parent(void)
{
    char path[32];
    snprintf(path, sizeof(path), "/proc/%d/mem", (int)getppid());
    return open_it(path, O_RDONLY);
}
static int open_own_memory(void)
{
    return open_it("/proc/self/mem", O_RDONLY);
}
static int become_dumpable(void)
{
    return of(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0));
}
static int leave_leash(void)
{
    return of(prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0));
}
static int raise_core_limit(void)
{
    struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};
    return of(setrlimit(RLIMIT_CORE, &all));
}
static int writable_code(void)
{
    void *p =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return p == MAP_FAILED ? errno : 0;
}
static int call_of_the_future(void)
{
    return of(syscall(100000));
}

#define NUMBER_ONLY(NAME, CALL)                                                                    \
    static int NAME(void)                                                                          \
    {                                                                                              \
        return of(syscall(CALL, 0, 0, 0, 0, 0, 0));                                                \
    }
NUMBER_ONLY(call_bpf, SYS_bpf)
NUMBER_ONLY(call_keyctl, SYS_keyctl)
NUMBER_ONLY(call_io_uring, SYS_io_uring_setup)
NUMBER_ONLY(call_userfaultfd, SYS_userfaultfd)
NUMBER_ONLY(call_mount, SYS_mount)
NUMBER_ONLY(call_pidfd_getfd, SYS_pidfd_getfd)
NUMBER_ONLY(call_perf, SYS_perf_event_open)
NUMBER_ONLY(call_chmod, SYS_fchmodat)
NUMBER_ONLY(call_setsid, SYS_setsid)
NUMBER_ONLY(call_seccomp, SYS_seccomp)

enum needs { FILES = 1, CALLS = 2, NETWORK = 4, SCOPES = 8 };

static const struct attempt {
    const char *what;
    int (*act)(void);
    int number; /* 0: it has to work */
    unsigned by;
} ATTEMPTS[] = {
#define TRY(ACT, NUMBER, BY)                                                                       \
    {                                                                                              \
#ACT, ACT, NUMBER, BY                                                                      \
    }
    TRY(read_passwd, EACCES, FILES),
    TRY(read_own_ca, 0, 0),
    TRY(read_linked_ca, 0, 0),
    TRY(read_resolv_conf, 0, 0),
    TRY(read_record_again, EACCES, FILES),
    TRY(write_record_again, EPERM, CALLS),
    TRY(write_own_ca, EPERM, CALLS),
    TRY(make_file, EPERM, CALLS),
    TRY(list_root, EACCES, FILES),
    TRY(append_record, 0, 0),
    TRY(truncate_record, EPERM, CALLS),
    TRY(reserve_for_record, 0, 0),
    TRY(punch_record, EPERM, CALLS),
    TRY(overwrite_record, EPERM, CALLS),
    TRY(remove_record, EPERM, CALLS),
    TRY(run_program, EPERM, CALLS),
    TRY(run_program_at, EPERM, CALLS),
    TRY(make_process, EPERM, CALLS),
    TRY(make_process_by_clone3, ENOSYS, CALLS),
    TRY(make_namespace, EPERM, CALLS),
    TRY(make_thread, 0, 0),
    TRY(make_unix_socket, EPERM, CALLS),
    TRY(make_netlink_socket, EPERM, CALLS),
    TRY(make_raw_socket, EPERM, CALLS),
    TRY(make_multipath_socket, EPERM, CALLS),
    TRY(make_stream_pair, 0, 0),
    TRY(make_datagram_pair, EPERM, CALLS),
    TRY(connect_to_provider, 0, 0),
    TRY(connect_elsewhere, EACCES, NETWORK),
    TRY(connect_elsewhere_by_fast_open, EPERM, CALLS),
    TRY(listen_to_others, EPERM, CALLS),
    TRY(resolve_name, 0, 0),
    TRY(signal_parent, EPERM, CALLS),
    TRY(signal_everybody, EPERM, CALLS),
    TRY(signal_group, EPERM, CALLS),
    TRY(signal_itself, 0, 0),
    TRY(signal_parent_by_fd, EPERM, CALLS),
    TRY(own_signals_of_parent, EPERM, CALLS),
    TRY(trace_parent, EPERM, CALLS),
    TRY(read_parent, EPERM, CALLS),
    TRY(open_memory_of_parent, EACCES, FILES),
    TRY(open_own_memory, EACCES, FILES),
    TRY(become_dumpable, EPERM, CALLS),
    TRY(leave_leash, EPERM, CALLS),
    TRY(raise_core_limit, EPERM, CALLS),
    TRY(writable_code, EPERM, CALLS),
    TRY(call_of_the_future, ENOSYS, CALLS),
    TRY(call_bpf, EPERM, CALLS),
    TRY(call_keyctl, EPERM, CALLS),
    TRY(call_io_uring, EPERM, CALLS),
    TRY(call_userfaultfd, EPERM, CALLS),
    TRY(call_mount, EPERM, CALLS),
    TRY(call_pidfd_getfd, EPERM, CALLS),
    TRY(call_perf, EPERM, CALLS),
    TRY(call_chmod, EPERM, CALLS),
    TRY(call_setsid, EPERM, CALLS),
    TRY(call_seccomp, EPERM, CALLS),
};

#endif
