"""councilctl's simple commands against a scripted daemon: every word that they print for people."""
import json
import os
import re
import tempfile
import unittest

from fake_councild import fault, reply
from test_ctl_commands import DOWN, Case, ctl
from test_ctl_run import REF, SUB, numbered

INFO = {"name": "councild", "version": "0.1.0", "tenant": "default", "pid": 7, "uptime_ms": 61000}


class Words(Case):
    maxDiff = None

    def printed(self, handlers, *args, status=0):
        _, out, err = self.run_ctl(handlers, *args, status=status)
        self.assertEqual(err, "")
        return out

    def told(self, handlers, *args, status=1):
        """On standard error, and nothing for who reads the output."""
        _, out, err = self.run_ctl(handlers, *args, status=status)
        self.assertEqual(out, "")
        return err


class TestDaemon(Words):
    def test_ping(self):
        for more, words in [({}, "councild 0.1.0, tenant default, pid 7, up 1 min 1 s: answered in T ms\n"),
                            ({"uptime_ms": 900}, "councild 0.1.0, tenant default, pid 7, up 900 ms: answered in T ms\n"),
                            ({"name": "x\x1b", "version": "2", "tenant": "t", "pid": 8, "uptime_ms": 7200000},
                             "x\\x1b 2, tenant t, pid 8, up 2 h 0 min: answered in T ms\n"),
                            ({"tenant": None}, "councild 0.1.0, tenant -, pid 7, up 1 min 1 s: answered in T ms\n")]:
            out = self.printed({"supervisor.info": reply({**INFO, **more})}, "ping")
            self.assertEqual(re.sub(r"\b[0-9]+\.[0-9] ms", "T ms", out), words)
        out = self.printed({"supervisor.info": reply(INFO)}, "ping", "--json")
        self.assertEqual(out, json.dumps(INFO, separators=(",", ":")) + "\n")

    def test_ps(self):
        children = [{"run_id": "r1", "pid": 42, "state": "running", "cancel": None, "council_id": "three-stage",
                     "elapsed_ms": 1234, "phase": "r0", "usage": {"input_tokens": 12345, "output_tokens": None}},
                    {"run_id": "r22", "pid": 4300, "state": "terminating", "cancel": "now", "council_id": "b",
                     "phase": None, "elapsed_ms": 61000, "usage": {"input_tokens": 1, "output_tokens": 20}, "cost": 1.5,
                     "question": "Tea or ale?"},
                    {"run_id": "r3", "pid": 5, "cancel": "drain", "usage": None}]
        handlers = {"supervisor.which_children": reply({"children": children})}
        self.assertEqual(self.printed(handlers, "ps"), PS)
        self.assertEqual(json.loads(self.printed(handlers, "ps", "--json")), children)
        handlers = {"supervisor.which_children": reply({"children": []})}
        self.assertEqual(self.printed(handlers, "ps"),
                         "RUN_ID  PID  STATE  COUNCIL  PHASE  ELAPSED  TOKENS IN  TOKENS OUT  COST USD  QUESTION\n")

    def test_info(self):
        self.assertEqual(self.printed({"run.info": reply({"a": 0.1, "b": [1]})}, "info", "r1"),
                         '{\n  "a": 0.1,\n  "b": [\n    1\n  ]\n}\n')
        self.assertEqual(self.printed({"supervisor.info": reply({"a": 1})}, "info", "--json"), '{"a":1}\n')

    def test_what_is_done_without_a_word_says_so_in_json_only(self):
        for command, method in [("cancel", "run.cancel"), ("terminate", "run.terminate")]:
            for args, words in [([], ""), (["--json"], '{"a":1}\n')]:
                self.assertEqual(self.printed({method: reply({"a": 1})}, command, "r1", *args), words)

    def test_how_many_were_done(self):
        for command, method, member, words in [
                ("terminate-all", "supervisor.terminate_all", "count", "{} terminated\n"),
                ("prune", "run.prune", "removed", "{} records removed\n")]:
            for count in [0, 1, 12]:
                self.assertEqual(self.printed({method: reply({member: count})}, command), words.format(count))
            self.assertEqual(self.printed({method: reply({member: 7})}, command, "--json"), f'{{"{member}":7}}\n')

    def test_monitor(self):
        """Whatever is known of the end, and nothing of what is not."""
        rows = [({}, 0, "normal, outcome complete, pid 42, user 5 ms, system 3 ms, memory 2.0 MiB"),
                ({"rusage": None}, 0, "normal, outcome complete, pid 42"),
                ({"rusage": {"user_ms": 5, "system_ms": 3}}, 0, "normal, outcome complete, pid 42, user 5 ms, system 3 ms"),
                ({"pid": None, "rusage": None, "record_error": "ENOSPC"}, 0,
                 "normal, outcome complete, record error ENOSPC"),
                ({"outcome": None, "stopped_by": "deadline", "rusage": None, "reason": {"kind": "exit", "code": 3}}, 6,
                 "exit 3, stopped by deadline, pid 42"),
                ({"outcome": None, "rusage": None, "reason": {"kind": "killed", "by": "oom"}}, 6, "killed by oom, pid 42"),
                ({"outcome": None, "rusage": None, "reason": {"kind": "signal", "signal": "SIGSEGV", "core": True}}, 6,
                 "signal SIGSEGV, core dumped, pid 42"),
                ({"outcome": None, "pid": None, "rusage": None, "reason": {"kind": "noproc"}}, 1,
                 "noproc (there is no such live run)")]
        for more, status, words in rows:
            def monitor(connection, request, down={**DOWN, **more}):
                connection.reply(request, {"ref": down["ref"]})
                connection.notify("run.down", **down)
            self.assertEqual(self.printed({"run.monitor": monitor}, "monitor", "r1", status=status),
                             f"r1 is down: {words}\n")

    def test_monitors_of_a_daemon_that_goes(self):
        """Each of them has its line."""
        def monitor(connection, request):
            refs.append(f"ref_{len(refs)}")
            connection.reply(request, {"ref": refs[-1]})
            if len(refs) == 2:
                connection.close()
        refs = []
        _, out, err = self.run_ctl({"run.monitor": monitor}, "monitor", "r1", "r2", status=7)
        self.assertEqual(err, "councilctl: the connection to the daemon was lost\n")
        self.assertEqual(sorted(out.splitlines()), ["r1 is down: noconnection", "r2 is down: noconnection"])


