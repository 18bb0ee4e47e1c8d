"""What each attempt has to come to, by what the column is and what the daemon says is in force.

A result is `through`, the name of an errno, `refused` (the other side said no), `nothing` (let in, and what was looked for is not
there), or `absent` (nothing of the kind there)."""
import os

OTHERS = ("victim", "daemon", "sibling", "keeper", "runner")
# Reach into another process, which a security module may forbid to all but its parent.
INTO = ("mem-read", "mem-write", "ptrace", "vm-read", "vm-write", "getfd", "kcmp")
# What an ordinary user may not do on any machine: no boundary of ours.
NEVER = {"packets": {"EPERM"}, "mount-plain": {"EPERM"}, "unmount": {"EPERM"}, "remount": {"EPERM"}, "open-tree": {"EPERM"},
         "open-by-handle": {"EPERM"}, "setns-daemon": {"EPERM", "EACCES"}}
# What depends on how the kernel was built or set.
PERHAPS = {"bpf": {"EPERM", "through"}, "af-alg": {"EAFNOSUPPORT", "ENOENT", "through"}, "vsock": {"EAFNOSUPPORT", "through"},
           "io-uring": {"EPERM", "ENOSYS", "through"}, "perf": {"EACCES", "EPERM", "ENOENT", "through"},
           "userfaultfd": {"ENOSYS", "EPERM", "through"}, "keyctl": {"ENOSYS", "through"}, "add-key": {"ENOSYS", "through"},
           "mptcp-other": {"EPROTONOSUPPORT", "ENOPROTOOPT", "through"}, "user-namespace": {"EPERM", "ENOSPC", "through"},
           "mount": {"EPERM", "EACCES", "ENOSPC", "through"}, "chroot": {"EPERM", "EACCES", "ENOSPC", "through"}}
RECORD = ("own-record-truncate", "own-record-fallocate", "own-record-append-off", "read-beside")


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


def without(name, column):
    """Where the sandbox is off: everything gets through but what the kernel, or a boundary that is no sandbox, forbids."""
    what, whom = parts(name)
    if name in NEVER:
        return NEVER[name]
    if name in PERHAPS:
        return PERHAPS[name]
    if name == "control-socket":
        return {"refused"}
    if name in RECORD and column.where == "tool":
        return {"absent"}
    if name == "cgroup-procs" and column.containment == "group":
        return {"absent"}
    if name == "own-folder-write":
        return {"EACCES", "through"}
    if name in ("own-descriptors", "own-environment"):
        return {"absent"} if name == "own-descriptors" and column.where == "runner" else {"nothing"}
    if name in ("dumpable", "new-privileges"):
        return {"through", "nothing"}
    if whom == "runner" and column.where == "runner":
        return {"absent"}
    if whom not in (None, "victim"):
        return {"EACCES", "EPERM", "nothing", "through"}
    if what in INTO and traced_by_parents_only():
        return {"EPERM", "EACCES", "through"}
    return {"through"}


def expected(name, column, info):
    del info
    return without(name, column)


assert os.path.isdir("/proc/self"), "what others hold is looked for in /proc"
