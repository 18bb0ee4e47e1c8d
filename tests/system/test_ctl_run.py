"""councilctl run and events against a scripted daemon: lines and exit statuses."""
import json
import os
import subprocess
import unittest

from fake_councild import FakeDaemon, fault, reply
from patience import patience

BUILD = os.path.abspath(os.environ.get("COUNCILD_BUILD", "build"))
CTL = os.path.join(BUILD, "councilctl")
REF, SUB = "ref_AAAAAAAAAAA", "ref_BBBBBBBBBBB"
MEMBERS = ["ann", "bob", "cy"]


def result(outcome="complete"):
    return {"outcome": outcome, "heard": {"ok": 6, "of": 6}, "degraded_reasons": [], "errors": [], "warnings": [],
            "dissent": [{"index": 1, "member_id": "cy", "kind": "ranking", "position": "ann", "text": None}],
            "usage": {"calls": 7, "input_tokens": 700, "output_tokens": 350}, "cost": 0,
            "final": {"content": "Forty-two.\nReally.", "source": "chair", "member_id": "chair"}}


def completed(member, index, **more):
    return {"type": "member_completed", "index": index, "iteration": 0, "member_id": member,
            "result": {"call_id": f"r{index}i0:member:{member}", "status": "ok", "latency_ms": 1200,
                       "usage": {"input_tokens": 100, "output_tokens": 50}, **more}}


def started(member, index):
    return {"type": "member_started", "index": index, "iteration": 0, "member_id": member, "provider": "mock",
            "model": "m", "call_id": f"r{index}i0:member:{member}"}


def events(end="run_completed", outcome="complete"):
    """A small three-stage run."""
    rounds = [{"index": 0, "name": "independent_analysis"}, {"index": 1, "name": "anonymized_peer_review"},
              {"index": 2, "name": "synthesis"}]
    yield {"type": "run_started", "council_id": "three-stage", "seed": "s", "rounds": rounds,
           "members": [{"id": m} for m in MEMBERS], "x": 0.7}
    yield {"type": "round_started", "index": 0, "name": "independent_analysis", "iteration": 0, "asked": MEMBERS,
           "quorum": {"need": 2, "of": 3}}
    for m in MEMBERS:
        yield started(m, 0)
    for n, text in enumerate(["First line\nsec", "ond line, ", "unfinished \x1b[2J"]):
        yield {"type": "member_token", "index": 0, "member_id": "ann", "call_id": "r0i0:member:ann", "attempt": 1,
               "after": 5, "n": n, "text": text}
    yield {"type": "attempt_failed", "call_id": "r0i0:member:bob", "attempt": 1, "next": "retry", "wait_ms": 1500,
           "error": {"code": "rate_limited", "message": "slow down"}}
    for m in MEMBERS:
        yield completed(m, 0, content=f"The answer of {m} is that it depends on a great many things, all of which matter")
    yield {"type": "round_completed", "index": 0, "name": "independent_analysis", "status": "completed",
           "counts": {"ok": 3, "error": 0}, "quorum": {"need": 2, "of": 3, "ok": 3, "met": True}, "aggregate": None}
    yield {"type": "round_started", "index": 1, "name": "anonymized_peer_review", "iteration": 0, "asked": MEMBERS}
    for m in MEMBERS:
        yield started(m, 1)
    yield completed("ann", 1, ballot={"ordering": ["cy", "bob"]}, content="...")
    yield {"type": "warning", "code": "ballot_repaired", "message": "own label dropped", "member_id": "bob"}
    yield {"type": "round_completed", "index": 1, "name": "anonymized_peer_review", "status": "completed",
           "counts": {"ok": 3}, "quorum": {"need": 2, "of": 3, "ok": 3, "met": True},
           "aggregate": {"winner": "bob", "tied": [], "order": [["bob"], ["ann", "cy"]],
                         "scores": {"ann": 0.5, "bob": 0.75, "cy": 0.5}, "ballots": {"seats": 3, "cast": 3},
                         "raw": {}, "avg_position": {"ann": 1.5, "bob": 1.333333, "cy": 1.5},
                         "first_places": {"ann": 1, "bob": 2, "cy": 0}, "votes": {"ann": 2, "bob": 2, "cy": 2},
                         "label_to_id": {"Response A": "cy", "Response B": "ann", "Response C": "bob"}}}
    yield {"type": end, "result": result(outcome)}


