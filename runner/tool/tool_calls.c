#include "tool_calls.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/xalloc.h"
#include "runner/sandbox/call_filter.h"

#define NO(NAME, REASON) CALL_ROW(NAME, EPERM, REASON)
#define NO_IF(NAME, REASON, WHEN, ...)                                                             \
    CALL_ROW_IF(NAME, EPERM, CALL_ALLOW, REASON, WHEN, __VA_ARGS__)
#define ARGUMENT(N, VALUE)                                                                         \
    {                                                                                              \
        .mask = UINT32_MAX, .value = (uint32_t)(VALUE), .argument = (N)                            \
    }
#define FLAG(N, VALUE)                                                                             \
    {                                                                                              \
        .mask = (uint32_t)(VALUE), .value = (uint32_t)(VALUE), .argument = (N)                     \
    }
#define NOT_ITSELF(N)                                                                              \
    {                                                                                              \
        .mask = UINT32_MAX, .value = 0, .argument = (N), .differs = true                           \
    }
#define NOT_ONE(N, PROCESS)                                                                        \
    {                                                                                              \
        .mask = UINT32_MAX, .value = (PROCESS), .argument = (N), .differs = true                   \
    }
#define NEW_NAMESPACE(BIT) NO_IF(clone, "namespaces give rights", #BIT, FLAG(0, BIT))

enum { IOPRIO_PROCESS = 1 /* linux/ioprio.h */, SMC_FAMILY = 43, MCTP_FAMILY = 45 };

static const char OTHERS[] = "reaches into other processes", MOUNTS[] = "changes what is mounted",
                  MACHINE[] = "changes the machine", KERNEL[] = "a wide way into the kernel",
                  KEYS[] = "keys that outlive the run", MODES[] = "modes of files of others",
                  OWNERS[] = "owners of files of others", TIMES[] = "times of files of others",
                  ATTRIBUTES[] = "attributes of files of others",
                  TURNS[] = "limits and turns of others", SHARED[] = "memory and queues of others",
                  LEAVES[] = "what leaves the run's process group outlives the run",
                  PORTS[] = "connections that Landlock does not look at",
                  CONTENT[] = "before Linux 6.2 Landlock keeps nobody from cutting files off";

