"""councilctl, the examples and the demo with the real daemon and the real runner, on the mock provider."""
import json
import os
import re
import select
import signal
import subprocess
import sys
import tempfile
import time

import harness
from harness import BUILD, ROOT, wait_until
from patience import patience

CTL = os.path.join(BUILD, "councilctl")
RUNNER = os.path.join(BUILD, "council-runner")
EXAMPLES = os.path.join(ROOT, "examples")
COUNCILS = ["code-review", "compare", "three-stage"]     # the ones to begin with; test_examples runs all
SYS_POLL = ("7", "271", "73")       # poll or ppoll; on x86-64 and arm64
SLOW = "overrides.all.provider_options.delay_ms=60000"


class Case(harness.Case):
    def start_daemon(self, **flags):
        self.d = self.daemon(runner=RUNNER, catalogue_dir=EXAMPLES, **flags)
        return self.d

    def argv(self, *args):
        return [CTL, "--socket", self.d.socket, *args]

    def ctl(self, *args, status=0, stdin=None):
        done = subprocess.run(self.argv(*args), capture_output=True, text=True, timeout=patience(60), input=stdin,
                              stdin=subprocess.DEVNULL if stdin is None else None)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout

    def live(self):
        return json.loads(self.ctl("ps", "--json"))


class TestPages(Case):
    """What a run leaves must be readable: by people, on paper, and when the run died half-way."""

    def test_pages_of_an_ended_run(self):
        self.start_daemon()
        self.ctl("run", "--quiet", "--run-id", "paper", "three-stage", "Is <b> a tag?")
        shown = self.ctl("show", "paper", "--answers")
        self.assertRegex(shown, r"outcome: complete, heard 8 of 8")
        self.assertIn("winner" if "winner" in shown else "tied", shown)
        markdown, html = self.ctl("transcript", "paper"), self.ctl("transcript", "paper", "--format", "html")
        for page in (markdown, html):
            self.assertIn("anonymized", page)
        self.assertIn("Is &lt;b&gt; a tag?", html)
        self.assertNotRegex(html, r"<script|src=|href=")
        story = json.loads(self.ctl("transcript", "paper", "--format", "json"))
        self.assertEqual([r["name"] for r in story["rounds"]],
                         ["independent_analysis", "anonymized_peer_review", "synthesis"])
        self.assertIn("[ synthesis ]  chair", self.ctl("diagram", "three-stage", "--format", "ascii"))
        self.assertTrue(self.ctl("diagram", "three-stage").startswith("flowchart TD"))
        for how in (["paper"], ["--run", "paper"]):
            self.assertIn("chair-->>council: ok", self.ctl("diagram", *how, "--format", "sequence"))
        self.ctl("diagram", "neither", status=2)
        self.assertIn("Note over council: synthesis", self.ctl("diagram", "three-stage", "-f", "sequence"))
        self.ctl("transcript", "paper", "--format", "pdf", status=2)
        self.ctl("transcript", "nobody", status=1)

    def damage(self, run_id, number, text):
        """In the place of an event, as long as that. Gives its seq."""
        path = self.d.record_path(run_id)
        with open(path, "rb") as f:
            lines = f.read().split(b"\n")
        seq = json.loads(lines[number])["seq"]
        lines[number] = text.ljust(len(lines[number]))
        with open(path, "wb") as f:
            f.write(b"\n".join(lines))
        return seq

    def started(self, run_id, index):
        """The line of the first call of a round."""
        with open(self.d.record_path(run_id), "rb") as f:
            events = [json.loads(line) for line in f]
        return next(n for n, e in enumerate(events) if e["type"] == "member_started" and e["index"] == index)

    def test_what_a_record_lacks_is_told_where_it_is(self):
        self.start_daemon()
        self.ctl("run", "--quiet", "--run-id", "paper", "three-stage", "Which?")
        pages = [["show"], ["transcript"], ["transcript", "--format", "html"]]
        for how in pages:
            self.assertNotRegex(self.ctl(*how, "paper"), "missing in the record|record is torn")
        whole = json.loads(self.ctl("transcript", "paper", "--format", "json"))
        self.assertEqual((whole["holes"], whole["torn"]), ([], False))
        second, third = self.started("paper", 1), self.started("paper", 2)
        two = [self.damage("paper", n, b'{"type": "stranger"}') for n in (second, second + 1)]
        one = self.damage("paper", third, b'{"seq": 7, "ty')
        first_hole, second_hole = f"events {two[0]} to {two[1]} are missing in the record", f"event {one} is missing in the record"
        for how in pages:
            page = self.ctl(*how, "paper")
            heads = [page.index(name) for name in (first_hole, "synthesis", second_hole)]
            self.assertEqual(heads, sorted(heads), page)
            self.assertLess(page.index("anonymized"), heads[0])
            self.assertIn("the record is torn", page)
        told = json.loads(self.ctl("transcript", "paper", "--format", "json"))
        self.assertEqual(told["holes"], [{"from": two[0], "to": two[1], "rounds": 2}, {"from": one, "to": one, "rounds": 3}])
        self.assertEqual((told["torn"], told["last_seq"]), (True, whole["last_seq"]))

    def test_the_same_start_twice(self):
        self.start_daemon()
        ask = ("three-stage", "Why?", "--key", "k")
        run_id = self.ctl("start", *ask)
        answer = self.ctl("run", "--quiet", *ask)
        self.assertTrue(answer)
        self.assertEqual(self.ctl("run", "--quiet", *ask), answer)
        self.assertEqual(self.ctl("start", *ask), run_id)
        self.ctl("start", "three-stage", "Why not?", "--key", "k", status=1)

    def test_history_in_pages(self):
        self.start_daemon()
        for i in range(5):
            self.ctl("run", "--quiet", "--run-id", f"h{i}", "compare", "Which?")
        first = json.loads(self.ctl("history", "--json", "--limit", "2"))
        self.assertEqual([r["run_id"] for r in first["runs"]], ["h4", "h3"])
        rest = json.loads(self.ctl("history", "--json", "--after", first["next"]))
        self.assertEqual([r["run_id"] for r in rest["runs"]], ["h2", "h1", "h0"])
        table = self.ctl("history", "--outcome", "complete")
        head, newest = table.splitlines()[:2]
        self.assertEqual(head.split(), "RUN_ID COUNCIL STARTED TOOK OUTCOME REASON TOKENS COST USD QUESTION".split())
        self.assertRegex(newest, r"^h4 .* complete +normal +[0-9]+ .* Which\?$")
        self.assertNotIn("h4", self.ctl("history", "--outcome", "failed"))
        self.ctl("history", "--limit", "0", status=2)

    def test_a_run_is_found_again(self):
        """Nothing in a list said what had been asked, so that an answer that was paid for was asked for anew."""
        self.start_daemon()
        self.ctl("run", "three-stage", "Tea or coffee?", "--label", "team=blue")
        self.ctl("start", "three-stage", "Coffee, or rather\nmate?", "--set", SLOW, "--label", "team=red", "--run-id", "live")
        self.ctl("start", "three-stage", "Why?", "--set", SLOW, "--run-id", "other")
        self.ctl("terminate", "other")
        for args, questions in ((["--grep", "COFFEE"], ["Coffee, or rather mate?", "Tea or coffee?"]), (["--grep", "tea or"], ["Tea or coffee?"]),
                                (["--label", "team=red"], ["Coffee, or rather mate?"]), (["--died"], ["Why?"]),
                                (["--since", "1h", "--outcome", "complete"], ["Tea or coffee?"]), (["--grep", "nothing"], [])):
            lines = self.ctl("history", *args).splitlines()[1:]
            self.assertEqual(len(lines), len(questions), lines)
            for line, question in zip(lines, questions):
                self.assertTrue(line.endswith(question), line)
        for args, found in (([], 1), (["--grep", "mate"], 1), (["--grep", "tea"], 0), (["--label", "team=red", "--since", "1d"], 1)):
            self.assertEqual(len(self.ctl("ps", *args).splitlines()), 1 + found, args)
        self.assertIn("team=red", self.ctl("ps", "-v"))
        self.assertIn("team=blue", self.ctl("history", "-v"))

    def test_a_run_that_died_has_a_page_too(self):
        self.start_daemon()
        self.ctl("start", "--run-id", "dead", "--set", SLOW, "compare", "Which?")
        wait_until(lambda: "member_started" in self.ctl("transcript", "dead", "--format", "json")
                   or json.loads(self.ctl("transcript", "dead", "--format", "json"))["rounds"], 10)
        os.kill(self.live()[0]["pid"], signal.SIGKILL)
        wait_until(lambda: not self.live(), 10)
        self.assertIn("no result", self.ctl("transcript", "dead"))
        self.assertIn("no result", self.ctl("show", "dead"))


