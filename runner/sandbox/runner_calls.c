#include "runner_calls.h"

#include <asm/ioctls.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "common/cleanup.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif

_Static_assert((AF_INET ^ AF_INET6) == 8 && SOL_SOCKET == 1 && IPPROTO_IP == 0 && F_GETFL == 3 &&
                   F_DUPFD == 0,
               "rows that stand for two values by one mask");

enum { TYPE_OF_SOCKET = 0xf }; /* without SOCK_CLOEXEC and SOCK_NONBLOCK */

#define OPEN_FLAGS (O_ACCMODE | O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY))
#define NAMESPACES                                                                                 \
    (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |  \
     CLONE_NEWNET | CLONE_NEWTIME)

#define ALLOW(NAME, REASON) CALL_ROW(NAME, CALL_ALLOW, REASON)
#define ALLOW_IF(NAME, REASON, WHEN, ...)                                                          \
    CALL_ROW_IF(NAME, CALL_ALLOW, EPERM, REASON, WHEN, __VA_ARGS__)
#define IS(ARGUMENT, VALUE)                                                                        \
    {                                                                                              \
        UINT32_MAX, (uint32_t)(VALUE), .argument = (ARGUMENT)                                      \
    }
#define BITS(ARGUMENT, MASK, VALUE)                                                                \
    {                                                                                              \
        (uint32_t)(MASK), (uint32_t)(VALUE), .argument = (ARGUMENT)                                \
    }
#define TYPE(ARGUMENT, VALUE) BITS(ARGUMENT, TYPE_OF_SOCKET, VALUE)
/* One bit is between the two. */
#define OF_IP(ARGUMENT) BITS(ARGUMENT, ~(AF_INET ^ AF_INET6), AF_INET)
#define ITSELF(ARGUMENT)                                                                           \
    {                                                                                              \
        UINT32_MAX, 0, .argument = (ARGUMENT), .own_pid = true                                     \
    }
#define NOTHING_AT(ARGUMENT)                                                                       \
    {                                                                                              \
        UINT32_MAX, 0, .argument = (ARGUMENT), .wide = true                                        \
    }

