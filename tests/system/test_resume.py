"""Runs are killed after lines of their journals and resumed: an answer that stands complete must never be asked for again, or the
council is paid for twice; and the result must be that of a run that nobody killed. Here at each third line, with
COUNCILD_EVERY_LINE=1 (`make torture`) at all of them."""
import collections
import hashlib
import json
import os
import re
import signal
import subprocess

import harness
import peers
from harness import BUILD, wait_until
from patience import patience

CTL = os.path.join(BUILD, "councilctl")
STEP = 1 if os.environ.get("COUNCILD_EVERY_LINE") == "1" else 3
DIFFERS = {"run_id", "reused", "resume", "usage", "cost", "attempts", "budget", "timing", "stage_ms"}
# Council documents, one for each template.
TEMPLATES = {
    "parallel_panel": {}, "specialist": {}, "peer_review": {}, "karpathy": {},
    "voting": {"options": ["tea", "milk"]}, "tournament": {}, "consensus": {"max_iterations": 2},
    "weighted_consensus": {}, "jury_with_retry": {}, "debate": {"max_iterations": 2},
}


def lasting(value):
    """A result without what may differ between a resumed run and an undisturbed one."""
    if isinstance(value, dict):
        return {k: lasting(v) for k, v in value.items() if k not in DIFFERS and not k.endswith("_ms")}
    return [lasting(v) for v in value] if isinstance(value, list) else value


def filled(schema, number):
    """A value that fits a JSON Schema, drawn from the number."""
    if "enum" in schema:
        return schema["enum"][number % len(schema["enum"])]
    kind = schema.get("type")
    if kind == "object":
        return {k: filled(v, number) for k, v in schema["properties"].items()}
    if kind == "array":
        items = schema.get("items", {})
        if "enum" in items:
            at = number % len(items["enum"])
            return items["enum"][at:] + items["enum"][:at]
        return []
    return {"number": 0.5, "integer": 1, "boolean": False}.get(kind, f"text {number % 1000}")


class Server(peers.LlmServer):
    """Answers each prompt always in the same way, and counts in `asked` how often each came: {(model, prompt): times}."""

    def __init__(self, script):
        self.asked = collections.Counter()
        super().__init__(script)

    def take(self, model, body, headers, path):
        with self.lock:
            self.asked.update([(model, body["messages"][-1]["content"])])
        number = int(hashlib.sha256(json.dumps(body["messages"]).encode()).hexdigest()[:8], 16)
        form = body.get("response_format", {}).get("json_schema", {}).get("schema")
        reply = json.dumps(filled(form, number)) if form else f"Answer {number}."
        return {"reply": reply}