def numbered(run_id, script):
    seq = 0
    for event in script:
        delta = event["type"] == "member_token"
        seq += not delta
        yield {"v": 1, "run_id": run_id, "seq": None if delta else seq, "ms": seq, "path": "", **event}


def down(outcome, reason=None, **more):
    return {"ref": REF, "run_id": "r1", "pid": 42, "reason": reason or {"kind": "normal"}, "stopped_by": None,
            "outcome": outcome, "rusage": None, **more}


def run_start(script, end, wait=None):
    """A run.start that replies, sends the events and then the end; wait(connection) stands before the end."""
    def handler(connection, request):
        connection.reply(request, {"run_id": "r1", "pid": 42, "council_id": "c", "warnings": [], "ref": REF,
                                   "subscription": SUB})
        for event in numbered("r1", script):
            connection.notify("run.event", ref=SUB, run_id="r1", event=event)
        if wait:
            wait(connection)
        if end:
            connection.notify("run.end", ref=SUB, run_id="r1", last_seq=9)
            connection.notify("run.down", **end)
        elif not wait:
            connection.close()
    return handler


class Case(unittest.TestCase):
    def run_ctl(self, handlers, *args, status=0, **more):
        with FakeDaemon(handlers) as daemon:
            done = subprocess.run([CTL, "--socket", daemon.path, *args], capture_output=True, text=True, timeout=patience(30),
                                  **more)
            self.assertEqual(done.returncode, status, done.stdout + done.stderr)
            return daemon.requests, done.stdout, done.stderr

    def in_order(self, text, *parts):
        at = 0
        for part in parts:
            found = text.find(part, at)
            self.assertGreaterEqual(found, 0, f"{part!r} is missing or too early in:\n{text}")
            at = found + len(part)


