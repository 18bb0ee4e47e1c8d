"""docs/rules.md: who needs no waiting is not held up by whoever does. Told by the order of things alone, without a clock: what is
slow here lasts until the test says so. And what has a time of its own is held to it on a quiet machine, on a busy one to what
the machine takes at that moment for something like it."""
import os
import subprocess

import harness
from harness import HANG, READY, STUBBORN, Process, Stopwatch, council, step, wait_until


class NobodyWaits(harness.Case):
    """Against a run whose stop lasts until the gate is opened."""

    def setUp(self):
        super().setUp()
        self.c = self.daemon().client()
        self.gate = self.path("gate")
        self.slow = self.c.start(council(step("sigterm", {"then": "go_on"}), READY, step("wait_file", self.gate), step("exit", 0)),
                                 shutdown="infinity")
        self.late = self.c.send("run.terminate", run_id=self.slow["run_id"])

    def open_gate(self):
        self.assertFalse(self.c.answered(self.late))
        open(self.gate, "w").close()
        self.assertEqual(self.c.reply(self.late), {})

    def test_requests_overtake_what_takes_its_time(self):
        starting = self.c.send("run.start", council=council(step("wait_file", self.gate), *HANG), input="x")
        for _ in range(20):
            self.c.call("supervisor.info")
        self.assertFalse(self.c.answered(starting))
        self.open_gate()
        self.c.answer(starting)

    def test_a_willing_run_does_not_wait_for_a_stubborn_one(self):
        quick = self.c.start(council(*HANG), shutdown=60000)
        self.assertEqual(self.c.call("run.terminate", run_id=quick["run_id"]), {})
        self.open_gate()

    def test_noproc_does_not_wait(self):
        ref = self.c.call("run.monitor", run_id="nobody")["ref"]
        self.c.call("supervisor.count_children")
        self.assertReason(self.c.down(ref, 0.1), kind="noproc")
        self.open_gate()


class StartAndDeath(harness.Case):
    def test_ready_within_two_seconds(self):
        d = self.new_daemon()
        starts, programs = [], []
        for n in range(3):
            if n:
                self.assertEqual(d.stop(), 0)
            watch = Stopwatch()
            subprocess.run([os.path.join(harness.BUILD, "councild"), "--version"], stdout=subprocess.DEVNULL, check=True)
            programs.append(watch.seconds)
            watch = Stopwatch()
            d.launch()
            wait_until(d.answers, 60)
            starts.append(watch.seconds)
            d.settle()
        self.assertLess(min(starts), max(2, 4 * min(programs)), (starts, programs))

    def test_runners_are_gone_a_second_after_the_daemon_was_killed(self):
        """Beside processes that the test kills itself: whatever they are doing, neither have a choice."""
        d = self.daemon()
        c = d.client()
        ways = (HANG, STUBBORN, [READY, step("busy")], [READY, step("stop")])
        runs = [Process(c.start(council(*way))["pid"]) for way in ways]
        others = [subprocess.Popen(["sleep", "600"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                  for _ in ways]
        watch = Stopwatch()
        d.kill()
        wait_until(lambda: not any(run.alive() for run in runs), 20)
        died = watch.seconds
        watch = Stopwatch()
        for other in others:
            other.kill()
            other.communicate()
        self.assertLess(died, max(1, 20 * watch.seconds))
        c.read_to_eof()
        d.restart()