class Case(harness.Case):
    server_class = Server

    def setUp(self):
        super().setUp()
        self.server = self.server_class({})
        self.addCleanup(self.server.close)
        self.d = self.new_daemon("d", runner=os.path.join(BUILD, "council-runner"))
        self.d.flags["config"] = os.path.join(self.d.dir, "config.json")
        with open(self.d.flags["config"], "w") as f:
            json.dump({"providers": {"llm": {"type": "openai", "base_url": self.server.url, "key_env": "TEST_KEY"}}}, f)
        self.c = self.d.start(env={"TEST_KEY": "sk-test-0011223344556677"}).client(30)

    def council(self, template, opts):
        members = [{"id": name, "model": name} for name in ("ann", "bob", "cy")]
        return {"schema_version": 1, "id": template.replace("_", "-"), "default_profile": "p",
                "profiles": {"p": {"provider": "llm"}}, "members": members, "chair": {"model": "chair"},
                "template": {"name": template, "opts": opts}}

    def journal(self, run_id):
        lines = self.d.record(run_id)["journal"].splitlines()
        # A line that the kill cut off is the last, and councild has ended it before its own.
        if lines and not lines[-1].endswith(b"}"):
            lines.pop()
        return [json.loads(line) for line in lines]

    def whole(self, council, **options):
        run = self.c.start(council, options=options, monitor=True, verbose="debug")
        self.c.down(run["ref"])
        answer = self.c.call("run.await", run_id=run["run_id"])
        return run["run_id"], answer["result"], self.journal(run["run_id"])

    def killed(self, council, seq):
        """A run whose runner gets SIGKILL as soon as line `seq` of its journal is told."""
        run = self.c.start(council, options={"seed": "seed"}, monitor=True, subscribe=True, verbose="debug")
        self.until(run["subscription"], seq)
        try:
            os.kill(run["pid"], signal.SIGKILL)
        except ProcessLookupError:
            pass    # it was done
        self.c.down(run["ref"])
        return run["run_id"], self.journal(run["run_id"])

    def until(self, ref, seq):
        """Or until the end: whether an early_stop is told depends on the order of the ballots, so a run may have a line less."""
        self.c.take(lambda m: m.get("params", {}).get("ref") == ref
                    and (m["method"] == "run.end" or m["method"] == "run.event" and m["params"]["event"]["seq"] >= seq),
                    what=f"event {seq}")

    def prompts(self, journal, wanted):
        """Model and first prompt of the calls for whose member_started wanted() holds."""
        return collections.Counter((e["model"], e["messages"][-1]["content"])
                                   for e in journal if e["type"] == "member_started" and wanted(e))

    def resumed(self, dead, journal, expected):
        calls = {e["call_id"] for e in journal if e["type"] == "exchange_completed"}
        answered = self.prompts(journal, lambda e: e["call_id"] in calls)
        # Blind rounds ask the same again: where such a request was under way at the kill, it cannot be told apart.
        open_ones = self.prompts(journal, lambda e: e["call_id"] not in calls)
        before = {prompt: self.server.asked[prompt] for prompt in answered if prompt not in open_ones}
        self.assertNotIn(0, before.values())
        _, result, lines = self.whole_resume(dead)
        for e in lines:
            if e["type"] == "member_started" and e["call_id"] in calls:
                self.assertEqual(e["reused_from"], dead, e["call_id"])
        fresh = self.prompts(lines, lambda e: not e["reused_from"])
        for prompt, times in before.items():
            self.assertEqual(self.server.asked[prompt] - times, fresh[prompt], prompt)
        self.assertEqual(lasting(result), expected)
        return lines

    def whole_resume(self, dead):
        run = self.c.call("run.start", options={"resume_from": dead}, monitor=True, verbose="debug")
        self.c.down(run["ref"])
        return run["run_id"], self.c.call("run.await", run_id=run["run_id"])["result"], self.journal(run["run_id"])


class TestKilled(Case):
    def kill_everywhere(self, template):
        council = self.council(template, TEMPLATES[template])
        _, result, lines = self.whole(council, seed="seed")
        self.assertIn(result["outcome"], ("complete", "degraded"), result["errors"])
        first = list(TEMPLATES).index(template) % STEP
        for seq in range(1 + first, len(lines) + 1, STEP):
            dead, journal = self.killed(council, seq)
            if journal[-1]["type"] not in ("run_completed", "run_failed"):
                self.assertGreaterEqual(len(journal), seq)
            self.resumed(dead, journal, lasting(result))


def kill_test(template):
    def test(self):
        self.kill_everywhere(template)
    return test


for name in TEMPLATES:
    setattr(TestKilled, f"test_{name}", kill_test(name))


