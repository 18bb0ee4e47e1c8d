"""docs/rules.md, Life of the daemon: the locks and the path of the socket, which daemons of one place fight for."""
import fcntl
import os
import socket
import threading

import harness
from harness import HANG, QUICK, Stopwatch, council, wait_until

GOOD = council(*HANG)


class Lock(harness.Case):
    def test_lock_that_is_held_for_a_moment_only(self):
        # A child of a killed daemon holds the lock until exec: the next daemon used to take it for a rival and gave up.
        d = self.new_daemon()
        os.mkdir(d.state, 0o700)
        lock = os.open(os.path.join(d.state, "lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
        timer = threading.Timer(0.1, os.close, (lock,))
        timer.start()
        d.start()
        timer.join()

    def test_loser_leaves_the_winner_alone(self):
        d = self.daemon()
        c = d.client()
        run = c.start(GOOD, monitor=True)
        inode = os.stat(d.socket).st_ino
        for change in ({}, {"state_dir": os.path.join(self.dir, "other-state")}, {"socket": os.path.join(self.dir, "other-sock")}):
            self.path("other-")
            rival = harness.Daemon(d.dir, **{**d.flags, **change})
            rival.log_path = self.path("rival.log")
            watch = Stopwatch()
            rival.launch()
            self.assertGreater(rival.wait(), 0)
            self.assertLess(watch.seconds, QUICK)
            self.assertEqual(os.stat(d.socket).st_ino, inode)
        self.assertEqual(c.call("supervisor.info")["pid"], d.pid)
        self.assertEqual(c.listed()[run["run_id"]]["pid"], run["pid"])
        self.assertFalse(os.path.exists(os.path.join(self.dir, "other-sock")))

    def test_of_many_started_together_exactly_one_survives(self):
        first = self.new_daemon()
        rivals = [first]
        for n in range(5):
            other = harness.Daemon(first.dir, **first.flags)
            other.log_path = self.path(f"rival{n}.log")
            rivals.append(other)
        for d in rivals:
            d.launch()
        wait_until(lambda: sum(d.process.poll() is None for d in rivals) == 1, 20)
        winner = next(d for d in rivals if d.alive())
        winner.wait_ready()
        self.daemons[:] = [winner]
        for d in rivals:
            if d is not winner:
                self.assertGreater(d.process.returncode, 0)
        self.assertEqual(winner.client().call("supervisor.info")["pid"], winner.pid)

    def test_lock_files_are_never_removed(self):
        d = self.daemon()
        locks = [os.path.join(d.state, "lock"), d.socket + ".lock"]
        inodes = [os.stat(p).st_ino for p in locks]
        self.assertEqual(d.stop(), 0)
        self.assertEqual([os.stat(p).st_ino for p in locks], inodes)
        d.restart()
        self.assertEqual([os.stat(p).st_ino for p in locks], inodes)


class SocketPath(harness.Case):
    def test_stale_socket_is_replaced(self):
        d = self.new_daemon()
        s = socket.socket(socket.AF_UNIX)
        s.bind(d.socket)
        s.close()
        d.start()

    def test_anything_else_stays_as_it_is(self):
        d = self.new_daemon()
        target = self.path("target")
        with open(target, "w") as f:
            f.write("precious")
        for make in (lambda p: open(p, "w").write("precious"), os.mkdir, lambda p: os.symlink(target, p),
                     lambda p: os.symlink("/nowhere", p), os.mkfifo):
            make(d.socket)
            before = os.lstat(d.socket)
            before_lines = len(d.log().splitlines()) if os.path.exists(d.log_path) else 0
            d.launch()
            self.assertGreater(d.wait(), 0, d.log())
            self.assertEqual(len(d.log().splitlines()), before_lines + 1, d.log())
            after = os.lstat(d.socket)
            self.assertEqual((before.st_ino, before.st_mode, before.st_size), (after.st_ino, after.st_mode, after.st_size))
            (os.rmdir if os.path.isdir(d.socket) and not os.path.islink(d.socket) else os.unlink)(d.socket)
        self.assertEqual(open(target).read(), "precious")
        d.start()

    def test_path_too_long(self):
        d = self.new_daemon()
        folder = os.path.join(d.dir, "l" * 60)
        os.mkdir(folder, 0o700)
        d.flags["socket"] = os.path.join(folder, "s" * (108 - len(folder) - 1))
        self.assertEqual(len(d.flags["socket"]), 108)
        d.launch()
        d.expected_status = d.wait()
        self.assertGreater(d.expected_status, 0)
        self.assertFalse(os.path.exists(d.flags["socket"]))
        self.assertEqual([n for n in os.listdir(folder) if not n.endswith(".lock")], [])
        self.extra_files.add("l" * 60)

    def test_socket_that_is_no_longer_ours_is_not_unlinked(self):
        d = self.daemon()
        os.unlink(d.socket)
        s = socket.socket(socket.AF_UNIX)
        self.addCleanup(s.close)
        s.bind(d.socket)
        inode = os.stat(d.socket).st_ino
        self.assertEqual(d.stop(), 0)
        self.assertEqual(os.stat(d.socket).st_ino, inode)
        os.unlink(d.socket)
