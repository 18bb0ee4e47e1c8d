"""docs/rules.md, Stopping runs: the stop sequence with every S, run.terminate, terminate_all, cancel and deadlines."""
import ctypes
import os
import signal
import time

import harness
from harness import HANG, PROMPTLY, READY, STUBBORN, Process, Stopwatch, council, step, wait_until

GOOD = council(*HANG)


class StopCase(harness.Case):
    flags = {}

    def setUp(self):
        super().setUp()
        self.d = self.daemon(**self.flags)
        self.c = self.d.client()

    def marks(self, path):
        try:
            with open(path) as f:
                return [line.split() for line in f]
        except FileNotFoundError:
            return []


class StopSequence(StopCase):
    def test_willing_run_ends_promptly(self):
        for shutdown in (5000, 60000, "infinity"):
            run = self.c.start(GOOD, shutdown=shutdown, monitor=True)
            watch = Stopwatch()
            self.assertEqual(self.c.call("run.terminate", run_id=run["run_id"]), {})
            self.assertLess(watch.seconds, PROMPTLY)
            self.assertReason(self.c.down(run["ref"]), kind="shutdown")

    def test_stubborn_run_is_killed_after_s_and_never_earlier(self):
        for shutdown in (1, 300, 700):
            run = self.c.start(council(*STUBBORN), shutdown=shutdown, monitor=True)
            watch = Stopwatch()
            self.c.call("run.terminate", run_id=run["run_id"])
            self.assertBetween(watch.seconds, shutdown / 1000, shutdown / 1000 + PROMPTLY)
            self.assertReason(self.c.down(run["ref"]), kind="killed", by="supervisor")

    def test_zero_sends_both(self):
        # Whoever dies of SIGTERM has died of it when SIGKILL comes; whoever goes on gets SIGKILL, and SIGTERM once at most.
        mark = self.path("mark")
        seen = set()
        for _ in range(5):
            run = self.c.start(council(step("sigterm", {"arrival": mark, "then": "go_on"}), READY), shutdown=0, monitor=True)
            watch = Stopwatch()
            self.c.call("run.terminate", run_id=run["run_id"])
            self.assertLess(watch.seconds, PROMPTLY)
            seen.add(str(self.c.down(run["ref"])["reason"]))
        self.assertEqual(seen, {"{'kind': 'killed', 'by': 'supervisor'}"})
        self.assertLessEqual(len(self.marks(mark)), 5)
        for _ in range(5):
            willing = self.c.start(GOOD, shutdown=0, monitor=True)
            self.c.call("run.terminate", run_id=willing["run_id"])
            self.assertReason(self.c.down(willing["ref"]), kind="shutdown")

    def test_brutal_kill_sends_no_sigterm(self):
        mark = self.path("mark")
        for _ in range(5):
            run = self.c.start(council(step("sigterm", {"arrival": mark}), READY), shutdown="brutal_kill")
            self.c.call("run.terminate", run_id=run["run_id"])
        self.assertEqual(self.marks(mark), [])

    def test_infinity_waits(self):
        gate = self.path("gate")
        run = self.c.start(council(step("sigterm", {"then": "go_on"}), READY, step("wait_file", gate), step("exit", 8)),
                           shutdown="infinity", monitor=True)
        pending = self.c.send("run.terminate", run_id=run["run_id"])
        self.c.drain(0.5)
        self.assertFalse(self.c.answered(pending))
        open(gate, "w").close()
        self.assertEqual(self.c.reply(pending), {})
        self.assertReason(self.c.down(run["ref"]), kind="exit", code=8)

    def test_cleanup_inside_s_is_respected(self):
        mark = self.path("mark")
        run = self.c.start(council(step("sigterm", {"marker": mark, "cleanup_ms": 300}), READY), shutdown=20000, monitor=True)
        watch = Stopwatch()
        self.c.call("run.terminate", run_id=run["run_id"])
        self.assertBetween(watch.seconds, 0.3, 0.3 + PROMPTLY)
        self.assertEqual([m[0] for m in self.marks(mark)], ["cleaned"])
        self.assertReason(self.c.down(run["ref"]), kind="shutdown")

    def test_stopped_run_obeys_promptly(self):
        # SIGTERM stays pending in a stopped process; SIGCONT has to follow.
        run = self.c.start(council(READY, step("stop")), shutdown=30000, monitor=True)
        wait_until(lambda: harness.proc_stat(run["pid"])["state"] == "T")
        watch = Stopwatch()
        self.c.call("run.terminate", run_id=run["run_id"])
        self.assertLess(watch.seconds, PROMPTLY)
        self.assertReason(self.c.down(run["ref"]), kind="shutdown")

    def test_terminate_at_any_moment_after_the_start(self):
        # SIGTERM between fork and exec would be swallowed by the parent's handlers.
        for _ in range(15):
            started = self.c.send("run.start", council=GOOD, input="x", run_id="hasty", shutdown=30000)
            watch = Stopwatch()
            ended = self.c.answer(self.c.send("run.terminate", run_id="hasty"))
            self.assertLess(watch.seconds, PROMPTLY)
            self.assertIn("result", ended)
            self.c.answer(started)

    def test_terminate_with_its_own_shutdown(self):
        run = self.c.start(council(*STUBBORN), shutdown=60000, monitor=True)
        watch = Stopwatch()
        self.c.call("run.terminate", run_id=run["run_id"], shutdown=200)
        self.assertBetween(watch.seconds, 0.2, 0.2 + PROMPTLY)
        for wrong in (-1, 1.5, "soon", True):
            self.assertError(self.c.error("run.terminate", run_id="x", shutdown=wrong), "invalid_parameter", -32602,
                             field="shutdown")

    def test_grandchildren_that_ignore_sigterm_are_dead_when_the_reply_arrives(self):
        pids = self.path("pids")
        run = self.c.start(council(step("grandchildren", {"n": 4, "ignore_term": True, "pids": pids}), READY))
        wait_until(lambda: len(self.marks(pids)) == 4)
        kin = [Process(int(m[1])) for m in self.marks(pids)]
        self.c.call("run.terminate", run_id=run["run_id"])
        self.assertFalse([p.pid for p in kin if p.alive()])

    def test_tag_shows_that_nobody_is_left(self):
        tag = self.path("tag")
        run = self.c.start(council(step("tag", tag), step("grandchildren", {"n": 3, "ignore_term": True}), READY))
        with open(tag) as f:
            import fcntl
            with self.assertRaises(BlockingIOError):
                fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self.c.call("run.terminate", run_id=run["run_id"])
            fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def test_busy_run(self):
        run = self.c.start(council(READY, step("busy")), shutdown=30000, monitor=True)
        watch = Stopwatch()
        self.c.call("run.terminate", run_id=run["run_id"])
        self.assertLess(watch.seconds, PROMPTLY)
        self.assertReason(self.c.down(run["ref"]), kind="shutdown")


