"""A resumption that died early lost the answers of the run before it, and they were paid for again. Runs and their resumptions are
ended here at all lines where that can be, in several ways; what stood in any journal of the chain must never be asked again, and
the result must be that of a run that nobody ended."""
import chains
from test_resume import STEP, TEMPLATES, lasting


class Case(chains.Case):
    def check(self, expected, ends):
        result, count, journals = self.chain(ends)
        self.assertEqual((count.doubles, count.refused), ([], []), ends)
        self.assertLessEqual(count.lost, sum(self.in_flight(j) for j in journals[:-1]), ends)
        self.assertEqual(lasting(result), expected, ends)
        return journals


class TestEarlyEnds(Case):
    def test_a_resumption_ended_at_its_lines(self):
        """Of a run that had most of its answers, at lines of what it carries over (test_resume.STEP), and a few behind that."""
        expected, lines = self.reference("karpathy")
        most = lines * 2 // 3
        journals = self.check(expected, [(most, "runner")])
        carried = next(e["seq"] for e in journals[-1] if e["type"] == "carried_end")
        for seq in range(0, carried + 4, STEP):
            self.check(expected, [(most, "runner"), (seq, "runner")])

    def test_resumptions_of_resumptions(self):
        expected, lines = self.reference("peer_review")
        most = lines // 2
        for seq in range(5):
            journals = self.check(expected, [(most, "runner"), (seq, "runner"), (4 - seq, "now"), (seq, "daemon")])
            self.assertEqual([e["type"] for e in journals[-1][:2]], ["run_started", "run_resumed"])

    def test_what_is_too_far_back_is_said(self):
        """Eight journals that never came to carry anything over, and behind them the one that has it all."""
        self.reference("parallel_panel")
        run = self.begin(self.document)
        dead, _ = run["run_id"], self.end(run, 7, "runner")
        first = dead
        for i in range(8):
            run = self.begin(dead=dead)
            self.end(run, 99, "runner")
            self.cut(run["run_id"], 2)
            dead = run["run_id"]
        error = self.c.error("run.start", options={"resume_from": dead})
        self.assertError(error, "start_failed", -32004)
        self.assertEqual(error.data["cause"]["code"], "resume_mismatch")
        self.assertIn(f"the record of {first}, which is too far back", error.data["cause"]["message"])

    def test_the_server_refuses_what_was_paid(self):
        """Begun anew instead of resumed, a run asks again what it was answered, and the server lets it fail at once."""
        self.reference("karpathy")
        run = self.begin(self.document)
        journal = self.end(run, 99, "runner")
        paid = self.paid(journal)
        self.owe([journal])
        asked = self.server.asked.total()
        _, result, journal = self.whole(self.document, seed="seed")
        self.assertEqual(result["outcome"], "failed")
        self.assertEqual(self.server.refused.total(), len(self.document["members"]))
        self.assertEqual(self.server.asked.total(), asked)
        self.assertEqual([e["attempt"] for e in journal if e["type"] == "attempt_failed"], [1] * self.server.refused.total())
        self.assertLess(self.server.refused.total(), len(paid))

    def cut(self, run_id, lines):
        self.d.change_events(run_id, lambda text: b"".join(text.splitlines(keepends=True)[:lines]))

    def test_a_line_that_is_missing(self):
        self.reference("parallel_panel")
        run = self.begin(self.document)
        self.end(run, 9, "runner")
        self.d.change_events(run["run_id"], lambda text: b"".join(text.splitlines(keepends=True)[:3] + text.splitlines(keepends=True)[4:]))
        error = self.c.error("run.start", options={"resume_from": run["run_id"]})
        self.assertError(error, "start_failed", -32004)
        self.assertIn(f"in the journal of {run['run_id']} line 4 is missing", error.data["cause"]["message"])


class TestDrawnChains(Case):
    pass


def chain_test(template):
    def test(self):
        expected, lines = self.reference(template)
        random_ = chains.seeded(template)
        for _ in range(3):
            self.check(expected, chains.drawn(random_, lines, 3))
    return test


for name in TEMPLATES:
    setattr(TestDrawnChains, f"test_{name}", chain_test(name))
