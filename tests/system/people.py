"""Connections of other users: a process of theirs connects and hands the socket over."""
import os
import socket
import subprocess
import sys

import harness
from patience import patience

# Another user may not be allowed to run the interpreter that runs us.
PYTHON = "/usr/bin/python3" if os.path.exists("/usr/bin/python3") else sys.executable

CONNECT = """
import socket, sys
out = socket.socket(fileno=0)
s = socket.socket(socket.AF_UNIX)
try:
    s.connect(sys.argv[1])
except PermissionError:
    out.send(b"refused")
else:
    socket.send_fds(out, [b"connected"], [s.fileno()])
"""


def client_of(daemon, user, groups=(), group=None):
    """A client of the daemon that this user has made, with these groups beside its own; None: it may not even connect."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        subprocess.run([PYTHON, "-c", CONNECT, daemon.socket], user=user, group=user if group is None else group,
                       extra_groups=list(groups), cwd="/", stdin=theirs, check=True, timeout=patience(30))
        word, found, _, _ = socket.recv_fds(ours, 64, 1)
    if word != b"connected":
        return None
    client = harness.Client(None, sock=socket.socket(fileno=found[0]))
    daemon.clients.append(client)
    return client


def open_the_way(case, daemon):
    """Lets others reach the folder of the socket, which lies in a private one of the test."""
    os.chmod(case.dir, 0o755)
    os.chmod(daemon.dir, 0o755)