class StopSequenceInGroups(StopSequence):
    flags = {"cgroup": "off"}


class Terminate(StopCase):
    def test_down_precedes_the_reply(self):
        for _ in range(5):
            run = self.c.start(GOOD, monitor=True)
            id = self.c.send("run.terminate", run_id=run["run_id"])
            reply = self.c.answer(id)
            down = next(m for m in self.c.log if m.get("method") == "run.down" and m["params"]["ref"] == run["ref"])
            self.assertLess(self.c.position(down), self.c.position(reply))
            self.assertNotIn(run["run_id"], self.c.listed())

    def test_later_request_gets_not_found(self):
        run = self.c.start(GOOD)
        self.c.call("run.terminate", run_id=run["run_id"])
        watch = Stopwatch()
        self.assertError(self.c.error("run.terminate", run_id=run["run_id"]), "not_found", -32005)
        self.assertLess(watch.seconds, PROMPTLY)

    def test_concurrent_request_gets_not_found_after_the_death(self):
        mark = self.path("mark")
        run = self.c.start(council(step("sigterm", {"arrival": mark, "then": "go_on"}), READY), shutdown=500)
        other = self.d.client()
        watch = Stopwatch()
        first = self.c.send("run.terminate", run_id=run["run_id"])
        wait_until(lambda: other.listed()[run["run_id"]]["state"] == "terminating")
        later = [other.send("run.terminate", run_id=run["run_id"], shutdown=s) for s in (0, "brutal_kill", 60000)]
        self.assertEqual(self.c.reply(first), {})
        self.assertBetween(watch.seconds, 0.5, 0.5 + PROMPTLY)      # neither shortened nor lengthened
        for id in later:
            self.assertEqual(other.answer(id)["error"]["data"]["reason"], "not_found")
        self.assertEqual(len(self.marks(mark)), 1)                 # no second SIGTERM

    def test_uptime_is_never_negative_and_entries_are_whole(self):
        run = self.c.start(GOOD)
        entry = self.c.listed()[run["run_id"]]
        self.assertGreaterEqual(entry["elapsed_ms"], 0)
        self.assertLessEqual({"run_id", "pid", "council_id", "registry", "state", "cancel", "started_at", "elapsed_ms", "phase",
                              "usage", "started_by", "labels"}, set(entry))
        self.assertEqual((entry["state"], entry["cancel"], entry["registry"]), ("running", None, "default"))


