"""Whole councils with the real runner: over aimock, on mock; fifty at once."""
import json
import os
import re
import signal

import harness
import peers
from harness import PROMPTLY, Stopwatch, wait_until

RUNNER = os.path.join(harness.BUILD, "council-runner")
ROUNDS = [{"type": "independent_analysis"}, {"type": "anonymized_peer_review"}, {"type": "synthesis"}]
RANKING = json.dumps({"rationale": "clear", "ordering": ["Response A", "Response B", "Response C"], "confidence": 0.8})
KEY = "sk-test-" + "0123456789abcdef" * 2


def three_stage(provider="mock", models=("m-a", "m-b", "m-c"), chair="m-chair", **more):
    bundle = {"provider": provider, "retry": {"max_attempts": 2, "base_ms": 0}, **more}
    return {"schema_version": 1, "id": "three", "default_profile": "seat", "profiles": {"seat": bundle}, "rounds": ROUNDS,
            "members": [{"id": f"s{n}", "model": m} for n, m in enumerate(models)], "chair": {"model": chair}}


def alone(provider="mock", model="m", **more):
    """A council of one member and one round."""
    return {"schema_version": 1, "id": "alone", "members": [{"id": "s0", "provider": provider, "model": model, **more}],
            "rounds": [{"type": "independent_analysis"}]}


def slow(ms, members=2):
    """A mock council whose answers take their time."""
    script = {"*": [{"text": "slow", "delay_ms": ms}]}
    return {**alone(), "id": "slow", "members": [{"id": f"s{n}", "provider": "mock", "model": "m",
                                                  "provider_options": {"script": script}} for n in range(members)]}


VOLATILE = re.compile(r"(_at|_ms|^ts|^ms|^run_id|^pid|^timing)$")


def timeless(value):
    """A document without times, pids and run ids."""
    if isinstance(value, dict):
        return {k: timeless(v) for k, v in value.items() if not VOLATILE.search(k)}
    return [timeless(v) for v in value] if isinstance(value, list) else value


class CouncilCase(harness.Case):
    def council_daemon(self, name="d", providers=None, ca=None, **flags):
        d = self.new_daemon(name, runner=RUNNER, **flags)
        if providers:
            d.flags["config"] = os.path.join(d.dir, "config.json")
            with open(d.flags["config"], "w") as f:
                json.dump({"providers": providers}, f)
        return d.start(env={"OPENAI_API_KEY": KEY})

    def whole(self, c, document, seconds=60, **options):
        """Runs a council to its end; gives (down, result, events)."""
        options.setdefault("subscribe", True)
        run = c.start(document, options.pop("input", "Which way?"), monitor=True, **options)
        down = c.down(run["ref"], seconds)
        result = c.call("run.await", run_id=run["run_id"])["result"]
        events = [e["event"] for e in c.notifications("run.event", ref=run["subscription"])]
        return down, result, events

    def orderly(self, events):
        """The order of lifecycle events that clients may rely on."""
        facts = [e for e in events if "seq" in e]
        self.assertEqual([e["seq"] for e in facts], list(range(1, len(facts) + 1)))
        self.assertEqual(facts[0]["type"], "run_started")
        terminal = [e["type"] for e in facts if e["type"] in ("run_completed", "run_failed")]
        self.assertEqual(len(terminal), 1)
        self.assertEqual(facts[-1]["type"], terminal[0])
        open_calls, finished = set(), set()
        for e in facts:
            call = e.get("call_id") or (e.get("result") or {}).get("call_id")
            if e["type"] == "member_started":
                open_calls.add(e["call_id"])
            elif e["type"] in ("attempt_failed", "exchange_completed", "member_reask"):
                self.assertIn(call, open_calls)
        rounds = [(e["index"], e["type"]) for e in facts if e["type"] in ("round_started", "round_completed")]
        self.assertEqual(rounds, [(i, t) for i in sorted({i for i, _ in rounds}) for t in ("round_started", "round_completed")])
        return finished


class Tokens(CouncilCase):
    def test_whoever_starts_with_deltas_gets_every_token(self):
        """Subscribed in the same step, no token comes before the run knows that it is wanted."""
        c = self.council_daemon(spares=1).client(60)
        for _ in range(20):
            _, result, events = self.whole(c, alone(), subscribe={"deltas": True})
            self.assertEqual("".join(e["text"] for e in events if e["type"] == "member_token"), result["final"]["content"])