static const struct call_row ALWAYS[] = {
    NO(ptrace, OTHERS),
    NO(process_vm_readv, OTHERS),
    NO(process_vm_writev, OTHERS),
    NO(process_madvise, OTHERS),
    NO(pidfd_getfd, OTHERS),
    NO(kcmp, OTHERS),
    NO(mount, MOUNTS),
    NO(umount2, MOUNTS),
    NO(pivot_root, MOUNTS),
    NO(chroot, MOUNTS),
    NO(move_mount, MOUNTS),
    NO(open_tree, MOUNTS),
    NO(fsopen, MOUNTS),
    NO(fsconfig, MOUNTS),
    NO(fsmount, MOUNTS),
    NO(fspick, MOUNTS),
    NO(mount_setattr, MOUNTS),
    NO(unshare, "namespaces give rights"),
    NO(setns, "namespaces give rights"),
    CALL_ROW(clone3, ENOSYS, "its flags stand in memory; programs take clone then"),
    NEW_NAMESPACE(CLONE_NEWUSER),
    NEW_NAMESPACE(CLONE_NEWNS),
    NEW_NAMESPACE(CLONE_NEWPID),
    NEW_NAMESPACE(CLONE_NEWNET),
    NEW_NAMESPACE(CLONE_NEWIPC),
    NEW_NAMESPACE(CLONE_NEWUTS),
    NEW_NAMESPACE(CLONE_NEWCGROUP),
    NO(bpf, KERNEL),
    NO(perf_event_open, KERNEL),
    NO(userfaultfd, KERNEL),
    NO(io_uring_setup, KERNEL),
    NO(io_uring_enter, KERNEL),
    NO(io_uring_register, KERNEL),
    NO(fanotify_init, KERNEL),
    NO(open_by_handle_at, "opens files past their folders"),
    NO(keyctl, KEYS),
    NO(add_key, KEYS),
    NO(request_key, KEYS),
    NO(init_module, MACHINE),
    NO(finit_module, MACHINE),
    NO(delete_module, MACHINE),
    NO(kexec_load, MACHINE),
    NO(kexec_file_load, MACHINE),
    NO(reboot, MACHINE),
    NO(swapon, MACHINE),
    NO(swapoff, MACHINE),
    NO(acct, MACHINE),
    NO(quotactl, MACHINE),
    NO(syslog, MACHINE),
    NO(sethostname, MACHINE),
    NO(setdomainname, MACHINE),
    NO(settimeofday, MACHINE),
    NO(clock_settime, MACHINE),
    NO(clock_adjtime, MACHINE),
    NO(vhangup, MACHINE),
#ifdef SYS_iopl
    NO(iopl, MACHINE),
    NO(ioperm, MACHINE),
#endif
    NO_IF(socket, KERNEL, "a network's raw packets", ARGUMENT(0, AF_PACKET)),
    NO_IF(socket, KERNEL, "the kernel's ciphers", ARGUMENT(0, AF_ALG)),
    NO_IF(socket, KERNEL, "a hypervisor", ARGUMENT(0, AF_VSOCK)),
    NO_IF(socket, KERNEL, "a cluster", ARGUMENT(0, AF_TIPC)),
    NO_IF(socket, KERNEL, "bluetooth", ARGUMENT(0, AF_BLUETOOTH)),
    NO_IF(socket, KERNEL, "keys of IPsec", ARGUMENT(0, AF_KEY)),
    NO_IF(socket, KERNEL, "IPX", ARGUMENT(0, AF_IPX)),
    NO_IF(socket, KERNEL, "AppleTalk", ARGUMENT(0, AF_APPLETALK)),
    NO_IF(socket, KERNEL, "amateur radio", ARGUMENT(0, AF_AX25)),
    NO_IF(socket, KERNEL, "NET/ROM", ARGUMENT(0, AF_NETROM)),
    NO_IF(socket, KERNEL, "ROSE", ARGUMENT(0, AF_ROSE)),
    NO_IF(socket, KERNEL, "X.25", ARGUMENT(0, AF_X25)),
    NO_IF(socket, KERNEL, "DECnet", ARGUMENT(0, AF_DECnet)),
    NO_IF(socket, KERNEL, "ATM", ARGUMENT(0, AF_ATMPVC)),
    NO_IF(socket, KERNEL, "ATM, switched", ARGUMENT(0, AF_ATMSVC)),
    NO_IF(socket, KERNEL, "LLC", ARGUMENT(0, AF_LLC)),
    NO_IF(socket, KERNEL, "infrared", ARGUMENT(0, AF_IRDA)),
    NO_IF(socket, KERNEL, "PPP over others", ARGUMENT(0, AF_PPPOX)),
    NO_IF(socket, KERNEL, "MCTP", ARGUMENT(0, MCTP_FAMILY)),
    NO_IF(socket, KERNEL, "RDS", ARGUMENT(0, AF_RDS)),
    NO_IF(socket, KERNEL, "InfiniBand", ARGUMENT(0, AF_IB)),
    NO_IF(socket, KERNEL, "MPLS", ARGUMENT(0, AF_MPLS)),
    NO_IF(socket, KERNEL, "CAN", ARGUMENT(0, AF_CAN)),
    NO_IF(socket, KERNEL, "AFS", ARGUMENT(0, AF_RXRPC)),
    NO_IF(socket, KERNEL, "ISDN", ARGUMENT(0, AF_ISDN)),
    NO_IF(socket, KERNEL, "Phonet", ARGUMENT(0, AF_PHONET)),
    NO_IF(socket, KERNEL, "802.15.4", ARGUMENT(0, AF_IEEE802154)),
    NO_IF(socket, KERNEL, "CAIF", ARGUMENT(0, AF_CAIF)),
    NO_IF(socket, KERNEL, "NFC", ARGUMENT(0, AF_NFC)),
    NO_IF(socket, KERNEL, "KCM", ARGUMENT(0, AF_KCM)),
    NO_IF(socket, KERNEL, "Qualcomm's router", ARGUMENT(0, AF_QIPCRTR)),
    NO_IF(socket, KERNEL, "XDP", ARGUMENT(0, AF_XDP)),
    NO_IF(socket, KERNEL, "netlink but for routes", ARGUMENT(0, AF_NETLINK), NOT_ONE(2, 0)),
    NO_IF(socket, PORTS, "TCP by shared memory", ARGUMENT(0, SMC_FAMILY)),
    NO_IF(socket, PORTS, "SCTP", ARGUMENT(2, IPPROTO_SCTP)),
    NO_IF(socket, PORTS, "multipath TCP and other numbers above 255",
          {.mask = ~0xffu, .value = 0, .argument = 2, .differs = true}),
    NO_IF(sendto, PORTS, "fast open", FLAG(3, MSG_FASTOPEN)),
    NO_IF(sendmsg, PORTS, "fast open", FLAG(2, MSG_FASTOPEN)),
    NO_IF(sendmmsg, PORTS, "fast open", FLAG(3, MSG_FASTOPEN)),
};

