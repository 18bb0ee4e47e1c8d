"""docs/rules.md, systemd, without one: notification, watchdog, socket activation, log prefixes."""
import os
import re
import signal
import socket
import time

import harness
from harness import HANG, PROMPTLY, STUBBORN, council, wait_until

GOOD = council(*HANG)


class Notified(harness.Case):
    """A daemon with a NOTIFY_SOCKET that we read."""

    def notified(self, env=None, **flags):
        path = self.path("notify")
        self.sink = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(self.sink.close)
        self.sink.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self.sink.bind(path)
        self.messages = []
        self.senders = set()
        d = self.new_daemon(**flags)
        return d.start(env={"NOTIFY_SOCKET": path, **(env or {})})

    def read(self, seconds=0.05):
        self.sink.settimeout(seconds)
        while True:
            try:
                data, extra, _, _ = self.sink.recvmsg(4096, 256)
            except (TimeoutError, BlockingIOError):
                return self.messages
            for _, kind, body in extra:
                if kind == socket.SCM_CREDENTIALS:
                    self.senders.add(int.from_bytes(body[:4], "little"))
            self.messages.append((time.monotonic(), data.decode()))

    def told(self, text):
        return [m for m in self.read() if text in m[1].splitlines() or any(line.startswith(text) for line in m[1].splitlines())]

    def test_ready_exactly_once_and_from_the_main_pid(self):
        d = self.notified()
        self.assertEqual(len(self.told("READY=1")), 1)
        run = d.client().start(GOOD)
        self.assertTrue(run)
        self.read(0.2)
        self.assertEqual(len(self.told("READY=1")), 1)
        self.assertEqual(self.senders, {d.pid})
        self.assertEqual(self.told("WATCHDOG=1"), [])

    def test_stopping_before_the_first_sigterm(self):
        d = self.notified()
        c = d.client()
        mark = self.path("mark")
        c.start(council(harness.step("sigterm", {"arrival": mark}), harness.READY))
        d.signal(signal.SIGTERM)
        self.assertEqual(d.wait(), 0)
        stopping = self.told("STOPPING=1")
        self.assertEqual(len(stopping), 1)
        self.assertTrue(os.path.exists(mark))

    def test_draining_is_no_stopping_until_the_last_run_has_ended(self):
        """A service manager that hears STOPPING=1 waits for TimeoutStopSec and no longer: it would kill the runs that were to go on."""
        d = self.notified(env={"WATCHDOG_USEC": "200000"})
        c = d.client()
        run = c.start(GOOD, monitor=True)
        self.assertEqual(c.call("supervisor.drain"), {"live": 1})
        wait_until(lambda: self.told("STATUS=draining, 1 run"), PROMPTLY)
        before = len(self.told("WATCHDOG=1"))
        wait_until(lambda: len(self.told("WATCHDOG=1")) > before + 1, 10)
        self.assertEqual(self.told("STOPPING=1"), [])
        c.call("run.terminate", run_id=run["run_id"])
        self.assertEqual(d.wait(), 0)
        self.assertEqual(len(self.told("STOPPING=1")), 1)

    def test_time_is_asked_for_when_s_exceeds_stop_limit(self):
        d = self.notified(stop_limit_ms=100)
        c = d.client()
        c.start(council(*STUBBORN), shutdown=1200)
        d.signal(signal.SIGTERM)
        self.assertEqual(d.wait(), 0)
        asked = self.told("EXTEND_TIMEOUT_USEC=")
        self.assertTrue(asked)
        self.assertGreaterEqual(int(re.search(r"EXTEND_TIMEOUT_USEC=(\d+)", asked[0][1]).group(1)), 1200000)

    def test_reload(self):
        d = self.new_daemon()
        config = os.path.join(d.dir, "config.json")
        with open(config, "w") as f:
            f.write("{}")
        d = self.notified(config=config)
        for text, good in (("{}", True), ("{broken", False), ("{}", True)):
            with open(config, "w") as f:
                f.write(text)
            before = len(self.told("RELOADING=1")), len(self.told("READY=1"))
            clock = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
            d.signal(signal.SIGHUP)
            wait_until(lambda: len(self.told("READY=1")) == before[1] + 1, PROMPTLY)
            reloading = self.told("RELOADING=1")
            self.assertEqual(len(reloading), before[0] + 1)
            stamp = int(re.search(r"^MONOTONIC_USEC=(\d+)$", reloading[-1][1], re.M).group(1))
            self.assertBetween(stamp, clock, clock + 5000000)
            if not good:
                self.assertTrue(self.told("STATUS="))

    def test_watchdog(self):
        d = self.notified(env={"WATCHDOG_USEC": "400000"})
        wait_until(lambda: len(self.told("WATCHDOG=1")) >= 5, 10)
        stamps = [t for t, _ in self.told("WATCHDOG=1")]
        self.assertLess(min(b - a for a, b in zip(stamps, stamps[1:])), 0.4)
        self.assertTrue(d.alive())

    def test_watchdog_of_another_pid_is_not_ours(self):
        self.notified(env={"WATCHDOG_USEC": "100000", "WATCHDOG_PID": "1"})
        self.read(0.4)
        self.assertEqual(self.told("WATCHDOG=1"), [])

    def test_runner_does_not_get_the_notification_socket(self):
        d = self.notified()
        c = d.client()
        run = c.start(council(harness.READY, harness.step("report", "event")), subscribe=True)
        environ = c.report(run["subscription"])["environ"]
        self.assertFalse([n for n in environ if n.startswith(("NOTIFY", "WATCHDOG", "LISTEN", "CREDENTIALS"))])