class TerminateAll(StopCase):
    def test_empty_daemon(self):
        self.assertEqual(self.c.call("supervisor.terminate_all", PROMPTLY), {"count": 0})

    def test_all_at_once_and_each_with_its_own_s(self):
        refs = []
        for n in range(6):
            refs.append(self.c.start(council(*STUBBORN), shutdown=600, monitor=True)["ref"])
        refs += [self.c.start(GOOD, shutdown=60000, monitor=True)["ref"] for _ in range(6)]
        watch = Stopwatch()
        self.assertEqual(self.c.call("supervisor.terminate_all"), {"count": 12})
        self.assertBetween(watch.seconds, 0.6, 0.6 + PROMPTLY)
        self.assertEqual(self.c.listed(), {})
        for n, ref in enumerate(refs):
            down = self.c.down(ref, 0.1)
            self.assertReason(down, **({"kind": "killed", "by": "supervisor"} if n < 6 else {"kind": "shutdown"}))
            self.assertEqual(down["stopped_by"], "terminate_all")

    def test_stubborn_runs_end_together(self):
        # One after the other they would need S as many times as there are runs.
        runs = [self.c.start(council(*STUBBORN), shutdown=1000, monitor=True) for _ in range(5)]
        watch = Stopwatch()
        id = self.c.send("supervisor.terminate_all")
        ends = self.c.down_times(len(runs), watch)
        self.assertGreaterEqual(ends[0], 1.0)
        self.assertLess(ends[-1], 2 * ends[0], ends)
        self.assertEqual(self.c.reply(id), {"count": 5})

    def test_willing_runs_do_not_wait_for_stubborn_ones(self):
        self.c.start(council(*STUBBORN), shutdown=1500, monitor=True)
        for _ in range(5):
            self.c.start(GOOD, shutdown=60000, monitor=True)
        watch = Stopwatch()
        id = self.c.send("supervisor.terminate_all")
        ends = self.c.down_times(6, watch)
        self.assertLess(ends[-2], ends[-1] / 2, ends)
        self.assertEqual(self.c.reply(id), {"count": 6})

    def test_snapshot(self):
        gate = self.path("gate")
        pending = self.c.send("run.start", council=council(step("wait_file", gate), *HANG), input="x", run_id="starting")
        wait_until(lambda: self.c.counts()["starting"] == 1)
        self.c.start(council(*STUBBORN), shutdown=500, run_id="stubborn")
        all_gone = self.c.send("supervisor.terminate_all")
        wait_until(lambda: self.c.listed()["stubborn"]["state"] == "terminating")
        self.c.start(GOOD, run_id="later")
        self.assertEqual(self.c.reply(all_gone), {"count": 1})
        open(gate, "w").close()
        self.c.reply(pending)
        self.assertEqual(sorted(self.c.listed()), ["later", "starting"])

    def test_runs_already_terminating_are_waited_for_and_counted(self):
        self.c.start(council(*STUBBORN), shutdown=500, run_id="a")
        first = self.c.send("run.terminate", run_id="a")
        wait_until(lambda: self.c.listed()["a"]["state"] == "terminating")
        self.assertEqual(self.c.counts()["terminating"], 1)
        watch = Stopwatch()
        self.assertEqual(self.c.call("supervisor.terminate_all"), {"count": 1})
        self.assertLess(watch.seconds, 0.5 + PROMPTLY)
        self.assertEqual(self.c.reply(first), {})

    def test_terminate_of_a_run_that_terminate_all_ends_is_not_the_first(self):
        self.c.start(council(*STUBBORN), shutdown=400, run_id="a")
        everyone = self.c.send("supervisor.terminate_all")
        wait_until(lambda: self.c.listed()["a"]["state"] == "terminating")
        self.assertError(self.c.error("run.terminate", run_id="a"), "not_found", -32005)
        self.c.reply(everyone)

    def test_order_of_downs_and_replies(self):
        run = self.c.start(GOOD, monitor=True)
        awaiting = self.c.send("run.await", run_id=run["run_id"])
        everyone = self.c.send("supervisor.terminate_all")
        last = self.c.answer(everyone)
        down = next(m for m in self.c.log if m.get("method") == "run.down")
        self.assertLess(self.c.position(down), self.c.position(last))
        self.assertLess(self.c.position(down), self.c.position(self.c.answer(awaiting)))