static const struct call_row FOREIGN_FILES[] = {
    NO(fchmod, MODES),
    NO(fchmodat, MODES),
    NO(fchown, OWNERS),
    NO(fchownat, OWNERS),
    NO(utimensat, TIMES),
    NO(setxattr, ATTRIBUTES),
    NO(lsetxattr, ATTRIBUTES),
    NO(fsetxattr, ATTRIBUTES),
    NO(removexattr, ATTRIBUTES),
    NO(lremovexattr, ATTRIBUTES),
    NO(fremovexattr, ATTRIBUTES),
#ifdef SYS_chmod
    NO(chmod, MODES),
    NO(chown, OWNERS),
    NO(lchown, OWNERS),
    NO(utime, TIMES),
    NO(utimes, TIMES),
    NO(futimesat, TIMES),
#endif
};

/* A pair of datagram sockets can be connected to somebody else afterwards. */
static const struct call_row LOCAL_SOCKETS[] = {
    NO_IF(socket, "sockets of others, the control socket too", "of this machine",
          ARGUMENT(0, AF_UNIX)),
    NO_IF(socketpair, "one of a pair can be connected to others", "datagrams",
          {.mask = 0xf, .value = SOCK_DGRAM, .argument = 1}),
    NO_IF(socketpair, "one of a pair can be connected to others", "datagrams by another name",
          {.mask = 0xf, .value = SOCK_RAW, .argument = 1}),
};

static const struct call_row NETWORKS[] = {
    NO_IF(socket, "it has no network", "IPv4", ARGUMENT(0, AF_INET)),
    NO_IF(socket, "it has no network", "IPv6", ARGUMENT(0, AF_INET6)),
};

/* Landlock knows nothing of these; namespaces hide who could be meant. */
static const struct call_row OF_OTHERS[] = {
    NO_IF(prlimit64, TURNS, "another process", NOT_ITSELF(0)),
    NO_IF(setpriority, TURNS, "another process", NOT_ITSELF(1)),
    NO_IF(setpriority, TURNS, "a group or a user", NOT_ONE(0, PRIO_PROCESS)),
    NO_IF(ioprio_set, TURNS, "another process", NOT_ITSELF(1)),
    NO_IF(ioprio_set, TURNS, "a group or a user", NOT_ONE(0, IOPRIO_PROCESS)),
    NO_IF(sched_setaffinity, TURNS, "another process", NOT_ITSELF(0)),
    NO_IF(sched_setscheduler, TURNS, "another process", NOT_ITSELF(0)),
    NO_IF(sched_setparam, TURNS, "another process", NOT_ITSELF(0)),
    NO_IF(sched_setattr, TURNS, "another process", NOT_ITSELF(0)),
    NO_IF(migrate_pages, TURNS, "another process", NOT_ITSELF(0)),
    NO_IF(move_pages, TURNS, "another process", NOT_ITSELF(0)),
    NO(shmget, SHARED),
    NO(shmat, SHARED),
    NO(shmctl, SHARED),
    NO(semget, SHARED),
    NO(semop, SHARED),
    NO(semtimedop, SHARED),
    NO(semctl, SHARED),
    NO(msgget, SHARED),
    NO(msgsnd, SHARED),
    NO(msgrcv, SHARED),
    NO(msgctl, SHARED),
    NO(mq_open, SHARED),
    NO(mq_unlink, SHARED),
    NO(inotify_add_watch, "names of files in folders of others"),
};