class TestCatalogue(Words):
    def test_councils(self):
        councils = [{"name": "three-stage", "description": "Answers, \x1breviews"}, {"name": "c", "description": None}]
        self.assertEqual(self.printed({"council.list": reply({"councils": councils})}, "councils"),
                         "COUNCIL      DESCRIPTION\nthree-stage  Answers, \\x1breviews\nc            -\n")
        self.assertEqual(self.printed({"council.list": reply({"councils": councils})}, "councils", "--json"),
                         json.dumps(councils, separators=(",", ":")).replace("\\u001b", "\\u001B") + "\n")
        self.assertEqual(self.printed({"council.get": reply({"document": {"id": "x"}})}, "councils", "x"),
                         '{\n  "id": "x"\n}\n')

    def test_providers(self):
        providers = [{"name": "house", "type": "openai", "key": "present", "key_env": "K", "base_url": "https://a"},
                     {"name": "b", "type": "anthropic", "key": "missing", "key_env": "B_KEY", "base_url": "https://bb"},
                     {"name": "m", "type": "mock", "key": None, "base_url": None}]
        self.assertEqual(self.printed({"provider.list": reply({"providers": providers})}, "providers"), PROVIDERS)
        self.assertEqual(json.loads(self.printed({"provider.list": reply({"providers": providers})}, "providers",
                                                 "--json")), providers)

    def test_models(self):
        handlers = {"provider.models": reply({"models": ["a", "b\x07"], "fault": None})}
        self.assertEqual(self.printed(handlers, "models", "p"), "a\nb\\x07\n")
        for more, words in [({}, ""), ({"hint": ""}, ""), ({"hint": "set K"}, "\n  set K")]:
            answer = {"models": None, "fault": {"code": "auth", "message": "no key", **more}}
            self.assertEqual(self.told({"provider.models": reply(answer)}, "models", "p"),
                             f"councilctl: no models of p: no key{words}\n")

    def test_doctor(self):
        row = {"provider": "house", "model": "x", "check": "stream", "status": "ok", "detail": "fast"}
        bad = {**row, "status": "failed", "detail": "no end", "hint": "ask again"}
        host = {"provider": "b", "model": None, "check": "tls", "status": "failed", "detail": "expired", "hint": ""}
        for rows, status, words in [([], 0, "No provider is set up: configure one, or give councild a key.\n"),
                                    ([row], 0, DOCTOR_WELL), ([row, bad], 1, DOCTOR_ONE), ([bad, host], 1, DOCTOR_TWO)]:
            handlers = {"provider.check": reply({"ok": status == 0, "rows": rows}), "supervisor.info": reply(INFO)}
            self.assertEqual(self.printed(handlers, "doctor", status=status), words)

    def test_validate(self):
        warning = {"path": "/rounds/1", "code": "free_vote", "message": "options are free"}
        valid = {"council_id": "x", "document": {"id": "x"}, "warnings": []}
        for warnings, words in [([], ""), ([warning], "1 warning\n  /rounds/1  free_vote  options are free\n"),
                                ([warning, {**warning, "path": ""}],
                                 "2 warnings\n  /rounds/1  free_vote  options are free\n"
                                 "  (document)  free_vote  options are free\n")]:
            handlers = {"council.validate": reply({**valid, "warnings": warnings})}
            self.assertEqual(self.printed(handlers, "validate", "{}"), "x: valid\n" + words)
            errors = [{"path": "/a", "code": "b", "message": "c"}]
            handlers = {"council.validate": fault(-32602, "invalid_council", errors=errors, warnings=warnings)}
            self.assertEqual(self.printed(handlers, "validate", "{}", status=2),
                             "invalid: 1 error\n  /a  b  c\n" + words)
        handlers = {"council.validate": reply(valid)}
        self.assertEqual(self.printed(handlers, "validate", "{}", "--expand"), '{\n  "id": "x"\n}\n')
        self.assertEqual(json.loads(self.printed(handlers, "validate", "{}", "--json")), valid)
        handlers = {"council.validate": fault(-32603, "internal_error", "no memory")}
        self.assertEqual(self.told(handlers, "validate", "{}"),
                         "councilctl: council.validate: internal_error: no memory\n")