class TestExamples(Case):
    """An example that does not run is worse than none."""

    def test_each_council_validates_and_runs_on_mock(self):
        self.start_daemon()
        listed = {c["name"] for c in json.loads(self.ctl("councils", "--json"))}
        self.assertLessEqual(set(COUNCILS), listed)
        for council in COUNCILS:
            with self.subTest(council):
                self.assertEqual(self.ctl("validate", council), f"{council}: valid\n")
                out = self.ctl("run", council, "Is a lock file enough?")
                self.assertRegex(out, r"outcome: complete, heard (\d+) of \1\n")
                self.assertLess(out.index("outcome:"), out.index("final answer (chair)"))

    def test_a_council_turns_real_by_one_word(self):
        """With provider openai instead of mock in the one profile, all seats are that provider's."""
        self.start_daemon()
        for council in COUNCILS:
            with open(os.path.join(EXAMPLES, "councils", council + ".json")) as f:
                document = json.load(f)
            document["profiles"]["seat"]["provider"] = "openai"
            expanded = json.loads(self.ctl("validate", json.dumps(document), "--expand"))
            seats = [*expanded["members"], expanded["chair"]]
            self.assertEqual({seat["provider"] for seat in seats}, {"openai"})

    def test_each_profile_can_be_used(self):
        self.start_daemon()
        for name in sorted(f[:-5] for f in os.listdir(os.path.join(EXAMPLES, "profiles"))):
            council = {"schema_version": 1, "id": "x", "default_profile": name, "members": [{"id": "a"}],
                       "rounds": [{"type": "independent_analysis"}]}
            self.assertIn("valid", self.ctl("validate", json.dumps(council)))

    def test_the_python_client(self):
        self.start_daemon()
        done = subprocess.run([sys.executable, os.path.join(EXAMPLES, "client.py"), self.d.socket, "three-stage", "Why?"],
                              capture_output=True, text=True, timeout=patience(60))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertTrue(done.stdout.startswith("1 run_started"))
        self.assertIn("run_completed", done.stdout)
        self.assertIn("complete\n", done.stdout)
        done = subprocess.run([sys.executable, os.path.join(EXAMPLES, "client.py"), self.d.socket, "no-such", "Why?"],
                              capture_output=True, text=True, timeout=patience(60))
        self.assertEqual((done.returncode, "invalid_council" in done.stderr), (1, True))

    def test_the_demo_leaves_nothing_behind(self):
        with tempfile.TemporaryDirectory() as directory:
            begin = time.monotonic()
            done = subprocess.run([os.path.join(EXAMPLES, "demo"), BUILD], capture_output=True, text=True, timeout=patience(80),
                                  env={**os.environ, "TMPDIR": directory})
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertLess(time.monotonic() - begin, 60 if harness.SANITIZED else 30)
            self.assertEqual(os.listdir(directory), [])
        self.assertRegex(done.stdout, r"demo-1 +\d+ +running +three-stage +anonymized_peer_review")
        self.assertIn("demo-1 is down: normal, outcome complete", done.stdout)
        self.assertIn("are gone, the socket and all files too", done.stdout)


