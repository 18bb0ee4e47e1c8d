"""docs/rules.md, Ends and monitors: from the wait status to the reason, and what has happened before the DOWN."""
import os
import re
import signal

import harness
from harness import HANG, PROMPTLY, READY, STUBBORN, Process, Stopwatch, council, step, wait_until

GOOD = council(*HANG)


class Reasons(harness.Case):
    """The table of reasons, in both kinds of containment where the machine has cgroups."""
    flags = {}

    def setUp(self):
        super().setUp()
        self.d = self.daemon(sandbox={"allow_cores": True}, **self.flags)
        self.c = self.d.client()

    def end(self, *script, **options):
        run = self.c.start(council(*script), monitor=True, **options)
        return run, self.c.down(run["ref"])

    def test_exits(self):
        for status, reason in ((0, {"kind": "normal"}), (1, {"kind": "exit", "code": 1}), (137, {"kind": "exit", "code": 137}),
                               (143, {"kind": "exit", "code": 143}), (255, {"kind": "exit", "code": 255}),
                               (256, {"kind": "normal"}), (-1, {"kind": "exit", "code": 255})):
            with self.subTest(status):
                run, down = self.end(READY, step("exit", status))
                self.assertReason(down, **reason)
                self.assertEqual((down["run_id"], down["pid"], down["stopped_by"]), (run["run_id"], run["pid"], None))

    def test_signals_from_inside(self):
        for number, name in ((6, "SIGABRT"), (8, "SIGFPE"), (11, "SIGSEGV"), (1, "SIGHUP"), (13, "SIGPIPE"),
                             (signal.SIGRTMIN + 3, "SIGRTMIN+3"), (24, "SIGXCPU"), (31, "SIGSYS")):
            with self.subTest(name):
                self.assertReason(self.end(READY, step("raise", number))[1], kind="signal", signal=name, core=False)

    def test_sigterm_that_we_did_not_send(self):
        self.assertReason(self.end(READY, step("raise", 15))[1], kind="signal", signal="SIGTERM")

    def test_signals_from_outside(self):
        for number, reason in ((signal.SIGKILL, {"kind": "killed", "by": "unknown"}),
                               (signal.SIGTERM, {"kind": "signal", "signal": "SIGTERM"}),
                               (signal.SIGSEGV, {"kind": "signal", "signal": "SIGSEGV", "core": False})):
            run = self.c.start(GOOD, monitor=True)
            watch = Stopwatch()
            os.kill(run["pid"], number)
            down = self.c.down(run["ref"], PROMPTLY)
            self.assertReason(down, **reason)
            self.assertLess(watch.seconds, PROMPTLY)

    def test_core_is_told_only_if_one_was_dumped(self):
        folder = self.path("core-folder")
        os.mkdir(folder)
        _, down = self.end(READY, step("core", folder), step("raise", 11), limits={"core_bytes": 1 << 30})
        self.assertEqual((down["reason"]["kind"], down["reason"]["signal"]), ("signal", "SIGSEGV"))
        with open("/proc/sys/kernel/core_pattern") as f:
            pattern = f.read()
        if not pattern.startswith("|"):
            self.assertEqual(down["reason"]["core"], bool(os.listdir(folder)) or pattern.startswith("/"))

    def test_terminated(self):
        run = self.c.start(GOOD, monitor=True)
        self.c.call("run.terminate", run_id=run["run_id"])
        down = self.c.down(run["ref"])
        self.assertReason(down, kind="shutdown")
        self.assertEqual(down["stopped_by"], "client")

    def test_brutal_kill(self):
        run = self.c.start(GOOD, monitor=True, shutdown="brutal_kill")
        self.c.call("run.terminate", run_id=run["run_id"])
        self.assertReason(self.c.down(run["ref"]), kind="killed", by="supervisor")

    def test_run_that_gives_its_own_reason_while_being_stopped_keeps_it(self):
        for code, reason in ((0, {"kind": "normal"}), (143, {"kind": "exit", "code": 143}), (5, {"kind": "exit", "code": 5})):
            run = self.c.start(council(step("sigterm", {"then": "exit", "code": code}), READY), monitor=True)
            self.assertEqual(self.c.call("run.terminate", run_id=run["run_id"]), {})
            self.assertReason(self.c.down(run["ref"]), **reason)

    def test_stopped_is_alive(self):
        run = self.c.start(council(READY, step("stop")), monitor=True)
        wait_until(lambda: harness.proc_stat(run["pid"])["state"] == "T")
        self.assertEqual(self.c.listed()[run["run_id"]]["pid"], run["pid"])
        os.kill(run["pid"], signal.SIGCONT)
        wait_until(lambda: harness.proc_stat(run["pid"])["state"] == "S")
        self.assertEqual(self.c.listed()[run["run_id"]]["state"], "running")
        self.c.drain(0.05)
        self.assertEqual(self.c.notifications("run.down"), [])

    def test_leader_thread_that_ended_is_no_death(self):
        run = self.c.start(council(step("leader_gone", [READY, step("sleep", 300), step("exit", 6)])), monitor=True)
        wait_until(lambda: harness.proc_stat(run["pid"])["state"] == "Z", what="the leader thread ended")
        self.assertIn(run["run_id"], self.c.listed())
        self.assertReason(self.c.down(run["ref"]), kind="exit", code=6)

    def test_outcome_and_rusage(self):
        for outcome in ("complete", "degraded", "refused", "failed", "cancelled"):
            down = self.end(READY, *harness.ended(outcome))[1]
            self.assertReason(down, kind="normal")
            self.assertEqual(down["outcome"], outcome)
            self.assertEqual(set(down["rusage"]), {"user_ms", "system_ms", "max_rss_bytes"})
            self.assertGreater(down["rusage"]["max_rss_bytes"], 0)
        self.assertIsNone(self.end(READY, step("exit", 0))[1]["outcome"])

    def test_hundred_exits_at_once(self):
        gate = self.path("gate")
        runs = [self.c.send("run.start", council=council(READY, step("wait_file", gate), step("exit", n % 250 + 1)), input="x",
                            monitor=True, run_id=f"n{n}") for n in range(100)]
        refs = [self.c.reply(id, 60)["ref"] for id in runs]
        open(gate, "w").close()
        for n, ref in enumerate(refs):
            self.assertReason(self.c.down(ref, 30), kind="exit", code=n % 250 + 1)
        self.assertEqual(harness.zombies(self.d.pid), [])