class TestHistory(Words):
    def test_rows(self):
        row = {"run_id": "r1", "council_id": "c", "started_at": "2026-01-02T03:04:05Z", "duration_ms": 61000,
               "outcome": "complete", "reason": {"kind": "normal"}, "tokens": 12345, "cost": 0.5, "question": "Why?"}
        rows = [row, {**row, "run_id": "r2", "reason": None, "outcome": None, "duration_ms": None, "tokens": None,
                      "cost": None, "question": None},
                *[{**row, "run_id": f"x{i}", "reason": reason} for i, reason in enumerate(
                    [{"kind": "exit", "code": 3}, {"kind": "killed", "by": "oom"},
                     {"kind": "signal", "signal": "SIGABRT"}])]]
        self.assertEqual(self.printed({"run.list": reply({"runs": rows, "next": None, "unreadable": 0})}, "history"),
                         HISTORY)

    def test_what_stands_below(self):
        head = "RUN_ID  COUNCIL  STARTED  TOOK  OUTCOME  REASON  TOKENS  COST USD  QUESTION\n"
        for more, words in [({}, ""), ({"next": "n-1"}, "more: --after n-1\n"),
                            ({"unreadable": 1}, "records that cannot be read: 1\n"),
                            ({"next": "n", "unreadable": 20}, "more: --after n\nrecords that cannot be read: 20\n")]:
            self.assertEqual(self.printed({"run.list": reply({"runs": [], "next": None, "unreadable": 0, **more})},
                                          "history"), head + words)

    def test_every_option_is_asked_for(self):
        requests, _, _ = self.run_ctl({"run.list": reply({"runs": []})}, "history", "--council", "c", "--outcome", "o",
                                      "--state", "live", "--after", "a", "-n", "500", "--registry", "g")
        self.assertEqual(requests[0]["params"], {"council_id": "c", "outcome": "o", "state": "live", "after": "a",
                                                 "limit": 500, "registry": "g"})
        for limit in ["0", "501", "x", ""]:
            self.assertEqual(ctl("history", "--limit", limit).stderr,
                             "councilctl history: --limit: a number from 1 to 500 is needed\n"
                             "See: councilctl history --help\n")

    def test_with_json_the_answer_is_printed_as_it_came(self):
        for args, method, status in [(["history"], "run.list", 0), (["await", "r"], "run.await", 6),
                                     (["doctor"], "provider.check", 1), (["models", "p"], "provider.models", 0)]:
            answer = {"what": [None, "ever"]}
            self.assertEqual(json.loads(self.printed({method: reply(answer)}, *args, "--json", status=status)), answer)


