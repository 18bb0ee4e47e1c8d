"""Processes that stop whenever they sync a file, so that a test can look at what has been told and what stands by then.

    stopper = Stopper(path)                 # of a socket that it makes
    runner = stopping(path, stopper)        # a program to be given to a daemon as its runner
    stopper.on = True
    stopper.attend(client, done, look)      # until done(); look(pause) at each sync: pause.when is before or after, pause.pid

The work is done by stop_at_sync.so, which is preloaded; it stands beside the programs.
"""
import os
import queue
import socket
import threading
import time

from harness import BUILD

LIBRARY = os.path.join(BUILD, "stop_at_sync.so")
SANITIZER = {"ASAN_OPTIONS": "verify_asan_link_order=0"}   # it would have its own library come first
RUNNER = """#!/bin/sh
{env} exec {build}/council-runner
"""


class Pause:
    """A process that waits in a sync."""

    def __init__(self, conn, line):
        self.conn = conn
        self.when, pid = line.split()
        self.pid = int(pid)

    def go_on(self):
        self.conn.sendall(b".")


class Stopper:
    """Where processes that sync wait. Until `on` they are let through at once."""

    def __init__(self, path):
        self.pauses = queue.Queue()
        self.on = False
        self.path = path
        self.env = {"LD_PRELOAD": LIBRARY, "SYNCS_SOCKET": path, **SANITIZER}
        self.server = socket.socket(socket.AF_UNIX)
        self.server.bind(path)
        self.server.listen(64)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                conn, _ = self.server.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(conn,), daemon=True).start()

    def serve(self, conn):
        with conn, conn.makefile("r") as lines:
            try:
                for line in lines:
                    pause = Pause(conn, line)
                    if self.on:
                        self.pauses.put(pause)
                    else:
                        pause.go_on()
            except OSError:
                pass    # it was killed

    def next(self):
        try:
            return self.pauses.get_nowait()
        except queue.Empty:
            return None

    def attend(self, client, done, look):
        """Lets whoever waits go on, after look(pause), until done(); meanwhile the client hears what it is told."""
        end = time.monotonic() + 60
        while not done():
            if time.monotonic() > end:
                raise AssertionError(client.tail())
            pause = self.next()
            if not pause:
                client._receive(0.002)
                continue
            look(pause)
            pause.go_on()

    def close(self):
        self.on = False
        while pause := self.next():
            pause.go_on()
        self.server.close()


def hear_runners(client):
    """What runners have sent was read before a second request is answered: the client has been told of it."""
    client.call("supervisor.info")
    client.call("supervisor.info")


def stopping(path, stopper):
    """Makes the program there; its path."""
    with open(path, "w") as f:
        f.write(RUNNER.format(env=" ".join(f"{name}={value}" for name, value in stopper.env.items()), build=BUILD))
    os.chmod(path, 0o755)
    return path
