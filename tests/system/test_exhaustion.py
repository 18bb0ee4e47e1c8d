"""docs/rules.md, Exhaustion: processes, descriptors, disk and log run out; the daemon stays small over many runs."""
import contextlib
import os
import resource
import signal
import subprocess
import threading

import harness
from harness import HANG, PROMPTLY, READY, STUBBORN, Closed, Stopwatch, council, step, wait_until

GOOD = council(*HANG)


class Processes(harness.Case):
    def test_no_process_to_be_had(self):
        harness.needs_root("to be a user of its own: RLIMIT_NPROC counts all processes of one uid")
        d = self.new_daemon()
        os.chmod(self.dir, 0o755)
        for folder, _, _ in os.walk(d.dir):
            os.chown(folder, 54021, 54021)
        d.start(user=54021, rlimits=[(resource.RLIMIT_NPROC, 4, 4)])
        c = d.client()
        runs, error = [], None
        for _ in range(10):
            answer = c.answer(c.send("run.start", council=GOOD, input="x"))
            if "error" in answer:
                error = answer["error"]
                break
            runs.append(answer["result"]["run_id"])
        self.assertEqual(error and error["data"]["cause"], {"kind": "spawn", "errno": "EAGAIN"})
        base = len(harness.fds(d.pid))
        for _ in range(20):
            self.assertError(c.start_error(GOOD), "start_failed", -32004, cause={"kind": "spawn", "errno": "EAGAIN"})
        self.assertEqual(len(harness.fds(d.pid)), base)
        self.assertEqual(sorted(c.listed()), sorted(runs))
        c.call("run.terminate", run_id=runs[0])
        self.assertTrue(c.start(GOOD)["pid"])


class Descriptors(harness.Case):
    def test_start_is_refused_while_enough_is_left_for_everything_else(self):
        d = self.daemon(how={"rlimits": [(resource.RLIMIT_NOFILE, 96, 96)]}, max_connections=16)
        c = d.client()
        runs, cause = [], None
        for _ in range(60):
            answer = c.answer(c.send("run.start", council=GOOD, input="x", monitor=True))
            if "error" in answer:
                cause = answer["error"]["data"].get("cause")
                break
            runs.append(answer["result"])
        self.assertEqual(cause, {"kind": "spawn", "errno": "EMFILE"})
        self.assertGreater(len(runs), 2)
        self.assertEqual(len(c.listed()), len(runs))
        other = d.client()
        other.call("supervisor.info")
        for run in runs[:3]:
            other.call("run.terminate", run_id=run["run_id"])
            self.assertReason(c.down(run["ref"]), kind="shutdown")
            self.assertIn("down", d.record(run["run_id"]))
        self.assertTrue(c.start(GOOD)["pid"])

    def test_accept_at_the_limit_does_not_spin(self):
        # A connection left in the backlog keeps a level-triggered listener ready for ever.
        d = self.daemon(max_connections=1000)
        c = d.client()
        c.call("supervisor.info")
        used = len(harness.fds(d.pid))
        limit = used + 8
        resource.prlimit(d.pid, resource.RLIMIT_NOFILE, (limit, limit))
        crowd = []
        for _ in range(30):
            with contextlib.suppress(OSError):
                crowd.append(harness.Client(d.socket, 1))
        before, watch = harness.cpu_seconds(d.pid), Stopwatch()
        while watch.seconds < 1.5:
            c.call("supervisor.info", PROMPTLY)
            c.drain(0.05)
        self.assertLess((harness.cpu_seconds(d.pid) - before) / watch.seconds, 0.2 * (3 if harness.SANITIZED else 1))
        for other in crowd:
            other.close()

        def served():
            try:
                with harness.Client(d.socket, 1) as fresh:
                    return fresh.call("supervisor.info", 1)
            except (OSError, Closed, AssertionError):
                return False
        wait_until(served, 10)