class TestAwait(Words):
    def test_without_a_result(self):
        for reason, words in [({"kind": "killed", "by": "oom"}, "killed by oom"), ({"kind": "exit", "code": 3}, "exit 3"),
                              (None, "-")]:
            end = {"run_id": "r", "outcome": None, "result": None, "reason": reason}
            self.assertEqual(self.printed({"run.await": reply(end)}, "await", "r", status=6),
                             f"r ended without a result: {words}\n")

    def test_a_whole_result(self):
        result = {"outcome": "degraded", "heard": {"ok": 3, "of": 4},
                  "degraded_reasons": [{"code": "member_error", "index": 0, "member_id": "m4", "detail": "no key"}],
                  "errors": [{"code": "journal", "message": "disk full"}, {"code": "bare", "round": 2}],
                  "warnings": [{"code": "injection_suspected", "member_id": "cy", "index": 1, "message": "ignore"},
                               {"code": "other", "message": "not told"}],
                  "dissent": [{"index": 1, "member_id": "cy", "kind": "ranking", "position": "bob", "text": "because"},
                              {"index": 1, "member_id": "di", "kind": "vote", "position": "no", "text": None},
                              {"index": 1, "member_id": "ed", "kind": "vote", "position": "no", "text": "w" * 301}],
                  "usage": {"calls": 8, "input_tokens": 1234, "output_tokens": None}, "cost": 0.25,
                  "timing": {"duration_ms": 61000},
                  "final": {"content": "One\ntwo", "source": "chair", "member_id": "ann"}}
        self.assertEqual(self.printed({"run.await": reply({"run_id": "r", "outcome": "degraded", "result": result})},
                                      "await", "r", status=3), RESULT)
        bare = {"outcome": "failed", "heard": None, "usage": None, "final": None}
        self.assertEqual(self.printed({"run.await": reply({"run_id": "r", "outcome": "failed", "result": bare})},
                                      "await", "r", status=1), "outcome: failed\nno final answer\n")


class TestLost(Words):
    """The daemon goes while a run is followed: whether it lives nobody can say, and its status is 7 in any case."""
    LOST = "councilctl: the connection to the daemon was lost\n"
    GONE = "r1 is down: noconnection, pid 42\n"

    def goes(self, *said, **answer):
        def handler(connection, request):
            if answer:
                connection.reply(request, answer)
            for event in numbered("r1", said):
                connection.notify("run.event", ref=SUB, run_id="r1", event=event)
            connection.close()
        return handler

    def test_what_is_told(self):
        began = {"type": "run_started", "council_id": "c", "seed": "s", "rounds": [], "members": [{"id": "a"}]}
        ended = {"type": "run_completed", "result": {"outcome": "complete", "heard": {"ok": 1, "of": 1},
                                                     "final": {"content": "Yes.", "source": "chair"}}}
        head = "run r1, council c, members a\n"
        whole = head + "\noutcome: complete, heard 1 of 1\n\nfinal answer (chair)\n\nYes.\n"
        started = {"run_id": "r1", "pid": 42, "council_id": "c", "warnings": [], "ref": REF, "subscription": SUB}
        for args, handler, out, err in [
                (["run", "c", "q"], {"run.start": self.goes()}, "", self.LOST),
                (["run", "c", "q"], {"run.start": self.goes(**started)}, "", self.GONE),
                (["run", "c", "q"], {"run.start": self.goes(began, **started)}, head, self.GONE),
                (["run", "c", "q"], {"run.start": self.goes(began, ended, **started)}, whole, self.GONE),
                (["run", "c", "q", "--detach"], {"run.start": self.goes()}, "", self.LOST),
                (["events", "r1"], {"run.subscribe": self.goes()}, "", self.LOST),
                (["events", "r1"], {"run.subscribe": self.goes(began, ref=SUB, last_seq=0)}, head, self.LOST),
                (["show", "r1"], {"run.info": reply({"state": "ended"}), "run.subscribe": self.goes(began, last_seq=2)},
                 "", self.LOST),
                (["await", "r1"], {"run.await": self.goes()}, "", self.LOST),
                (["validate", "{}"], {"council.validate": self.goes()}, "", self.LOST)]:
            with self.subTest(args=args):
                self.assertEqual(self.run_ctl(handler, *args, status=7)[1:], (out, err))