class TestRuns(Case):
    def test_json_lines_are_the_journal(self):
        """What --json prints is what the runner wrote, byte for byte."""
        self.start_daemon()
        out = self.ctl("run", "three-stage", "Why?", "--json", "--run-id", "j1", "--seed", "s")
        self.assertEqual(out.encode(), self.d.record("j1")["journal"])
        self.assertEqual(self.ctl("events", "j1", "--json"), out)
        after = out.splitlines()[4:]
        self.assertEqual(self.ctl("events", "j1", "--json", "--after", "4").splitlines(), after)

    def test_streamed_words_add_up_to_the_answers(self):
        self.start_daemon()
        slow = ["--set", "overrides.all.provider_options.delay_ms=200"]
        out = self.ctl("run", "compare", "Why?", "--json", "--stream", *slow)
        events = [json.loads(line) for line in out.splitlines()]
        told = {}
        for e in events:
            if e["type"] == "member_token":
                told[e["call_id"]] = told.get(e["call_id"], "") + e["text"]
        whole = {e["result"]["call_id"]: e["result"]["content"] for e in events if e["type"] == "member_completed"}
        self.assertEqual(told, whole)
        lines = self.ctl("run", "compare", "Why?", "--stream", *slow)
        self.assertRegex(lines, r"(?m)^  first \| \S")
        self.assertRegex(lines, r"(?m)^  chair \| \S")

    def test_the_question_comes_through_a_pipe(self):
        self.start_daemon()
        self.ctl("run", "compare", "-", "--run-id", "p1", stdin="Grüße\nund mehr\n")
        self.assertEqual(json.loads(self.d.record("p1")["spec"])["input"], "Grüße\nund mehr")

    def test_a_failing_member_is_status_3_and_named(self):
        self.start_daemon()
        with open(os.path.join(EXAMPLES, "councils", "three-stage.json")) as f:
            document = json.load(f)
        document["members"][1]["provider_options"] = {"script": {"*": [{"error": "auth"}]}}
        out = self.ctl("run", json.dumps(document), "Why?", status=3)
        self.assertRegex(out, r"(?m)^  ben error")
        self.assertRegex(out, r"outcome: degraded, heard \d+ of \d+\n")
        self.assertRegex(out, r"missing:\n  member_error, ben, round 1")
        self.assertIn("final answer (chair)", out)

    def test_start_await_info_and_ends(self):
        self.start_daemon()
        run_id = self.ctl("start", "three-stage", "Why?").strip()
        self.assertRegex(run_id, harness.RUN_ID)
        self.assertIn("outcome: complete", self.ctl("await", run_id))
        info = json.loads(self.ctl("info", run_id))
        self.assertEqual((info["run_id"], info["state"]), (run_id, "ended"))
        self.ctl("monitor", run_id, status=1)
        self.ctl("terminate", run_id, status=1)
        self.ctl("start", "no-such", "Why?", status=2)
        self.ctl("start", "three-stage", "Why?", "--set", "no_such_option=1", status=2)

    def test_cancel_and_terminate(self):
        self.start_daemon()
        for command, status, reason in [("cancel", 5, "normal"), ("terminate", 6, "shutdown")]:
            run = subprocess.Popen(self.argv("run", "three-stage", "Why?", "--run-id", command, "--set", SLOW),
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL)
            wait_until(lambda: any(c["run_id"] == command and c["phase"] == "independent_analysis" for c in self.live()))
            monitor = subprocess.Popen(self.argv("monitor", command), stdout=subprocess.PIPE, text=True)
            wait_until(lambda: self.is_waiting(monitor.pid))
            self.ctl(command, command, *(["--now"] if command == "cancel" else []))
            out, err = run.communicate(timeout=patience(30))
            self.assertEqual(run.returncode, status, out + err)
            told, _ = monitor.communicate(timeout=patience(30))
            self.assertEqual(monitor.returncode, status)
            self.assertIn(f"{command} is down: {reason}", told)

    def is_waiting(self, pid):
        """Has councilctl sent its request and does it sleep until something comes?"""
        connected = any(target.startswith("socket:") for target in harness.fds(pid).values())
        with open(f"/proc/{pid}/syscall") as f:
            return connected and f.read().split()[0] in SYS_POLL

    def test_a_runner_killed_from_outside(self):
        self.start_daemon()
        run = subprocess.Popen(self.argv("run", "compare", "Why?", "--run-id", "k", "--set", SLOW),
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL)
        pid = wait_until(lambda: next((c["pid"] for c in self.live()), None))
        os.kill(pid, signal.SIGABRT)        # AddressSanitizer would make an exit of SIGSEGV
        _, err = run.communicate(timeout=patience(30))
        self.assertEqual(run.returncode, 6)
        self.assertIn("k is down: signal SIGABRT", err)

    def test_the_daemon_is_killed_under_a_run(self):
        d = self.start_daemon()
        run = subprocess.Popen(self.argv("run", "compare", "Why?", "--run-id", "k", "--set", SLOW),
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL)
        wait_until(self.live)
        d.kill()
        d.expected_status = -signal.SIGKILL
        _, err = run.communicate(timeout=patience(30))
        self.assertEqual(run.returncode, 7)
        self.assertIn("k is down: noconnection", err)

    def test_stop_takes_runs_along(self):
        d = self.start_daemon()
        self.ctl("start", "compare", "Why?", "--set", SLOW)
        self.ctl("stop")
        self.assertEqual(d.wait(), 0)
        self.ctl("ping", status=7)