class Activated(harness.Case):
    def listener(self, d, kind=socket.SOCK_STREAM, listen=True):
        s = socket.socket(socket.AF_UNIX, kind)
        self.addCleanup(s.close)
        s.bind(d.socket)
        os.chmod(d.socket, 0o600)
        if listen:
            s.listen(16)
        return s

    def launch(self, d, s, pid="self", count="1"):
        """Descriptor 3 is the socket, as a service manager would have it; LISTEN_PID is set between fork and exec."""
        os.set_inheritable(s.fileno(), True)
        prefix = ("/bin/sh", "-c", ('LISTEN_PID=$$' if pid == "self" else f"LISTEN_PID={pid}") +
                  f' LISTEN_FDS={count}; export LISTEN_PID LISTEN_FDS; exec "$@" 3<&{s.fileno()} {s.fileno()}<&-', "sh")
        if s.fileno() == 3:
            prefix = (*prefix[:2], prefix[2].replace(" 3<&3 3<&-", ""), prefix[3])
        d.launch(prefix=prefix, pass_fds=[s.fileno()])

    def test_clients_that_connected_before_are_served(self):
        d = self.new_daemon()
        s = self.listener(d)
        early = harness.Client(d.socket, 20)
        self.addCleanup(early.close)
        id = early.send("supervisor.info")
        self.launch(d, s)
        s.close()
        self.assertEqual(early.reply(id, 20)["pid"], d.pid)
        early.close()
        d.wait_ready()
        inode = os.stat(d.socket).st_ino
        c = d.client()
        run = c.start(council(harness.READY, harness.step("report", "event")), subscribe=True)
        report = c.report(run["subscription"])
        self.assertEqual([t for n, t in report["fds"].items() if t.startswith("socket:") and n != "3"], [])
        c.call("supervisor.terminate_all")
        c.close()
        self.assertEqual(d.stop(), 0)
        self.assertEqual(os.stat(d.socket).st_ino, inode, "the file is not ours to unlink")
        os.unlink(d.socket)

    def test_other_listen_pid_is_not_used(self):
        d = self.new_daemon()
        place = os.path.join(self.dir, "elsewhere")
        self.path("elsewhere")
        s = socket.socket(socket.AF_UNIX)
        self.addCleanup(s.close)
        s.bind(place)
        s.listen(4)
        self.launch(d, s, pid="1")
        d.wait_ready()
        self.assertTrue(os.path.exists(d.socket))

    def test_wrong_descriptor(self):
        for make in (lambda d: self.listener(d, listen=False), lambda d: self.listener(d, socket.SOCK_DGRAM, listen=False)):
            d = self.new_daemon(f"w{len(self.daemons)}")
            s = make(d)
            self.launch(d, s)
            d.expected_status = d.wait()
            self.assertGreater(d.expected_status, 0, d.log())
            os.unlink(d.socket)

    def test_lock_is_taken_all_the_same(self):
        d = self.daemon()
        rival = harness.Daemon(d.dir, **{**d.flags, "socket": os.path.join(self.dir, "second")})
        rival.log_path = self.path("rival")
        self.path("second")
        s = self.listener(rival)
        self.launch(rival, s)
        self.assertGreater(rival.wait(), 0)
        self.assertEqual(d.client().call("supervisor.info")["pid"], d.pid)


class LogLines(harness.Case):
    def test_prefix_under_systemd_and_stamp_elsewhere(self):
        path = self.path("journal")
        s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        s.bind(path)
        self.addCleanup(s.close)
        plain = self.daemon("plain")
        plain.client().close()
        self.assertEqual(plain.stop(), 0)
        lines = plain.log_lines(".")
        self.assertTrue(lines)
        for line in lines:
            self.assertRegex(line, r"\A\d{4}-\d\d-\d\d")
        d = self.new_daemon("systemd")
        with open(d.log_path, "ab") as f:
            info = os.fstat(f.fileno())
        d.start(env={"JOURNAL_STREAM": f"{info.st_dev}:{info.st_ino}", "INVOCATION_ID": "0" * 32})
        self.assertEqual(d.stop(), 0)
        for line in d.log_lines("."):
            self.assertRegex(line, r"\A<[0-7]>")