class TestResume(Case):
    """What a resume may and may not take over."""

    def setUp(self):
        super().setUp()
        self.document = self.council("karpathy", {})

    def test_a_complete_run_asks_nobody(self):
        run_id, result, journal = self.whole(self.document)
        lines = self.resumed(run_id, journal, lasting(result))
        self.assertEqual(lines[1]["type"], "run_resumed")
        self.assertEqual(lines[1]["from_run_id"], run_id)

    def test_a_torn_line_and_a_chain(self):
        _, result, _ = self.whole(self.document, seed="seed")
        dead, journal = self.killed(self.document, 9)
        path = self.d.record_path(dead)
        with open(path, "ab") as f:
            f.write(b'{"v":1,"seq":99,"type":"exch')
        self.resumed(dead, journal, lasting(result))
        second = self.c.call("run.list", limit=1)["runs"][0]["run_id"]
        os.unlink(path)
        self.resumed(second, self.journal(second), lasting(result))

    def test_what_was_asked_must_be_the_same(self):
        run_id, _, _ = self.whole(self.document)
        error = self.c.error("run.start", options={"resume_from": run_id}, input="something else")
        self.assertError(error, "start_failed", -32004)
        cause = error.data["cause"]
        self.assertEqual((cause["kind"], cause["code"], cause["data"]["differences"]), ("failed", "resume_mismatch", ["input_sha256"]))
        self.assertEqual(cause["data"]["fields"], ["/input"])
        self.assertIn("/input", cause["message"])
        other = json.loads(json.dumps(self.document))
        other["members"][1]["model"] = "bobby"
        other["members"][2]["timeouts"] = {"total_ms": 5000}        # changes nothing of what is asked
        error = self.c.error("run.start", options={"resume_from": run_id, "seed": "another"}, council=other, input="x")
        self.assertEqual(error.data["cause"]["data"]["differences"], ["ask_sha256", "seed"])
        self.assertEqual(set(error.data["cause"]["data"]["fields"]),    # the key of its reliability is made of the model
                         {"/council/members/1/model", "/council/members/1/reliability_key", "/options/seed"})
        run = self.c.call("run.start", options={"resume_from": run_id, "resume_policy": "matching"}, input="something else", monitor=True)
        self.assertEqual(self.c.down(run["ref"])["outcome"], "complete")

    def test_what_cannot_be_resumed(self):
        live = self.c.start({**self.document, "profiles": {"p": {"provider": "mock", "provider_options": {"delay_ms": 60000}}}})
        for run_id in ("nobody", live["run_id"]):
            for more in ({}, {"council": self.document, "input": "x"}):
                self.assertError(self.c.error("run.start", options={"resume_from": run_id}, **more), "invalid_option", -32602,
                                 field="/options/resume_from")
        self.assertError(self.c.error("run.start", input="x"), "invalid_parameter", -32602, field="council")
        self.assertError(self.c.error("run.start", council=self.document), "invalid_parameter", -32602, field="input")

    def ctl(self, *args, status=0):
        done = subprocess.run([CTL, "--socket", self.d.socket, *args], capture_output=True, text=True, timeout=patience(60),
                              stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout

    def test_councilctl(self):
        dead, _ = self.killed(self.document, 12)
        self.assertIn("agrees as far as it goes", self.ctl("replay", dead))
        self.assertIn("outcome: complete", self.ctl("resume", dead, "--run-id", "again"))
        self.assertRegex(self.ctl("replay", "again"), r"agrees: \d+ events give the recorded result, byte for byte")
        asked = self.server.asked.total()
        self.ctl("resume", "again", "--quiet", "--label", "a=b")
        self.assertEqual(self.server.asked.total(), asked)
        self.d.change_events("again", lambda text: re.sub(rb'"content":"Answer \d+\."', b'"content":"Answer forged."', text, count=1))
        self.assertIn("does not agree", self.ctl("replay", "again", status=1))
        self.d.change_events("again", lambda text: text.replace(b'"type":"independent_analysis"', b'"type":"seance"'))
        self.assertIn("does not agree: the council of run_started: /rounds/0/type unknown_round_type",
                      self.ctl("replay", "again", status=1))
        # The youngest needs those that it resumes: they stay as long as it does, and push nobody out.
        self.assertEqual(self.ctl("prune", "--keep", "1"), "0 records removed\n")
        self.assertEqual(self.ctl("prune"), "0 records removed\n")
        run_id, _, _ = self.whole(self.document)
        self.assertEqual(self.ctl("prune", "--keep", "1"), "3 records removed\n")
        wait_until(lambda: [n[14:] for n in self.d.records()] == [run_id], 5)
