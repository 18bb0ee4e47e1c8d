"""What another process asks the kernel to sync, read by tracing it: for one that takes nothing from anybody, no preloaded library either.

    with Traced(pid) as traced:
        ...
        traced.until(("fdatasync", path))
        traced.syncs(2)         # the next: [("fsync", path), ("fsync", path)] as soon as there are so many

Everything happens in the calling thread, as ptrace wants it; the process goes on only while it is waited for.
"""
import ctypes
import os
import platform
import signal
import struct
import time

import harness

SEIZE, INTERRUPT, SYSCALL, DETACH, SYSCALL_INFO = 0x4206, 0x4207, 24, 17, 0x420E
SYSGOOD, SYSCALL_STOP, ENTRY = 1, signal.SIGTRAP | 0x80, 1
WALL = 0x40000000
NAMES = {"x86_64": {74: "fsync", 75: "fdatasync"}, "aarch64": {82: "fsync", 83: "fdatasync"}}
libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = (ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p)
libc.ptrace.restype = ctypes.c_long


def ptrace(request, pid, address=None, data=None):
    if libc.ptrace(request, pid, address, data) < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


class Traced:
    def __init__(self, pid):
        self.pid = pid
        self.stopped = False
        self.names = NAMES.get(platform.machine())
        if not self.names:
            harness.not_here(f"no numbers of system calls for {platform.machine()}")

    def __enter__(self):
        try:
            ptrace(SEIZE, self.pid, None, SYSGOOD)
        except PermissionError as fault:
            harness.not_here(f"processes cannot be traced here: {fault}")
        ptrace(INTERRUPT, self.pid)
        self.wait(time.monotonic() + 10)
        return self

    def __exit__(self, *_):
        if not self.stopped:
            ptrace(INTERRUPT, self.pid)
            self.wait(time.monotonic() + 10)
        ptrace(DETACH, self.pid)

    def wait(self, end):
        """Until it stops: the signal."""
        while True:
            pid, status = os.waitpid(self.pid, os.WNOHANG | WALL)
            if pid and os.WIFSTOPPED(status):
                self.stopped = True
                return os.WSTOPSIG(status)
            if pid:
                raise AssertionError(f"the traced process ended: {status}")
            if time.monotonic() > end:
                raise AssertionError("the traced process does not stop in time")
            time.sleep(0.001)

    def entered(self):
        """The (name, path) of a sync that it is about to do, or None."""
        info = ctypes.create_string_buffer(88)
        ptrace(SYSCALL_INFO, self.pid, ctypes.c_void_p(len(info)), ctypes.addressof(info))
        operation, number, fd = info.raw[0], *struct.unpack_from("<Qi", info.raw, 24)
        if operation != ENTRY or number not in self.names:
            return None
        return self.names[number], os.readlink(f"/proc/{self.pid}/fd/{fd}")

    def syncs(self, count, seconds=10):
        found, end = [], time.monotonic() + seconds
        while len(found) < count:
            ptrace(SYSCALL, self.pid)
            self.stopped = False
            if self.wait(end) == SYSCALL_STOP and (sync := self.entered()):
                found.append(sync)
        return found

    def until(self, sync):
        while self.syncs(1) != [sync]:
            pass