static const struct call_row ROWS[] = {
    /* link, record, sockets */
    ALLOW(read, "link, signals, sockets, files"),
    ALLOW(readv, "sockets"),
    ALLOW(pread64, "parts of resumed records"),
    ALLOW(write, "record, log, sockets"),
    ALLOW(writev, "log, sockets"),
    ALLOW(close, "what is done with"),
    ALLOW(lseek, "files that libc reads"),
    ALLOW(dup, "descriptors of libraries"),
    ALLOW_IF(fcntl, "flags of descriptors and sockets", "F_DUPFD, F_GETFD, F_SETFD, F_GETFL",
             BITS(1, ~3, 0)),
    ALLOW_IF(fcntl, "O_NONBLOCK of sockets; which file it is cannot be told", "F_SETFL",
             IS(1, F_SETFL)),
    ALLOW_IF(fcntl, "descriptors of libraries", "F_DUPFD_CLOEXEC", IS(1, F_DUPFD_CLOEXEC)),
    ALLOW_IF(ioctl, "how much the resolver's answer has", "FIONREAD", IS(1, FIONREAD)),
    ALLOW_IF(ioctl, "sockets of libraries", "FIONBIO", IS(1, FIONBIO)),
    ALLOW(fsync, "the folder of the record"),
    ALLOW(fdatasync, "the record"),
    ALLOW_IF(fallocate, "room for an answer before it is paid for", "KEEP_SIZE",
             IS(1, FALLOC_FL_KEEP_SIZE)),
    ALLOW(fstat, "record, files of libc"),
    ALLOW(fstatfs, "is there room on the disk"),

    /* files, of which Landlock says which */
    ALLOW_IF(openat, "certificates, resolver, time zone", "for reading", BITS(2, OPEN_FLAGS, 0)),
#ifdef SYS_open
    ALLOW_IF(open, "as openat, by older libraries", "for reading", BITS(1, OPEN_FLAGS, 0)),
#endif
#ifdef SYS_stat
    ALLOW(stat, "has resolv.conf changed, by older libraries"),
    ALLOW(lstat, "files of libc, by older libraries"),
#endif
    ALLOW(newfstatat, "has resolv.conf changed, is there a certificate"),
    ALLOW(statx, "as newfstatat, by younger libraries"),
#ifdef SYS_access
    ALLOW(access, "is there a file, by older libraries"),
#endif
    ALLOW(faccessat, "is there a file"),
    ALLOW(faccessat2, "is there a file"),
#ifdef SYS_readlink
    ALLOW(readlink, "links of certificates, by older libraries"),
#endif
    ALLOW(readlinkat, "links of certificates"),
    ALLOW(getdents64, "the folder of certificates"),
    ALLOW(getcwd, "names of files in libraries"),

    /* the network */
    ALLOW_IF(socket, "providers", "IPv4 or IPv6, TCP", OF_IP(0), TYPE(1, SOCK_STREAM),
             IS(2, IPPROTO_TCP)),
    ALLOW_IF(socket, "resolver, when UDP is too short", "IPv4 or IPv6, TCP by default", OF_IP(0),
             TYPE(1, SOCK_STREAM), IS(2, 0)),
    ALLOW_IF(socket, "resolver; can IPv6 be had", "IPv4 or IPv6, UDP by default", OF_IP(0),
             TYPE(1, SOCK_DGRAM), IS(2, 0)),
    ALLOW_IF(socket, "the order of addresses", "IPv4 or IPv6, UDP", OF_IP(0), TYPE(1, SOCK_DGRAM),
             IS(2, IPPROTO_UDP)),
    ALLOW_IF(socketpair, "libcurl's resolver thread tells that it is done", "UNIX, stream",
             IS(0, AF_UNIX), TYPE(1, SOCK_STREAM)),
    ALLOW(connect, "providers, resolver; Landlock says which ports"),
    ALLOW(getpeername, "libcurl, on each connection"),
    ALLOW(getsockname, "libcurl, on each connection; the order of addresses"),
    ALLOW(getsockopt, "has a connection come about"),
    ALLOW_IF(setsockopt, "keep-alive, errors of the resolver", "of sockets or IPv4",
             BITS(1, ~SOL_SOCKET, IPPROTO_IP)),
    ALLOW_IF(setsockopt, "no delay, keep-alive", "of TCP", IS(1, IPPROTO_TCP)),
    ALLOW_IF(setsockopt, "errors of the resolver", "of IPv6", IS(1, IPPROTO_IPV6)),
    /* A first packet with data would connect past Landlock. */
    ALLOW_IF(sendto, "link, sockets", "no fast open", BITS(3, MSG_FASTOPEN, 0)),
    ALLOW_IF(sendmsg, "sockets", "no fast open", BITS(2, MSG_FASTOPEN, 0)),
    ALLOW_IF(sendmmsg, "resolver", "no fast open", BITS(3, MSG_FASTOPEN, 0)),
    ALLOW(recvfrom, "sockets"),
    ALLOW(recvmsg, "link, resolver"),
    ALLOW(recvmmsg, "resolver"),
    ALLOW(shutdown, "ends of connections"),
    ALLOW(eventfd2, "younger libcurl, instead of a socketpair"),
    ALLOW(pipe2, "libcurl, where it has no eventfd"),

/* waiting */
#ifdef SYS_poll
    ALLOW(poll, "waits for link, sockets, signals"),
#endif
    ALLOW(ppoll, "waits for link, sockets, signals"),
#ifdef SYS_select
    ALLOW(select, "libraries that wait for a moment"),
#endif
    ALLOW(pselect6, "libraries that wait for a moment"),
#ifdef SYS_epoll_wait
    ALLOW(epoll_wait, "younger libcurl"),
#endif
    ALLOW(epoll_create1, "younger libcurl"),
    ALLOW(epoll_ctl, "younger libcurl"),
    ALLOW(epoll_pwait, "younger libcurl"),
    ALLOW(nanosleep, "libraries that wait for a moment"),
    ALLOW(clock_nanosleep, "libraries that wait for a moment"),
    ALLOW(restart_syscall, "the kernel, after a stop in a wait"),

    /* clocks, where the kernel has no page for them */
    ALLOW(clock_gettime, "timers, stamps"),
    ALLOW(clock_getres, "timers"),
    ALLOW(gettimeofday, "stamps of libraries"),
#ifdef SYS_time
    ALLOW(time, "stamps of libraries"),
#endif
    ALLOW(times, "OpenSSL's random numbers"),
    ALLOW(getrusage, "what was used"),

    /* memory */
    ALLOW(brk, "memory"),
    ALLOW_IF(mmap, "memory, files of libc", "not writable and executable at once",
             BITS(2, PROT_EXEC, 0)),
    ALLOW_IF(mmap, "code of libraries", "not writable and executable at once",
             BITS(2, PROT_WRITE, 0)),
    ALLOW_IF(mprotect, "memory, stacks of threads", "not writable and executable at once",
             BITS(2, PROT_EXEC, 0)),
    ALLOW_IF(mprotect, "code of libraries", "not writable and executable at once",
             BITS(2, PROT_WRITE, 0)),
    ALLOW(mremap, "memory that grows"),
    ALLOW(munmap, "memory"),
    ALLOW(madvise, "memory of threads that ended"),
    ALLOW(mlock, "OpenSSL's and our memory of keys"),
    ALLOW(munlock, "OpenSSL's and our memory of keys"),
    ALLOW(getrandom, "TLS, ids"),

    /* threads: the resolver's */
    CALL_ROW(clone3, ENOSYS, "its flags cannot be seen here; libc then takes clone"),
    ALLOW_IF(clone, "the resolver's thread", "a thread",
             BITS(0, CLONE_THREAD | NAMESPACES, CLONE_THREAD)),
    ALLOW(set_robust_list, "threads"),
    ALLOW(rseq, "threads"),
    ALLOW(set_tid_address, "threads"),
    ALLOW(futex, "threads"),
    ALLOW(sched_yield, "threads"),
    ALLOW(sched_getaffinity, "how many processors there are"),
    ALLOW_IF(prctl, "names of threads", "PR_SET_NAME", IS(0, PR_SET_NAME)),
    ALLOW_IF(prlimit64, "the stack of a thread", "nothing is set", NOTHING_AT(2)),
    ALLOW(exit, "ends of threads"),
    ALLOW(exit_group, "the end"),

    /* the rest of closing in, behind the filter: it takes away only */
    ALLOW_IF(unshare, "is this the only thread", "CLONE_THREAD, which changes nothing",
             IS(0, CLONE_THREAD)),
    ALLOW(landlock_add_rule, "ports and files of the providers, when they are known"),
    ALLOW(landlock_restrict_self, "files and ports from then on"),
    ALLOW_IF(prctl, "the memory is shut", "PR_SET_DUMPABLE to 0", IS(0, PR_SET_DUMPABLE),
             NOTHING_AT(1)),
    ALLOW_IF(prlimit64, "the memory is shut", "RLIMIT_CORE of itself", IS(0, 0),
             IS(1, RLIMIT_CORE)),

    /* itself */
    ALLOW(getpid, "OpenSSL's random numbers, raise"),
    ALLOW(gettid, "raise"),
    ALLOW(getppid, "does councild live"),
    ALLOW(getuid, "libraries that look whether they are privileged"),
    ALLOW(geteuid, "libraries that look whether they are privileged"),
    ALLOW(getgid, "libraries that look whether they are privileged"),
    ALLOW(getegid, "libraries that look whether they are privileged"),
    ALLOW(uname, "the resolver's default domain"),
    ALLOW(sysinfo, "how much memory there is"),
    ALLOW(rt_sigaction, "SIGPIPE, the default of SIGTERM at the end"),
    ALLOW(rt_sigprocmask, "threads, the end"),
    ALLOW(rt_sigreturn, "handlers of libraries"),
    ALLOW(sigaltstack, "threads of instrumented builds"),
    ALLOW_IF(tgkill, "SIGTERM as the last word, abort", "itself", ITSELF(0)),
    ALLOW_IF(kill, "SIGTERM as the last word", "itself", ITSELF(0)),
    ALLOW(wait4, "the tool keeper's end"),
    ALLOW(waitid, "the tool keeper's end"),
};

const struct call_policy RUNNER_CALLS = {
    .rows = ROWS,
    .count = ARRAY_LEN(ROWS),
    .others = EPERM,
    .unknown = ENOSYS,
};