class Disk(harness.Case):
    def test_full_or_too_large(self):
        # RLIMIT_FSIZE stands for a full disk: SIGXFSZ must be ignored, and the write's error told.
        d = self.daemon()
        c = d.client()
        live = c.start(GOOD, monitor=True)
        resource.prlimit(d.pid, resource.RLIMIT_FSIZE, (10, resource.RLIM_INFINITY))
        error = c.start_error(GOOD)
        self.assertError(error, "start_failed", -32004, cause={"kind": "record", "errno": "EFBIG"})
        self.assertEqual(len(d.runners()), 1)
        os.kill(live["pid"], signal.SIGKILL)
        down = c.down(live["ref"])
        self.assertReason(down, kind="killed", by="unknown")
        self.assertTrue(down["record_error"])
        self.assertEqual(c.listed(), {})
        resource.prlimit(d.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        again = c.start(GOOD, monitor=True)
        c.call("run.terminate", run_id=again["run_id"])
        self.assertNotIn("record_error", {k: v for k, v in c.down(again["ref"]).items() if v is not None})

    def test_disk_that_is_really_full(self):
        harness.needs_root("to mount a small file system")
        d = self.new_daemon()
        os.makedirs(d.state, 0o700)
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k,mode=700", "tmpfs", d.state], capture_output=True, text=True)
        self.assertEqual(mounted.returncode, 0, mounted.stderr)
        self.addCleanup(subprocess.run, ["umount", "-l", d.state])
        d.start()
        c = d.client()
        live = c.start(GOOD, monitor=True, run_id="live")
        filler = os.open(os.path.join(d.state, "filler"), os.O_WRONLY | os.O_CREAT, 0o600)
        with contextlib.suppress(OSError):
            while True:
                os.write(filler, b"x" * 4096)
        os.close(filler)
        for _ in range(5):
            error = c.start_error(GOOD)
            self.assertError(error, "start_failed", -32004)
            self.assertEqual(error.data["cause"], {"kind": "record", "errno": "ENOSPC"})
        c.call("run.terminate", run_id="live")
        down = c.down(live["ref"])
        self.assertReason(down, kind="shutdown")
        self.assertNotIn("record_error", down, "the room for the end was taken at the start")
        self.assertEqual(c.call("run.info", run_id="live")["down"]["reason"], down["reason"])
        os.unlink(os.path.join(d.state, "filler"))
        self.assertTrue(c.start(GOOD)["pid"])

    def test_records_that_may_not_be_written(self):
        if os.geteuid() == 0:
            identity = {"user": 54022}
        else:
            identity = {}
        d = self.new_daemon()
        os.chmod(self.dir, 0o755)
        if identity:
            for folder, _, _ in os.walk(d.dir):
                os.chown(folder, 54022, 54022)
        d.start(**identity)
        c = d.client()
        folder = os.path.join(d.state, "open")
        c.call("run.terminate", run_id=c.start(GOOD)["run_id"])
        os.chmod(folder, 0o500)
        error = c.start_error(GOOD)
        self.assertError(error, "start_failed", -32004, cause={"kind": "record", "errno": "EACCES"})
        os.chmod(folder, 0o700)
        self.assertTrue(c.start(GOOD)["pid"])


class Log(harness.Case):
    def works(self, d, c):
        for code in range(3):
            run = c.start(council(READY, step("output", {"bytes": 400000}), step("exit", code + 1)), monitor=True)
            watch = Stopwatch()
            self.assertReason(c.down(run["ref"]), kind="exit", code=code + 1)
            c.call("supervisor.info")
            self.assertLess(watch.seconds, PROMPTLY)

    def test_reader_of_the_log_that_does_not_read(self):
        reader, writer = os.pipe()
        d = self.new_daemon(log_level="debug")
        open(d.log_path, "w").close()
        d.start(stderr=writer)
        self.works(d, d.client())
        self.assertTrue(os.get_blocking(writer), "the mode of a shared descriptor is not ours to change")
        os.close(writer)
        self.addCleanup(os.close, reader)

    def test_reader_of_the_log_that_is_gone(self):
        reader, writer = os.pipe()
        d = self.new_daemon(log_level="debug")
        open(d.log_path, "w").close()
        d.start(stderr=writer)
        os.close(reader)
        os.close(writer)
        self.works(d, d.client())

    def test_log_that_is_closed(self):
        d = self.new_daemon(log_level="debug")
        open(d.log_path, "w").close()
        d.start(before=lambda: os.close(2))
        self.works(d, d.client())

    def test_log_on_a_full_device(self):
        d = self.new_daemon(log_level="debug")
        open(d.log_path, "w").close()
        with open("/dev/full", "wb") as full:
            d.start(stderr=full)
        self.works(d, d.client())


class Workload(harness.Case):
    def test_many_runs_leave_the_daemon_as_it_was(self):
        d = self.daemon(spares=1, retention={"max_runs": 20})
        c = d.client(60)
        document = council(READY, step("exit", 0))
        document["metadata"]["text"] = "t" * 100000

        def work(count):
            for _ in range(count):
                c.down(c.start(document, monitor=True)["ref"])
        work(100)
        before = harness.memory_kib(d.pid)
        work(300)
        self.assertLess(harness.memory_kib(d.pid) - before, 4 * 1024 * (16 if harness.SANITIZED else 1))
        wait_until(lambda: len(d.records()) <= 21, 20, "retention")

    def test_start_and_terminate_scale_linearly(self):
        d = self.daemon(spares=1)
        c = d.client(60)

        def lasts(count):
            watch = Stopwatch()
            ids = [c.send("run.start", council=GOOD, input="x", run_id=f"s{n}") for n in range(count)]
            for id in ids:
                c.reply(id, 60)
            for n in range(count):
                c.call("run.terminate", 60, run_id=f"s{n}")
            return watch.seconds
        lasts(5)
        few, many = lasts(10), lasts(100)
        self.assertLess(many, 50 * few)

    def test_requests_are_answered_promptly_meanwhile(self):
        d = self.daemon(start_timeout_ms=3000)
        c = d.client(30)
        stop = threading.Event()

        def junk():
            with harness.Client(d.socket, 5) as other, contextlib.suppress(OSError):
                while not stop.is_set():
                    other.sock.sendall(b"junk\n" * 200)
                    other._receive(0.01)
        t = threading.Thread(target=junk)
        t.start()
        try:
            for n in range(5):
                c.send("run.start", council=council(step("sleep", 600000)), input="x")
                run = c.start(council(*STUBBORN), shutdown=1500)
                c.send("run.terminate", run_id=run["run_id"])
                c.start(council(READY, step("output", {"bytes": 4 << 20}), step("events", {"count": 2000, "size": 500})))
                watch = Stopwatch()
                c.call("supervisor.info")
                c.listed()
                self.assertLess(watch.seconds, PROMPTLY)
        finally:
            stop.set()
            t.join()
