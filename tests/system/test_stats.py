"""docs/operations.md, Figures: each number of supervisor.stats rises by what it counts, and by nothing else."""
import os
import signal

import harness
from harness import HANG, PROMPTLY, READY, council, step, wait_until

GOOD = council(*HANG)
NOW = ("uptime_ms", "counts", "spares_ready", "queue_bytes")
SHORT = {f"durations.{le}": 1 for le in (60000, 120000, 300000, 600000, 1800000, 3600000, None)}


def flat(stats):
    """{name: number} of what only rises; the shorter buckets of the durations, and their sum, depend on the machine."""
    ret = {}
    for name, value in stats.items():
        if name == "durations":
            ret |= {f"durations.{b['le_ms']}": b["count"] for b in value["buckets"] if (b["le_ms"] or 60000) >= 60000}
        elif isinstance(value, dict):
            ret |= {f"{name}.{word}": n for word, n in value.items()}
        else:
            ret[name] = value
    return {name: value for name, value in ret.items() if name.split(".")[0] not in NOW}


class Stats(harness.Case):
    """With nothing to monitor with, a tenant whose starts all failed looked like one that nobody used."""

    def setUp(self):
        super().setUp()
        self.d = self.daemon(max_children=2, spares=1)
        self.c = self.d.client()
        self.before = self.look()

    def look(self):
        return flat(self.c.call("supervisor.stats"))

    def changes(self, wanted, what=None):
        now = self.look()
        self.assertEqual({n: v - self.before[n] for n, v in now.items() if n != "epoch" and v != self.before[n]}, wanted, what)
        self.before = now

    def runs(self, *script, outcome="none", reason="normal", **more):
        self.gates = getattr(self, "gates", 0) + 1
        gate = self.path(f"gate{self.gates}")
        run = self.c.start(council(READY, step("wait_file", gate), *script), monitor=True)
        self.changes({"starts": 1})
        if reason in ("normal", "exit"):
            with open(gate, "w"):
                pass
        if reason in ("shutdown", "killed"):
            self.c.call("run.terminate", run_id=run["run_id"], shutdown="brutal_kill" if reason == "killed" else 60000)
        if reason == "signal":
            os.kill(run["pid"], signal.SIGHUP)
        self.c.down(run["ref"])
        self.changes({f"end_reasons.{reason}": 1, f"end_outcomes.{outcome}": 1, **SHORT, **more}, reason)

    def test_ends_by_reason_and_outcome(self):
        for outcome in ("complete", "degraded", "refused", "failed", "cancelled"):
            self.runs(*harness.ended(outcome), outcome=outcome)
        self.runs(step("exit", 0))
        self.runs(step("exit", 3), reason="exit")
        for reason in ("shutdown", "signal", "killed"):
            self.runs(*HANG[1:], reason=reason)

    def test_tokens_and_cost(self):
        def used(**usage):
            return step("progress", {"phase": "x", "usage": usage, "calls": 1})
        end = step("exit", 0)
        self.runs(used(input_tokens=40, output_tokens=2, cost=0.25), end, tokens=42, cost=0.25)
        self.runs(used(input_tokens=1, output_tokens=1, cost=0.5), used(input_tokens=40, output_tokens=2, cost=0.5), end, tokens=42, cost=0.5)
        self.runs(used(input_tokens=5, output_tokens=None, cost=0), end, tokens=5)
        self.runs(used(input_tokens=5, output_tokens=2, cost=None), end, tokens=7, unpriced=1)
        self.runs(used(input_tokens=5, output_tokens=2, cost=-1), end, tokens=7, unpriced=1)

    def refused(self, reason, *args, **options):
        self.assertEqual(self.c.start_error(*args, **options).reason, reason)
        self.changes({f"start_refusals.{reason}": 1}, reason)

    def test_refusals_by_reason(self):
        self.assertEqual(self.c.error("run.start", input="x").reason, "invalid_parameter")
        self.changes({"start_refusals.invalid_parameter": 1})
        self.refused("invalid_council", {"schema_version": 1})
        self.refused("invalid_option", GOOD, shutdown=-1)
        self.refused("start_failed", council(step("exit", 3)))
        self.refused("start_failed", council(step("failed", "no")))
        self.c.start(GOOD, run_id="one")
        self.changes({"starts": 1})
        self.refused("already_started", GOOD, run_id="one")
        run = self.c.start(GOOD, key="k")
        self.changes({"starts": 1})
        self.assertEqual(self.c.start(GOOD, key="k")["run_id"], run["run_id"])
        self.changes({})
        self.refused("key_reused", GOOD, input="another", key="k")
        self.refused("max_children", GOOD)
        late = self.d.client()
        late.call("connection.act_as", name="ann", role="look")
        self.assertEqual(late.start_error(GOOD).reason, "permission_denied")
        self.changes({"start_refusals.permission_denied": 1})
        self.assertEqual(late.error("run.cancel", run_id="one").reason, "permission_denied")
        self.changes({})
        self.c.call("supervisor.drain")
        self.refused("shutting_down", GOOD)
        self.c.call("supervisor.terminate_all")
        self.assertEqual(self.d.wait(), 0)

    def test_a_start_that_nobody_waits_for_any_more_fails_too(self):
        go_on = self.path("go-on")
        gone = self.d.client()
        gone.send("run.start", council=council(step("wait_file", go_on), step("exit", 3)), input="x")
        wait_until(lambda: self.c.counts()["starting"] == 1)
        gone.close()
        self.changes({})
        with open(go_on, "w"):
            pass
        wait_until(lambda: self.c.counts()["starting"] == 0)
        self.changes({"start_refusals.start_failed": 1})

    def test_events_that_were_dropped(self):
        gate, count = self.path("gate"), 8000
        run = self.c.start(council(READY, step("wait_file", gate), step("events", {"count": count, "size": 1000}), *HANG[1:]))
        self.changes({"starts": 1})
        slow = self.d.client(30)
        sub = slow.call("run.subscribe", run_id=run["run_id"])["ref"]
        with open(gate, "w"):
            pass
        wait_until(lambda: self.c.call("run.info", run_id=run["run_id"])["last_seq"] == count, 60)
        stats = self.c.call("supervisor.stats")
        self.assertGreater(stats["queue_bytes"], 1 << 19)
        dropped = stats["dropped_events"]
        self.assertGreater(dropped, 0)
        self.changes({"dropped_events": dropped})
        wait_until(lambda: slow.drain(0.05) or self.c.call("supervisor.stats")["queue_bytes"] == 0, 60)
        self.c.call("run.terminate", run_id=run["run_id"])
        slow.notification("run.end", 60, ref=sub)
        told = sum(m["dropped"] for m in slow.notifications("run.gap", ref=sub))
        self.assertEqual((told, self.look()["dropped_events"]), (dropped, dropped))

    def test_what_is_now(self):
        stats = self.c.call("supervisor.stats")
        self.assertEqual((stats["spares_ready"], stats["queue_bytes"], stats["counts"]["active"]), (1, 0, 0))
        run = self.c.start(GOOD)
        wait_until(lambda: self.c.call("supervisor.stats")["spares_ready"] == 1)
        self.assertEqual(self.c.call("supervisor.stats")["counts"]["active"], 1)
        self.c.call("supervisor.drain")
        wait_until(lambda: self.c.call("supervisor.stats")["spares_ready"] == 0, PROMPTLY)
        info = self.c.call("supervisor.info")
        self.assertEqual(info["epoch"], self.c.call("supervisor.stats")["epoch"])
        self.c.call("run.terminate", run_id=run["run_id"])
        self.assertEqual(self.d.wait(), 0)

    def test_it_is_about_the_whole_tenant(self):
        self.c.call("connection.act_as", name="ann", role="look")
        self.changes({})
        narrow = self.d.client()
        narrow.call("connection.act_as", name="ann", role="operate", registry="web")
        self.assertEqual(narrow.error("supervisor.stats").reason, "permission_denied")