class CancelAndDeadline(StopCase):
    def test_cancel_asks_over_the_link_and_sends_no_signal(self):
        mark = self.path("mark")
        for mode in (None, "drain", "now"):
            run = self.c.start(council(step("sigterm", {"arrival": mark}), READY, step("listen", {"want": "cancel"}),
                                       *harness.ended("cancelled")), monitor=True, subscribe=True)
            watch = Stopwatch()
            self.c.call("run.cancel", run_id=run["run_id"], **({"mode": mode} if mode else {}))
            self.assertLess(watch.seconds, PROMPTLY)
            heard = self.c.report(run["subscription"])["heard"]
            self.assertEqual((heard["mode"], heard["cause"]), (mode or "drain", "client"))
            down = self.c.down(run["ref"])
            self.assertReason(down, kind="normal")
            self.assertEqual((down["outcome"], down["stopped_by"]), ("cancelled", None))
        self.assertEqual(self.marks(mark), [])

    def test_cancel_is_shown_in_the_list(self):
        run = self.c.start(GOOD)
        self.c.call("run.cancel", run_id=run["run_id"])
        self.assertEqual(self.c.listed()[run["run_id"]]["cancel"], "drain")
        self.c.call("run.cancel", run_id=run["run_id"], mode="now")
        self.assertEqual(self.c.listed()[run["run_id"]]["cancel"], "now")
        self.assertEqual(self.c.listed()[run["run_id"]]["state"], "running")

    def test_deadline_cancels_first_and_then_stops(self):
        # The run hangs in its own loop and takes no notice of the cancel.
        run = self.c.start(council(READY, step("busy")), limits={"deadline_ms": 300}, monitor=True)
        watch = Stopwatch()
        down = self.c.down(run["ref"])
        self.assertBetween(watch.seconds, 2.2, 2.3 + PROMPTLY)
        self.assertReason(down, kind="shutdown")
        self.assertEqual(down["stopped_by"], "deadline")

    def test_deadline_that_the_run_obeys(self):
        run = self.c.start(council(READY, step("listen", {"want": "cancel"}), *harness.ended("cancelled")),
                           limits={"deadline_ms": 300}, monitor=True, subscribe=True)
        heard = self.c.report(run["subscription"])["heard"]
        self.assertEqual((heard["mode"], heard["cause"]), ("now", "deadline"))
        down = self.c.down(run["ref"])
        self.assertReason(down, kind="normal")
        self.assertEqual(down["outcome"], "cancelled")

    def test_terminate_during_the_deadline_stop_is_not_the_first(self):
        run = self.c.start(council(step("sigterm", "ignore"), READY, step("busy")), limits={"deadline_ms": 100}, shutdown=600,
                           monitor=True)
        wait_until(lambda: self.c.listed().get(run["run_id"], {}).get("state") == "terminating", 10)
        self.assertError(self.c.error("run.terminate", run_id=run["run_id"]), "not_found", -32005)
        self.assertEqual(self.c.down(run["ref"])["stopped_by"], "deadline")


