"""docs/rules.md: who needs no waiting is not held up by whoever does. Told by the order of things alone, without a clock: what is
slow here lasts until the test says so."""
import harness
from harness import HANG, READY, council, step


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
