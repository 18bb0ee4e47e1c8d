"""What each attempt has to come to, by what the column is and what the daemon says is in force.

A result is `through`, the name of an errno, `refused` (the other side said no), `nothing` (let in, and what was looked for is not
there), or `absent` (nothing of the kind there)."""
import functools
import os

OTHERS = ("victim", "daemon", "sibling", "keeper", "runner")
# Reach into another process, which a security module may forbid to all but its parent.
INTO = ("mem-read", "mem-write", "ptrace", "vm-read", "vm-write", "getfd", "kcmp")
# Parts of /proc/PID.
OF_PROC = ("mem-read", "mem-write", "environ", "maps", "fds", "root", "oom")
# What an ordinary user may not do on any machine: no boundary of ours.
NEVER = {"packets": {"EPERM"}, "mount-plain": {"EPERM"}, "unmount": {"EPERM"}, "remount": {"EPERM"}, "open-tree": {"EPERM"},
         "open-by-handle": {"EPERM"}, "setns-daemon": {"EPERM", "EACCES"}}
# What depends on how the kernel was built or set.
PERHAPS = {"bpf": {"EPERM", "through"}, "af-alg": {"EAFNOSUPPORT", "ENOENT", "through"}, "vsock": {"EAFNOSUPPORT", "through"}, "rds": {"EAFNOSUPPORT", "through"}, "socket-diagnosis": {"EPROTONOSUPPORT", "through"},
           "io-uring": {"EPERM", "ENOSYS", "through"}, "perf": {"EACCES", "EPERM", "ENOENT", "through"},
           "userfaultfd": {"ENOSYS", "EPERM", "through"}, "keyctl": {"ENOSYS", "through"}, "add-key": {"ENOSYS", "through"},
           "mptcp-other": {"EPROTONOSUPPORT", "ENOPROTOOPT", "through"}, "user-namespace": {"EPERM", "ENOSPC", "through"},
           "mount": {"EPERM", "EACCES", "ENOSPC", "through"}, "chroot": {"EPERM", "EACCES", "ENOSPC", "through"}}
RECORD = ("own-record-truncate", "own-record-fallocate", "own-record-append-off", "read-beside")
READS = ("read-secret", "read-credential", "read-config", "read-ended", "read-sibling-record", "read-index", "read-beside", "list-runs",
         "list-socket-folder")


def parts(name):
    """(what is tried, on whom); whom is None where there is one kind of target only."""
    for other in OTHERS:
        if name.endswith("-" + other):
            return name[:-len(other) - 1], other
    return name, None


def traced_by_parents_only():
    try:
        with open("/proc/sys/kernel/yama/ptrace_scope") as f:
            return f.read().strip() != "0"
    except OSError:
        return False


@functools.cache
def has_secret_memory():
    """Memory that nobody reads through the kernel, not even who may trace."""
    numbers = {"x86_64": 447, "aarch64": 447}
    try:
        import ctypes               # not everywhere where this is read
        fd = ctypes.CDLL(None).syscall(numbers[os.uname().machine], 0)
    except (ImportError, KeyError, OSError):
        return False
    if fd >= 0:
        os.close(fd)
    return fd >= 0


def key_in_memory(whom):
    """Where nothing keeps others from the memory. A keeper never has a key of a provider; councild, and a runner that is not just asking,
    have theirs where nobody reads. A run that is asking has it in its request."""
    if whom == "keeper" or (whom in ("daemon", "runner") and has_secret_memory()):
        return {"nothing", "EACCES"}
    return {"through", "nothing", "EACCES"}


def always(name, column):
    """What has nothing to do with the sandbox; None: something else decides."""
    if name == "own-environment":
        return {"nothing"}
    if name == "own-descriptors":
        return {"absent"} if column.where == "runner" else {"nothing"}
    if name in RECORD and column.where == "tool":
        return {"absent"}
    if name == "cgroup-procs" and column.containment == "group":
        return {"absent"}
    if parts(name)[1] == "runner" and column.where == "runner":
        return {"absent"}
    return None


def without(name, column):
    """Where the sandbox is off: everything gets through but what the kernel, or a boundary that is no sandbox, forbids."""
    what, whom = parts(name)
    if name in NEVER:
        return NEVER[name]
    if name in PERHAPS:
        return PERHAPS[name]
    if name == "control-socket":
        return {"refused"}
    if name == "own-folder-write":
        return {"EACCES", "through"}
    if name in ("dumpable", "new-privileges"):
        return {"through", "nothing"}
    if what == "mem-read" and whom != "victim":
        return key_in_memory(whom)
    if whom not in (None, "victim"):
        return {"EACCES", "EPERM", "through"}
    if what in INTO and traced_by_parents_only():
        return {"EPERM", "EACCES", "through"}
    return {"through"}