class ReasonsInGroups(Reasons):
    """The same without cgroups: session and process group are the boundary."""
    flags = {"cgroup": "off"}

    def test_containment_is_told(self):
        self.assertIn("group", str(self.c.call("supervisor.info")["containment"]))


class Sequence(harness.Case):
    flags = {}

    def setUp(self):
        super().setUp()
        self.d = self.daemon(**self.flags)
        self.c = self.d.client()

    def family_dies(self, way, close, **more):
        pids = self.path(f"pids-{way}-{close}")
        run = self.c.start(council(step("grandchildren", {"n": 3, "way": way, "close": close, "pids": pids, **more}),
                                   READY, step("wait_file", pids + ".go"), step("exit", 2)), monitor=True)
        kin = wait_until(lambda: os.path.exists(pids) and len(open(pids).readlines()) == 3 and open(pids).readlines())
        kin = [Process(int(line.split()[1])) for line in kin]
        self.path(f"pids-{way}-{close}.go")
        watch = Stopwatch()
        open(pids + ".go", "w").close()
        self.assertReason(self.c.down(run["ref"]), kind="exit", code=2)
        self.assertLess(watch.seconds, PROMPTLY)
        return kin

    def test_rest_of_the_run_is_dead_when_the_down_arrives(self):
        # A grandchild that keeps the pipes open must not hold up the DOWN: exits are learnt from the process alone.
        for close in (False, True):
            for p in self.family_dies("group", close, ignore_term=True):
                self.assertFalse(p.alive())

    def test_no_process_in_other_sessions_is_left_with_cgroups(self):
        if not self.flags:
            harness.needs_cgroup(self.c)
        for way in ("setsid", "double"):
            for p in self.family_dies(way, True, life_ms=4000):
                if not self.flags:
                    wait_until(p.gone, PROMPTLY)
        wait_until(lambda: not self.d.processes(), 15)

    def test_no_list_shows_a_run_whose_down_was_sent(self):
        other = self.d.client()
        for n in range(20):
            run = self.c.start(council(READY, step("exit", 0)), monitor=True)
            self.c.down(run["ref"])
            self.assertNotIn(run["run_id"], other.listed())
            self.assertEqual(other.counts()["active"], 0)
            self.assertEqual(other.call("run.info", run_id=run["run_id"])["down"]["reason"], {"kind": "normal"})
            self.assertIn("down", self.d.record(run["run_id"]))

    def test_down_of_a_brother_is_not_held_up(self):
        stubborn = self.c.start(council(*STUBBORN), shutdown=2000)
        pending = self.c.send("run.terminate", run_id=stubborn["run_id"])
        watch = Stopwatch()
        run = self.c.start(council(READY, step("exit", 1)), monitor=True)
        self.c.down(run["ref"])
        self.assertLess(watch.seconds, 2.0)
        self.assertFalse(self.c.answered(pending))
        self.c.reply(pending)

    def test_abnormal_ends_are_warnings_and_usual_ones_are_not(self):
        bad = self.c.start(council(READY, step("exit", 3)), monitor=True, run_id="bad-one")
        self.c.down(bad["ref"])
        fine = self.c.start(council(READY, step("exit", 0)), monitor=True, run_id="fine-one")
        self.c.down(fine["ref"])
        stopped = self.c.start(GOOD, monitor=True, run_id="stopped-one")
        self.c.call("run.terminate", run_id="stopped-one")
        lines = wait_until(lambda: self.d.log_lines("warning.*bad-one"), PROMPTLY)
        self.assertEqual(len(lines), 1, lines)
        self.assertIn(str(bad["pid"]), lines[0])
        self.assertRegex(lines[0], "exit")
        killed = self.c.start(GOOD, monitor=True, run_id="killed-one")
        os.kill(killed["pid"], signal.SIGKILL)
        self.c.down(killed["ref"])
        self.assertTrue(self.d.log_lines("warning.*killed-one.* reason=killed .*by=unknown"), self.d.log())
        others = self.d.log_lines("(fine|stopped)-one")
        usual = re.compile(" (info: run started|info: run ended|notice: audit) ")
        self.assertEqual([line for line in others if not usual.search(line)], [], (fine, stopped))

    def test_a_run_is_a_line_at_its_start_and_one_at_its_end(self):
        """34 runs left two lines in the log: nobody could tell what a daemon had done."""
        other = self.d.client()
        other.call("connection.act_as", name='a "b"\n', role="ask", registry="night")
        usage = {"input_tokens": 40, "output_tokens": 2, "cost": 0.25}
        run = other.start(council(READY, step("progress", {"phase": "x", "usage": usage, "calls": 2}), *harness.ended("degraded")),
                          run_id="one", monitor=True)
        other.down(run["ref"])
        lines = self.d.log_lines(" info: .*run_id=one ")
        self.assertEqual(len(lines), 2, lines)
        self.assertRegex(lines[0], r'info: run started run_id=one pid=\d+ council_id=\S+ registry=night '
                                   rf'uid={os.geteuid()} name="a \\"b\\"\\x0a"$')
        self.assertRegex(lines[1], r"info: run ended run_id=one pid=\d+ reason=normal code=0 signal=- by=- stopped_by=- outcome=degraded "
                                   r"duration_ms=\d+ tokens=42 cost=0.25 council_id=\S+ registry=night$")

    def test_orphans_are_reaped_and_attributed_to_no_run(self):
        pids = self.path("pids")
        run = self.c.start(council(step("grandchildren", {"n": 5, "way": "double", "close": True, "life_ms": 100, "exit": 42,
                                                          "pids": pids}), READY), monitor=True)
        wait_until(lambda: os.path.exists(pids) and len(open(pids).readlines()) == 5)
        kin = [Process(int(line.split()[1])) for line in open(pids)]
        wait_until(lambda: all(p.gone() for p in kin), PROMPTLY, "orphans reaped")
        self.assertEqual(self.c.listed()[run["run_id"]]["state"], "running")
        self.assertEqual(self.c.notifications("run.down"), [])


class SequenceInGroups(Sequence):
    flags = {"cgroup": "off"}