@peers.from_npm
class OverAimock(CouncilCase):
    def setUp(self):
        super().setUp()
        place = self.path("aimock")
        os.mkdir(place)
        answers = [{"match": {"model": m, "userMessage": "Judge each response"}, "response": {"content": RANKING}}
                   for m in ("m-a", "m-b", "m-c")]
        answers += [{"match": {"model": m}, "response": {"content": f"Go left, because the road is {why}."}}
                    for m, why in (("m-a", "shorter"), ("m-b", "safer"), ("m-c", "prettier"))]
        answers += [{"match": {"model": "m-chair"}, "response": {"content": "Final: go left."}},
                    {"match": {"model": "m-bad"}, "response": {"error": {"message": "boom", "type": "server_error"}, "status": 500}}]
        self.aimock = peers.Aimock(place, answers)
        self.addCleanup(self.aimock.close)
        wire = {"type": "openai", "base_url": self.aimock.url + "/v1", "key_env": "OPENAI_API_KEY"}
        self.d = self.council_daemon(providers={"openai": wire, "whole": {**wire, "stream": False}})
        self.c = self.d.client(60)

    def test_whole_council(self):
        # Streamed on the wire and to the subscriber; on the wire only; not at all.
        for provider, stream in (("openai", True), ("openai", False), ("whole", True)):
            asked = len(self.aimock.journal())
            down, result, events = self.whole(self.c, three_stage(provider, stream=stream), subscribe={"deltas": True})
            self.assertReason(down, kind="normal")
            self.assertEqual((down["outcome"], result["outcome"], result["degraded"]), ("complete", "complete", False))
            self.assertEqual(result["final"]["content"], "Final: go left.")
            self.assertEqual(result["final"]["source"], "chair")
            self.assertEqual(result["heard"], {"ok": 6, "of": 6})
            self.assertEqual([r["type"] for r in result["rounds"]], [r["type"] for r in ROUNDS])
            report = result["rounds"][1]["aggregate"]["report"]
            self.assertEqual(set(report["avg_position"]), {"s0", "s1", "s2"})
            self.assertEqual({judge: len(ballot) for judge, ballot in report["judge_ballots"].items()}, {"s0": 2, "s1": 2, "s2": 2})
            self.assertEqual(sorted(result["labels"].values()), ["s0", "s1", "s2"])
            self.orderly(events)
            calls = [e["body"] for e in self.aimock.journal()][asked:]
            self.assertEqual([bool(b.get("stream")) for b in calls], [provider == "openai"] * 7)
            tokens = [e for e in events if e["type"] == "member_token"]
            self.assertLessEqual({e["member_id"] for e in tokens}, {"s0", "s1", "s2", "chair"} if stream else set())
            if stream and provider == "openai":
                text = "".join(e["text"] for e in tokens if e["member_id"] == "chair")
                self.assertEqual(text, "Final: go left.")
        self.assertGreater(result["usage"]["input_tokens"], 0)
        review = next(b for b in calls if "Judge each response" in str(b) and b["model"] == "m-a")
        self.assertNotRegex(str(review["messages"]), r"\bs[0-2]\b|m-b|m-c", "reviewers see labels only")

    def test_one_member_fails(self):
        for provider in ("openai", "whole"):
            self.one_fails(provider)

    def one_fails(self, provider):
        down, result, events = self.whole(self.c, three_stage(provider, models=("m-a", "m-bad", "m-c")))
        self.assertReason(down, kind="normal")
        self.assertEqual((down["outcome"], result["outcome"], result["degraded"]), ("degraded", "degraded", True))
        self.assertEqual(result["final"]["content"], "Final: go left.")
        self.assertEqual({(r["code"], r["member_id"]) for r in result["degraded_reasons"]}, {("member_error", "s1")})
        self.assertLess(result["heard"]["ok"], result["heard"]["of"])
        self.assertEqual(result["members"]["s1"]["statuses"][0], "error")
        failed = [e for e in events if e["type"] == "attempt_failed"]
        self.assertEqual([e["error"]["code"] for e in failed[:2]], ["server_error"] * 2)
        self.assertEqual([e["next"] for e in failed[:2]], ["retry", "give_up"])
        self.assertIn("boom", failed[0]["error"]["message"])
        self.orderly(events)

    def test_all_members_fail(self):
        down, result, events = self.whole(self.c, three_stage("openai", models=("m-bad", "m-bad", "m-bad")))
        self.assertEqual((down["outcome"], result["outcome"]), ("failed", "failed"))
        self.assertIsNone(result["final"])
        self.assertEqual(events[-1]["type"], "run_failed")
        self.assertIn("no_answers", [e["code"] for e in result["errors"]])

    def test_key_is_sent_and_stands_nowhere(self):
        run = self.c.start(three_stage("openai"), "Which way?", monitor=True, subscribe=True, verbose="debug")
        with open(f"/proc/{run['pid']}/environ", "rb") as f, open(f"/proc/{run['pid']}/cmdline", "rb") as g:
            self.assertNotIn(KEY.encode(), f.read() + g.read())
        self.c.down(run["ref"], 60)
        self.assertTrue(all(e["headers"].get("authorization") for e in self.aimock.journal()))
        for folder, _, files in os.walk(self.d.dir):
            for name in files:
                if name not in ("runner", "sock"):
                    with open(os.path.join(folder, name), "rb") as f:
                        self.assertNotIn(KEY.encode(), f.read(), name)
        self.assertNotIn(KEY, json.dumps(self.c.log))