class TestLines(Case):
    def test_a_whole_run_in_a_pipe(self):
        requests, out, err = self.run_ctl({"run.start": run_start(events(), down("complete"))}, "run", "three-stage",
                                          "Why?", "--registry", "g")
        self.assertEqual(requests[0]["params"], {"council": "three-stage", "input": "Why?", "registry": "g",
                                                 "monitor": True, "subscribe": {"deltas": False}})
        self.in_order(out, "run r1, council three-stage, members ann, bob, cy\n",
                      "round 1 of 3: independent_analysis, asking ann, bob, cy, quorum 2 of 3\n",
                      "bob: attempt 1 failed, rate_limited: slow down; next: retry in 1.5 s\n",
                      "ann ok (1.2 s, tokens 100 in, 50 out): The answer of ann", "round completed: 3 ok\n",
                      "round 2 of 3", "ann ok (1.2 s, tokens 100 in, 50 out): ranks cy, bob\n",
                      "warning: bob: ballot_repaired: own label dropped\n",
                      "PLACE  CANDIDATE   SCORE  LABEL       MEAN POSITION  FIRST PLACES  BALLOTS\n",
                      "1  bob        0.7500  Response C           1.33             2        2\n",
                      "2  ann", "2  cy", "winner: bob (3 of 3 ballots)\n", "dissent:\n  cy (ranking): ann\n",
                      "7 calls, 700 tokens in, 350 out, 0.0000 USD", "outcome: complete, heard 6 of 6\n",
                      "final answer (chair)\n", "\nForty-two.\nReally.\n")
        self.assertNotIn("\x1b", out)
        self.assertNotIn("First line", out)
        self.assertEqual(err, "")

    def test_streamed_words_become_whole_lines(self):
        requests, out, _ = self.run_ctl({"run.start": run_start(events(), down("complete"))}, "run", "c", "q",
                                        "--stream")
        self.assertEqual(requests[0]["params"]["subscribe"], {"deltas": True})
        self.in_order(out, "  ann | First line\n", "  ann | second line, unfinished \\x1b[2J\n", "  ann ok")

    def test_quiet(self):
        _, out, _ = self.run_ctl({"run.start": run_start(events(), down("complete"))}, "run", "c", "q", "--quiet")
        self.assertTrue(out.startswith("dissent:"), out)
        self.in_order(out, "outcome: complete", "Forty-two.")

    def test_json_prints_the_events_own_bytes(self):
        _, out, _ = self.run_ctl({"run.start": run_start(events(), down("complete"))}, "run", "c", "q", "--json",
                                 "--stream")
        sent = [json.dumps(e, separators=(",", ":"), ensure_ascii=False) for e in numbered("r1", events())]
        self.assertEqual(out.splitlines(), sent)

    def test_exit_statuses(self):
        for outcome, status in [("degraded", 3), ("refused", 4), ("cancelled", 5), ("failed", 1)]:
            end = "run_completed" if outcome == "degraded" else "run_failed"
            _, out, _ = self.run_ctl({"run.start": run_start(events(end, outcome), down(outcome))}, "run", "c", "q",
                                     status=status)
            self.assertIn(f"outcome: {outcome}", out)

    def test_a_run_that_is_killed_is_status_6(self):
        """Its events simply stop: the DOWN is all there is."""
        script = list(events())[:5]
        end = down(None, {"kind": "killed", "by": "supervisor"}, stopped_by="client")
        _, out, err = self.run_ctl({"run.start": run_start(script, end)}, "run", "c", "q", status=6)
        self.assertIn("r1 is down: killed by supervisor, stopped by client", err)
        self.assertNotIn("outcome", out)

    def test_a_result_without_terminal_event_is_fetched(self):
        handlers = {"run.start": run_start(list(events())[:5], down("failed")),
                    "run.await": reply({"run_id": "r1", "outcome": "failed", "result": {
                        "outcome": "failed", "errors": [{"code": "journal", "message": "disk full"}], "final": None}})}
        _, out, _ = self.run_ctl(handlers, "run", "c", "q", status=1)
        self.in_order(out, "journal: disk full", "outcome: failed")

    def test_a_lost_connection_is_status_7(self):
        _, _, err = self.run_ctl({"run.start": run_start(list(events())[:5], None)}, "run", "c", "q", status=7)
        self.assertIn("noconnection", err)

    def test_a_refused_start(self):
        faulty = {"run.start": fault(-32602, "invalid_council", errors=[{"path": "/a", "code": "b", "message": "c"}])}
        _, out, err = self.run_ctl(faulty, "run", "c", "q", status=2)
        self.assertEqual((out, err), ("", "councilctl: run.start: invalid_council: no\n  /a  b  c\n"))

    def test_detach(self):
        requests, out, _ = self.run_ctl({"run.start": reply({"run_id": "r1"})}, "run", "c", "q", "--detach")
        self.assertEqual((out, "monitor" in requests[0]["params"]), ("r1\n", False))


class TestEvents(Case):
    def subscribe(self, script, close=False):
        def handler(connection, request):
            connection.reply(request, {"ref": SUB, "last_seq": 0})
            for event in numbered("r1", script):
                connection.notify("run.event", ref=SUB, run_id="r1", event=event)
            connection.notify("run.gap", ref=SUB, run_id="r1", dropped=3)
            connection.close() if close else connection.notify("run.end", ref=SUB, run_id="r1", last_seq=9)
        return handler

    def test_a_recorded_run(self):
        requests, out, _ = self.run_ctl({"run.subscribe": self.subscribe(events("run_completed", "degraded"))},
                                        "events", "r1", "--after", "4", status=3)
        self.assertEqual(requests[0]["params"], {"run_id": "r1", "after_seq": 4, "deltas": False})
        self.in_order(out, "round 1 of 3", "outcome: degraded", "Forty-two.")
        self.assertIn("(3 events were dropped", out)

    def test_a_run_that_died(self):
        handlers = {"run.subscribe": self.subscribe(list(events())[:4]),
                    "run.await": reply({"run_id": "r1", "outcome": None, "result": None,
                                        "reason": {"kind": "exit", "code": 3}})}
        _, _, err = self.run_ctl(handlers, "events", "r1", status=6)
        self.assertIn("r1 is down: exit 3", err)

    def test_unknown_run_and_lost_connection(self):
        self.run_ctl({"run.subscribe": fault(-32005, "not_found")}, "events", "r1", status=1)
        self.run_ctl({"run.subscribe": self.subscribe(list(events())[:4], close=True)}, "events", "r1", status=7)