static const struct call_row GROUPS[] = {
    NO(setsid, LEAVES),
    NO(setpgid, LEAVES),
};

#define CUTS(ARGUMENT)                                                                             \
    {                                                                                              \
        .mask = O_ACCMODE | O_TRUNC, .value = O_RDONLY | O_TRUNC, .argument = (ARGUMENT)           \
    }
static const struct call_row TRUNCATION[] = {
    NO(truncate, CONTENT),
    NO_IF(openat, CONTENT, "O_TRUNC for reading", CUTS(2)),
#ifdef SYS_open
    NO_IF(open, CONTENT, "O_TRUNC for reading", CUTS(1)),
#endif
    CALL_ROW(openat2, ENOSYS, "its flags stand in memory; programs take openat then"),
};

static const struct {
    const struct call_row *rows;
    size_t count;
} TABLES[TOOL_CALL_TABLES] = {
    [TOOL_CALLS_ALWAYS] = {ALWAYS, ARRAY_LEN(ALWAYS)},
    [TOOL_CALLS_FOREIGN_FILES] = {FOREIGN_FILES, ARRAY_LEN(FOREIGN_FILES)},
    [TOOL_CALLS_LOCAL_SOCKETS] = {LOCAL_SOCKETS, ARRAY_LEN(LOCAL_SOCKETS)},
    [TOOL_CALLS_NETWORKS] = {NETWORKS, ARRAY_LEN(NETWORKS)},
    [TOOL_CALLS_OF_OTHERS] = {OF_OTHERS, ARRAY_LEN(OF_OTHERS)},
    [TOOL_CALLS_GROUPS] = {GROUPS, ARRAY_LEN(GROUPS)},
    [TOOL_CALLS_TRUNCATION] = {TRUNCATION, ARRAY_LEN(TRUNCATION)},
};

const struct call_row *tool_call_rows(enum tool_call_table table, size_t *ret_count)
{
    *ret_count = TABLES[table].count;
    return TABLES[table].rows;
}

static bool is_asked(const struct tool_calls_for *what, enum tool_call_table table)
{
    const bool asked[TOOL_CALL_TABLES] = {
        true,         what->foreign_files, what->local_sockets, what->networks, what->of_others,
        what->groups, what->truncation};
    return asked[table];
}

static size_t collect(const struct tool_calls_for *what, struct call_row *rows)
{
    size_t n = 0;
    for (int i = 0; i < TOOL_CALL_TABLES; i++) {
        if (!is_asked(what, (enum tool_call_table)i))
            continue;
        if (rows)
            memcpy(rows + n, TABLES[i].rows, TABLES[i].count * sizeof(*rows));
        n += TABLES[i].count;
    }
    return n;
}

int tool_calls_enforce(const struct tool_calls_for *what, struct error *err)
{
    size_t count = collect(what, NULL);
    _cleanup_free_ struct call_row *rows = xcalloc(count, sizeof(*rows));
    struct call_policy policy = {rows, collect(what, rows), CALL_ALLOW, ENOSYS};
    struct call_filter *filter = call_filter_new(&policy, getpid(), err);
    if (!filter)
        return -EINVAL;
    int r = call_filter_enforce(filter);
    call_filter_free(filter);
    return r < 0 ? error_errno(err, -r, "a filter of system calls") : 0;
}
