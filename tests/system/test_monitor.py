"""docs/rules.md, Ends and monitors: monitors, and what run.demonitor answers in every state of a ref."""
import os

import harness
from harness import HANG, PROMPTLY, READY, REF, STUBBORN, council, step, wait_until

GOOD = council(*HANG)
MODES = ({}, {"info": True}, {"flush": True}, {"flush": True, "info": True})


class Monitors(harness.Case):
    def setUp(self):
        super().setUp()
        self.d = self.daemon()
        self.c = self.d.client()

    def test_noproc_strictly_after_its_reply(self):
        for _ in range(20):
            reply = self.c.call("run.monitor", run_id="nobody")
            self.assertRegex(reply["ref"], REF)
            down = self.c.down(reply["ref"], PROMPTLY)
            self.assertReason(down, kind="noproc")
            for member in ("pid", "rusage", "outcome", "stopped_by"):
                self.assertIsNone(down[member])
        kinds = [m.get("method", "reply") for m in self.c.log]
        self.assertEqual(kinds, ["reply", "run.down"] * 20)

    def test_n_monitors_n_downs(self):
        run = self.c.start(GOOD)
        others = [self.d.client() for _ in range(3)]
        refs = [(c, c.call("run.monitor", run_id=run["run_id"])["ref"]) for c in [self.c] * 10 + others * 5]
        self.assertEqual(len({ref for _, ref in refs}), 25)
        os.kill(run["pid"], 9)
        for c, ref in refs:
            down = c.down(ref)
            self.assertReason(down, kind="killed", by="unknown")
            self.assertEqual(down["pid"], run["pid"])
        for c in [self.c] + others:
            c.drain(0.05)
        self.assertEqual(sum(len(c.notifications("run.down")) for c in [self.c] + others), 25)

    def test_monitor_of_a_terminating_run_gets_the_real_reason(self):
        run = self.c.start(council(*STUBBORN), shutdown=400)
        pending = self.c.send("run.terminate", run_id=run["run_id"])
        wait_until(lambda: self.c.listed()[run["run_id"]]["state"] == "terminating")
        ref = self.c.call("run.monitor", run_id=run["run_id"])["ref"]
        self.assertReason(self.c.down(ref), kind="killed", by="supervisor")
        self.c.reply(pending)

    def test_refs_are_unique_for_the_life_of_the_daemon(self):
        refs = {self.c.call("run.monitor", run_id="x")["ref"] for _ in range(300)}
        self.assertEqual(len(refs), 300)

    def test_monitors_vanish_with_their_connection(self):
        run = self.c.start(GOOD)
        for _ in range(20):
            with harness.Client(self.d.socket) as other:
                other.call("run.monitor", run_id=run["run_id"])
        ref = self.c.call("run.monitor", run_id=run["run_id"])["ref"]
        os.kill(run["pid"], 9)
        self.assertReason(self.c.down(ref), kind="killed", by="unknown")

    def test_events_and_end_precede_the_down(self):
        for n in range(5):
            run = self.c.start(council(READY, step("wait_file", self.path(f"go{n}")), step("events", {"count": 30}), step("exit", 0)))
            ref = self.c.call("run.monitor", run_id=run["run_id"])["ref"]
            sub = self.c.call("run.subscribe", run_id=run["run_id"])["ref"]
            open(self.path(f"go{n}"), "w").close()
            self.c.down(ref)
            self.c.drain(0.03)
            mine = [m["method"] for m in self.c.log if m.get("params", {}).get("ref") in (ref, sub)]
            self.assertEqual(mine, ["run.event"] * 30 + ["run.end", "run.down"])


class Demonitor(harness.Case):
    def setUp(self):
        super().setUp()
        self.d = self.daemon()
        self.c = self.d.client()

    def test_active(self):
        for mode in MODES:
            run = self.c.start(GOOD, monitor=True)
            witness = self.c.call("run.monitor", run_id=run["run_id"])["ref"]
            self.assertIs(self.c.call("run.demonitor", ref=run["ref"], **mode), True)
            os.kill(run["pid"], 9)
            self.c.down(witness)
            self.c.drain(0.03)
            self.assertEqual(self.c.notifications("run.down", ref=run["ref"]), [], mode)

    def test_fired_and_written(self):
        for mode, answer in zip(MODES, (True, False, True, False)):
            run = self.c.start(council(READY, step("exit", 0)), monitor=True)
            self.c.down(run["ref"])
            self.assertIs(self.c.call("run.demonitor", ref=run["ref"], **mode), answer, mode)

    def test_removed_or_never_issued(self):
        for mode, answer in zip(MODES, (True, False, True, False)):
            run = self.c.start(GOOD, monitor=True)
            self.c.call("run.demonitor", ref=run["ref"])
            self.assertIs(self.c.call("run.demonitor", ref=run["ref"], **mode), answer, mode)
            for never in ("ref_AAAAAAAAAAA", "ref_AAAAAAAAAAB", "ref_12345678901", "ref_-_-_-_-_-_z"):
                self.assertIs(self.c.call("run.demonitor", ref=never, **mode), answer, (mode, never))

    def test_active_on_another_connection(self):
        other = self.d.client()
        run = self.c.start(GOOD, monitor=True)
        for mode in MODES:
            self.assertError(other.error("run.demonitor", ref=run["ref"], **mode), "bad_ref", -32006)
        os.kill(run["pid"], 9)
        self.assertReason(self.c.down(run["ref"]), kind="killed", by="unknown")

    def test_malformed(self):
        for mode in MODES:
            for ref in ("x", 1, None, "", "ref_", "ref_AAAAAAAAAAAA", "ref_AAAAAAAAAA=", "run_AAAAAAAAAAA", ["x"],
                        "ref_AAAAAAAAAA\u0000"):
                self.assertError(self.c.error("run.demonitor", ref=ref, **mode), "invalid_parameter", -32602, field="ref")
        self.assertError(self.c.error("run.demonitor"), "invalid_parameter", -32602, field="ref")
        self.assertError(self.c.error("run.demonitor", ref="ref_AAAAAAAAAAA", flush=1), "invalid_parameter", -32602, field="flush")

    def queued(self, mode):
        """Demonitor of a ref whose DOWN stands in the daemon's queue, because the client does not read."""
        c = self.d.client()
        run = self.c.start(GOOD)
        ref = c.call("run.monitor", run_id=run["run_id"])["ref"]
        c.call("rpc.discover")
        # More than the socket takes (about 230 KB), less than the 1 MiB at which the daemon stops reading from us.
        size = len(c.lines[-1])
        last = None
        for _ in range(600000 // size + 1):
            last = c.send("rpc.discover")
        # They are worked in more than one turn; the start behind them shows that all are through.
        mark = f"behind-{ref}"
        c.send("run.start", council=GOOD, input="x", run_id=mark)
        wait_until(lambda: mark in self.c.listed())
        witness = self.c.call("run.monitor", run_id=run["run_id"])["ref"]
        os.kill(run["pid"], 9)
        self.c.down(witness)
        answer = c.reply(c.send("run.demonitor", ref=ref, **mode), 20)
        self.assertTrue(c.answered(last))
        downs = [i for i, m in enumerate(c.log) if m.get("method") == "run.down"]
        c.drain(0.05)
        self.assertEqual(len(downs), len(c.notifications("run.down")), "no DOWN follows the reply")
        return answer, len(downs)

    def test_fired_but_not_written(self):
        for mode, expected in zip(MODES, ((True, 1), (False, 1), (True, 0), (True, 0))):
            with self.subTest(mode):
                self.assertEqual(self.queued(mode), expected)