class TestUsage(Words):
    def test_what_is_wrong_and_where_to_read_on(self):
        with tempfile.TemporaryDirectory() as directory:
            odd = os.path.join(directory, "x.json")
            with open(odd, "w") as f:
                f.write("[]")
            for args, words in [(["await", "r", "--timeout", "x"], "--timeout: a number of milliseconds is needed"),
                                (["await", "r", "--timeout", "-1"], "--timeout: a number of milliseconds is needed"),
                                (["events", "r", "--after", "-1"], "--after: the number of an event is needed"),
                                (["call", "a", "[1]"], "PARAMS has to be a JSON object"),
                                (["doctor", "--timeout", "99"], "--timeout wants 100 to 600000 milliseconds"),
                                (["doctor", "--timeout", "600001"], "--timeout wants 100 to 600000 milliseconds"),
                                (["prune", "--keep", "-1"], "--keep: a number is needed"),
                                (["prune", "--older-than", "x"], "--older-than: a number is needed"),
                                (["diagram", "c", "--format", "png"],
                                 "--format: mermaid, ascii, sequence or json is needed"),
                                (["transcript", "r", "--format", "pdf"], "--format: md, html or json is needed"),
                                (["help", "nonsense"], "unknown command nonsense")]:
                done = ctl(*args)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertEqual(done.stderr, f"councilctl {args[0]}: {words}\nSee: councilctl {args[0]} --help\n")

    def test_bounds_that_are_let_through(self):
        for method, args, params in [
                ("run.await", ["await", "r", "--timeout", "0"], {"run_id": "r", "timeout_ms": 0}),
                ("provider.check", ["doctor", "--timeout", "100"], {"timeout_ms": 100}),
                ("provider.check", ["doctor", "--timeout", "600000", "-p", "x"], {"timeout_ms": 600000, "provider": "x"}),
                ("run.prune", ["prune", "-k", "0", "--older-than", "1000000000"],
                 {"keep": 0, "older_than_days": 1000000000}),
                ("run.prune", ["prune"], {}), ("provider.models", ["models", "p"], {"provider": "p"})]:
            requests, _, _ = self.run_ctl({method: fault(-1, "some", "reason")}, *args, status=1)
            self.assertEqual((requests[0]["method"], requests[0].get("params", {})), (method, params))


PS = """\
RUN_ID  PID   STATE                 COUNCIL      PHASE    ELAPSED  TOKENS IN  TOKENS OUT  COST USD  QUESTION
r1      42    running               three-stage  r0         1.2 s      12.3k           -         -  -
r22     4300  terminating (cancel)  b            -      1 min 1 s          1          20    1.5000  Tea or ale?
r3      5     - (cancel)            -            -              -          -           -         -  -
"""
PROVIDERS = """\
PROVIDER  TYPE       KEY             BASE URL
house     openai     present         https://a
b         anthropic  missing: B_KEY  https://bb
m         mock       -               -
"""
HISTORY = """\
RUN_ID  COUNCIL  STARTED                    TOOK  OUTCOME   REASON          TOKENS  COST USD  QUESTION
r1      c        2026-01-02T03:04:05Z  1 min 1 s  complete  normal           12.3k    0.5000  Why?
r2      c        2026-01-02T03:04:05Z          -  -         -                    -         -  -
x0      c        2026-01-02T03:04:05Z  1 min 1 s  complete  exit 3           12.3k    0.5000  Why?
x1      c        2026-01-02T03:04:05Z  1 min 1 s  complete  killed oom       12.3k    0.5000  Why?
x2      c        2026-01-02T03:04:05Z  1 min 1 s  complete  signal SIGABRT   12.3k    0.5000  Why?
"""
DOCTOR_WELL = """\
PROVIDER  MODEL  CHECK   STATUS  DETAIL
house     x      stream  ok      fast

All is well.
"""
DOCTOR_ONE = """\
PROVIDER  MODEL  CHECK   STATUS  DETAIL
house     x      stream  ok      fast
house     x      stream  failed  no end

house x, stream: no end
  -> ask again

1 check failed.
"""
DOCTOR_TWO = """\
PROVIDER  MODEL  CHECK   STATUS  DETAIL
house     x      stream  failed  no end
b         -      tls     failed  expired

house x, stream: no end
  -> ask again

b, tls: expired

2 checks failed.
"""
RESULT = f"""\
dissent:
  cy (ranking): bob: because
  di (vote): no
  ed (vote): no: {"w" * 300}...
beware:
  injection_suspected, cy, round 2: ignore
errors:
  journal: disk full
  bare, round 3
missing:
  member_error, m4, round 1: no key
used: 8 calls, 1234 tokens in, - out, 0.2500 USD, 1 min 1 s
outcome: degraded, heard 3 of 4

final answer (chair, ann)

One
two
"""


if __name__ == "__main__":
    unittest.main()