class TestCtrlC(Case):
    """Somebody at a terminal gives up waiting: the run must neither be lost nor go on unasked."""

    def terminal(self, *args):
        pid, fd = harness.fork_on_terminal()
        if pid == 0:
            os.environ["TERM"] = "xterm"
            os.execv(CTL, self.argv(*args))
        self.addCleanup(os.close, fd)
        return pid, fd

    def read(self, fd, until=None):
        text = ""
        while until is None or until not in text:
            if not select.select([fd], [], [], 30)[0]:
                raise AssertionError(f"no {until!r} in {text!r}")
            try:
                data = os.read(fd, 65536)
            except OSError:
                return text
            if not data:
                return text
            text += data.decode(errors="replace")
        return text

    def test_cancel_by_ctrl_c(self):
        self.start_daemon()
        pid, fd = self.terminal("run", "three-stage", "Why?", "--set", "overrides.all.provider_options.delay_ms=3000")
        self.read(fd, "0 of 4 have answered")
        os.write(fd, b"\x03")
        self.read(fd, "[c]ancel")
        os.write(fd, b"c\n")
        text = self.read(fd)
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 5, text)
        self.assertIn("cancelled", text)

    def test_leave_and_come_back(self):
        self.start_daemon()
        pid, fd = self.terminal("run", "three-stage", "Why?", "--run-id", "later", "--set",
                                "overrides.all.provider_options.delay_ms=1500")
        self.read(fd, "0 of 4 have answered")
        os.write(fd, b"\x03")
        self.read(fd, "[c]ancel")
        os.write(fd, b"l\n")
        text = self.read(fd)
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 130, text)
        advice = re.search(r"councilctl (--socket \S+ events later)", text)
        self.assertTrue(advice, text)
        done = subprocess.run([CTL, *advice.group(1).split()], capture_output=True, text=True, timeout=patience(60))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("outcome: complete", done.stdout)


if __name__ == "__main__":
    import unittest
    unittest.main()