class OnMock(CouncilCase):
    def setUp(self):
        super().setUp()
        self.d = self.council_daemon(spares=1)
        self.c = self.d.client(60)

    def test_same_seed_same_result(self):
        texts = []
        for _ in range(2):
            down, result, events = self.whole(self.c, three_stage(), options={"seed": "council"})
            self.assertEqual(down["outcome"], "complete")
            self.orderly(events)
            texts.append((json.dumps(timeless(result)), json.dumps(timeless([e for e in events if e["type"] == "run_started"]))))
        self.assertEqual(texts[0], texts[1])
        self.assertEqual(json.loads(texts[0][0])["seed"], "council")

    def test_other_seeds_other_labels_and_rankings(self):
        labels, orders = set(), set()
        for n in range(6):
            _, result, _ = self.whole(self.c, three_stage(), options={"seed": f"seed {n}"})
            labels.add(json.dumps(result["labels"], sort_keys=True))
            orders.add(json.dumps(result["rounds"][1]["aggregate"]["report"]["judge_ballots"], sort_keys=True))
        self.assertGreater(len(labels), 1)
        self.assertGreater(len(orders), 1)

    def test_seed_is_drawn_when_none_is_given(self):
        seeds = {self.whole(self.c, alone())[1]["seed"] for _ in range(3)}
        self.assertEqual(len(seeds), 3)
        for seed in seeds:
            self.assertRegex(seed, r"\A[0-9a-f]{64}\Z")

    def test_journal_is_what_was_sent(self):
        run = self.c.start(three_stage(), "Which way?", monitor=True, subscribe=True)
        self.c.down(run["ref"], 60)
        journal = self.d.record(run["run_id"])["journal"].splitlines()
        sent = [line for line in self.c.lines if b'"run.event"' in line]
        self.assertEqual(len(journal), len(sent))
        for a, b in zip(journal, sent):
            self.assertIn(a, b)
        for line in journal:
            event = json.loads(line)
            self.assertEqual((event["v"], event["run_id"]), (1, run["run_id"]))
            self.assertRegex(event["ts"], r"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\Z")

    def test_terminated_half_way(self):
        run = self.c.start(slow(30000), monitor=True, subscribe=True)
        self.c.notification("run.event", ref=run["subscription"])
        watch = Stopwatch()
        self.c.call("run.terminate", run_id=run["run_id"])
        self.assertLess(watch.seconds, PROMPTLY)
        down = self.c.down(run["ref"])
        self.assertReason(down, kind="shutdown")        # the runner re-raises SIGTERM after its clean-up
        self.assertIsNone(down["outcome"])
        types = [e["event"]["type"] for e in self.c.notifications("run.event", ref=run["subscription"])]
        self.assertNotIn("run_failed", types)
        self.assertNotIn("run_completed", types)

    def test_cancel(self):
        for mode, low in (("now", 0), ("drain", 0)):
            run = self.c.start(slow(700), monitor=True, subscribe=True)
            wait_until(lambda: self.c.call("run.info", run_id=run["run_id"])["state"] == "running")
            self.c.notification("run.event", ref=run["subscription"])
            self.c.call("run.cancel", run_id=run["run_id"], mode=mode)
            down = self.c.down(run["ref"])
            self.assertReason(down, kind="normal")
            self.assertEqual(down["outcome"], "cancelled")
            result = self.c.call("run.await", run_id=run["run_id"])["result"]
            self.assertEqual((result["outcome"], result["final"]), ("cancelled", None))

    def test_death_is_not_passed_off_as_an_end(self):
        self.d.crashes = True
        for number in (signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT):
            run = self.c.start(slow(30000), monitor=True)
            os.kill(run["pid"], number)
            down = self.c.down(run["ref"])
            self.assertIsNone(down["outcome"])
            self.assertIn(down["reason"], self.deaths(number))

    @staticmethod
    def deaths(number):
        """A sanitiser turns a fault signal into an exit status of its own."""
        if number == signal.SIGKILL:
            return [{"kind": "killed", "by": "unknown"}]
        plain = [{"kind": "signal", "signal": signal.Signals(number).name, "core": core} for core in (False, True)]
        return plain + ([{"kind": "exit", "code": 1}] if harness.SANITIZED else [])

    def test_runner_ends_when_its_link_closes(self):
        run = self.c.start(slow(30000))
        p = harness.Process(run["pid"])
        self.d.kill()
        wait_until(lambda: not p.alive(), PROMPTLY)
        self.d.restart()
        info = self.d.client().call("run.info", run_id=run["run_id"])
        self.assertEqual(info["down"]["reason"]["kind"], "noconnection")

    def test_unknown_version_of_the_spec_is_a_failed_start(self):
        # The runner by itself, on a link that speaks a later version.
        import socket
        import subprocess
        ours, theirs = socket.socketpair()
        with ours:
            p = subprocess.Popen([RUNNER], preexec_fn=lambda: os.dup2(theirs.fileno(), 3, inheritable=True), pass_fds=[3],
                                 stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            theirs.close()
            with open(self.path("journal"), "ab") as journal:
                socket.send_fds(ours, [b'{"type":"spec","v":999,"run_id":"r","council_id":"x","council":{},"input":1}\n'], [journal.fileno()])
            ours.settimeout(20)
            line = json.loads(ours.makefile().readline())
        self.assertEqual((line["type"], line.get("code")), ("failed", "version"))
        p.wait(20)


class Fifty(CouncilCase):
    def test_fifty_at_once(self):
        """Half of them terminated half-way, one killed and one crashed from outside: one DOWN each, nothing left."""
        d = self.council_daemon(spares=2)
        d.crashes = True
        c, watcher = d.client(90), d.client(90)
        ids = [c.send("run.start", council=slow(6000 if n >= 25 else 120000, 3), input="x", run_id=f"n{n}", monitor=True)
               for n in range(50)]
        runs, refs = [], {}
        for id in ids:
            runs.append(c.reply(id, 90))
            refs[runs[-1]["run_id"]] = watcher.call("run.monitor", run_id=runs[-1]["run_id"])["ref"]
        self.assertEqual(watcher.counts()["active"], len(watcher.listed()))
        os.kill(runs[0]["pid"], signal.SIGKILL)
        os.kill(runs[1]["pid"], signal.SIGSEGV)
        stops = [c.send("run.terminate", run_id=f"n{n}") for n in range(2, 25)]
        for id in stops:
            self.assertEqual(c.reply(id, 60), {})
        for n, run in enumerate(runs):
            for client, ref in ((c, run["ref"]), (watcher, refs[run["run_id"]])):
                down = client.down(ref, 60)
                if n == 0:
                    self.assertReason(down, kind="killed", by="unknown")
                elif n == 1:
                    self.assertIn(down["reason"], OnMock.deaths(signal.SIGSEGV))
                elif n < 25:
                    self.assertReason(down, kind="shutdown")
                    self.assertEqual(down["stopped_by"], "client")
                else:
                    self.assertReason(down, kind="normal")
                    self.assertEqual(down["outcome"], "complete")
        for client in (c, watcher):
            client.drain(0.1)
            self.assertEqual(len(client.notifications("run.down")), 50)
        self.assertFalse(any(c.counts().values()))
        wait_until(lambda: len(d.processes()) == 2, 10, lambda: f"only the spares: {d.processes()}")