def runner(name, state):
    """Closed in: the filter answers first, with EPERM, but for files that are opened for reading, sockets of the Internet and clone3."""
    what = parts(name)[0]
    if name in READS or what in ("environ", "maps", "fds", "root", "mem-read") or name == "setns-daemon":
        return {"EACCES"} if state["files"] else {"through", "EACCES", "nothing"}
    if name in ("tcp-provider", "udp-other", "own-record-append-off"):
        return {"through"}
    if name in ("tcp-other", "fast-open-option"):
        return {"EACCES"} if state["network"] else {"through"}
    if name == "clone3":
        return {"ENOSYS"}
    if name in ("dumpable", "new-privileges"):
        return {"EPERM", "nothing"}
    return {"EPERM"}


# What tools may do like anybody: they are programs of the operator's.
TOOLS_MAY = ("personality", "write-and-execute", "fork", "exec", "exec-memory", "dumpable", "bombs", "own-folder-write")
# Refused to every tool, whatever else holds.
TOOLS_MAY_NOT = ("packets", "vsock", "af-alg", "rds", "socket-diagnosis", "user-namespace", "mount", "mount-plain", "unmount", "remount", "open-tree", "chroot", "keyctl", "add-key",
                 "bpf", "io-uring", "userfaultfd", "perf", "open-by-handle", "kcmp", "cores")
NETWORK = ("tcp-provider", "tcp-other", "mptcp-other", "fast-open-other", "fast-open-message", "fast-open-option", "udp-other", "serve")
PAST_LANDLOCK = ("mptcp-other", "fast-open-other", "fast-open-message")
ABSTRACT = ("abstract-stream", "abstract-datagram", "abstract-by-pair")
META = ("chmod-record", "chown-record", "utimes-record", "xattr-record")


def with_namespaces(name, state):
    """Neither processes nor files of others are there at all, nor is a network."""
    what, whom = parts(name)
    if whom == "runner":
        return {"absent"}
    if whom and name != "setns-daemon":
        return {"ENOENT"} if what in OF_PROC else {"ESRCH"}
    if name in ABSTRACT:
        return {"ECONNREFUSED"}
    if name in ("serve", "create-in-shm", "setsid"):
        return {"through"}
    if name in PAST_LANDLOCK:
        return {"EPERM"}
    if name in NETWORK:
        return {"EACCES"} if state["landlock"] >= 4 and name != "udp-other" else {"ENETUNREACH"}
    if name == "shared-memory":
        return {"EINVAL"}
    return {"ENOENT"}


def bare(name, column, state):
    """Landlock keeps files, and from ABI 6 on signals; the filter everything that it does not know of."""
    what, whom = parts(name)
    if name == "truncate-record" and state["landlock"] < 3:
        return {"EPERM"}
    if what == "fds":
        return {"EACCES", "through"} if whom == "victim" else {"EACCES"}
    if what in ("kill", "tgkill", "pidfd") and whom:
        return {"EPERM"} if state["scopes"] else {"through"}
    if what in OF_PROC or name == "setns-daemon":
        return {"EACCES"} if state["files"] else {"through", "EACCES", "EPERM"}
    if name == "setsid":
        return {"through"} if column.containment == "cgroup" else {"EPERM"}
    if whom or name in NETWORK or name in ABSTRACT or name in META or name in ("control-socket", "shared-memory", "watch-runs"):
        return {"EPERM"}
    return {"EACCES"} if state["files"] else {"through"}


def with_ports(name, state):
    """A tool whose file lists the provider's port: TCP to that one, UDP for names. None: as without."""
    ruled = state["landlock"] >= 4
    if name in PAST_LANDLOCK:
        return {"EPERM"}
    if name in ("tcp-other", "fast-open-option"):
        return {"EACCES"} if ruled else {"through"}
    if name in ("tcp-provider", "udp-other", "serve"):
        return {"through"}
    if name in ABSTRACT and state["namespaces"]:
        return {"EPERM"}
    return None


def tool(name, column, state):
    what = parts(name)[0]
    if getattr(column, "ports", False) and with_ports(name, state):
        return with_ports(name, state)
    if name in TOOLS_MAY:
        return {"through"}
    if name == "new-privileges":
        return {"nothing"}
    if name == "clone3":
        return {"ENOSYS"}
    if name in TOOLS_MAY_NOT or (what in ("ptrace", "vm-read", "vm-write") and parts(name)[1] != "runner"):
        return {"EPERM"}
    return with_namespaces(name, state) if state["namespaces"] else bare(name, column, state)


def expected(name, column, state):
    """state: `sandbox` of the run's DOWN."""
    plain = always(name, column)
    if plain is not None:
        return plain
    if column.sandbox == "off":
        return without(name, column)
    return runner(name, state) if column.where == "runner" else tool(name, column, state["tools"])