class Pause(StopCase):
    def test_pause_of_the_daemon_kills_no_run_and_fails_no_start(self):
        # What arrived during the pause is taken before the timers.
        d = self.daemon("paused", start_timeout_ms=700)
        c = d.client()
        gate = self.path("gate")
        run = c.start(council(step("sigterm", {"marker": self.path("mark"), "cleanup_ms": 300}), READY), shutdown=600, monitor=True)
        pending = c.send("run.start", council=council(step("wait_file", gate), *HANG), input="x")
        wait_until(lambda: c.counts()["starting"] == 1)
        id = c.send("run.terminate", run_id=run["run_id"])
        wait_until(lambda: c.listed()[run["run_id"]]["state"] == "terminating")
        d.signal(signal.SIGSTOP)
        open(gate, "w").close()
        time.sleep(1.5)         # the pause itself, not a wait for something
        d.signal(signal.SIGCONT)
        c.reply(id)
        self.assertReason(c.down(run["ref"]), kind="shutdown")
        self.assertTrue(c.reply(pending)["pid"])


class Unkillable(StopCase):
    """A run that another process traces: killed, it stays until its tracer lets go, as if it slept uninterruptibly."""
    flags = {"kill_limit_ms": 500}

    def traced(self, pid):
        """Gives a function that ends the tracer."""
        reader, writer = os.pipe()
        told, tell = os.pipe()
        tracer = os.fork()
        if tracer == 0:
            os.close(writer)
            libc = ctypes.CDLL(None, use_errno=True)
            ok = libc.ptrace(0x4206, pid, None, None) == 0       # PTRACE_SEIZE
            os.write(tell, b"+" if ok else b"-")
            os.read(reader, 1)
            os._exit(0)
        os.close(reader)
        self.assertEqual(os.read(told, 1), b"+")
        os.close(told)
        os.close(tell)

        def let_go():
            if let_go.open:
                let_go.open = False
                os.close(writer)
                os.waitpid(tracer, 0)
        let_go.open = True
        self.addCleanup(let_go)
        return let_go

    def test_terminate(self):
        run = self.c.start(GOOD, shutdown=100, monitor=True)
        let_go = self.traced(run["pid"])
        watch = Stopwatch()
        error = self.c.error("run.terminate", run_id=run["run_id"])
        self.assertError(error, "unkillable", -32007, run_id=run["run_id"], pid=run["pid"])
        self.assertBetween(watch.seconds, 0.6, 0.6 + PROMPTLY)
        self.assertEqual(self.c.listed()[run["run_id"]]["state"], "terminating")
        self.assertError(self.c.start_error(GOOD, run_id=run["run_id"]), "already_started", -32002, pid=run["pid"])
        before, watch = harness.cpu_seconds(self.d.pid), Stopwatch()
        self.c.drain(0.5)
        self.assertLess(harness.cpu_seconds(self.d.pid) - before, 0.2, "no spinning on a process that cannot be reaped")
        self.assertEqual(self.c.notifications("run.down"), [])
        let_go()
        self.assertReason(self.c.down(run["ref"]), kind="killed", by="supervisor")
        self.assertTrue(self.c.start(GOOD, run_id=run["run_id"])["pid"])

    def test_stop_of_the_daemon(self):
        run = self.c.start(GOOD, shutdown=100, monitor=True)
        let_go = self.traced(run["pid"])
        self.d.signal(signal.SIGTERM)
        self.d.expected_status = self.d.wait()
        self.assertGreater(self.d.expected_status, 0)
        self.c.read_to_eof()
        let_go()
        wait_until(lambda: not harness.proc_stat(run["pid"]))
        self.assertEqual(len(self.d.records("open")), 1, "the next daemon closes it as lost")
