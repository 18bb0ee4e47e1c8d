"""councilctl's simple commands against a scripted daemon: what is sent, printed and returned."""
import json
import os
import re
import socket
import subprocess
import tempfile
import unittest

import harness
from fake_councild import FakeDaemon, fault, reply
from patience import patience

BUILD = os.path.abspath(os.environ.get("COUNCILD_BUILD", "build"))
CTL = os.path.join(BUILD, "councilctl")
DOWN = {"ref": "ref_AAAAAAAAAAA", "run_id": "r1", "pid": 42, "reason": {"kind": "normal"}, "stopped_by": None,
        "outcome": "complete", "rusage": {"user_ms": 5, "system_ms": 3, "max_rss_bytes": 2097152},
        "containment": "group"}
INFO = {"name": "councild", "version": "0.1.0", "protocol": 1, "tenant": "default", "pid": 7, "uptime_ms": 61000}


def ctl(*args, stdin=None, env=None, **more):
    return subprocess.run([CTL, *args], input=stdin, capture_output=True, text=True, timeout=patience(30),
                          env={**os.environ, **(env or {})}, **more)


class Case(unittest.TestCase):
    def run_ctl(self, handlers, *args, status=0, **more):
        """Runs a command against a daemon; gives (requests, stdout, stderr)."""
        with FakeDaemon(handlers) as daemon:
            done = ctl("--socket", daemon.path, *args, **more)
            self.assertEqual(done.returncode, status, done.stdout + done.stderr)
            return daemon.requests, done.stdout, done.stderr


class TestHelp(Case):
    def commands(self):
        text = ctl("--help").stdout
        return [line.split()[0] for line in text.partition("Commands:\n")[2].partition("\n\n")[0].splitlines()]

    def test_every_command_explains_itself(self):
        commands = self.commands()
        self.assertIn("validate", commands)
        for command in commands:
            with self.subTest(command):
                done = ctl(command, "--help")
                self.assertEqual(done.returncode, 0)
                self.assertIn(f"Usage: councilctl {command}", done.stdout)
                self.assertEqual(ctl("help", command).stdout, done.stdout)

    def test_the_readme_has_a_word_for_each_and_for_no_other(self):
        with open(os.path.join(harness.ROOT, "README.md")) as f:
            table = f.read().partition("## The command line\n")[2].partition("\n## ")[0]
        first = [line.split(" | ")[0] for line in table.splitlines() if line.startswith("| `councilctl ")]
        named = [words.removeprefix("councilctl ").split()[0] for cell in first for words in re.findall("`([^`]+)`", cell)]
        self.assertEqual(sorted(set(named) - {"RUN_ID", "remove", "list"}), sorted(set(self.commands()) - {"help"}))

    def test_a_mistyped_name_is_told_what_may_be_meant(self):
        for args, meant in ([["canel"], "cancel"], [["help", "histroy"], "history"], [["ps", "--sockte=x"], "--socket"],
                            [["run", "--sead", "1"], "--seed"]):
            with self.subTest(args):
                self.assertIn(f"did you mean {meant}?", ctl(*args).stderr)
        for args in (["xyz"], ["ps", "--xyz"], ["ps", "--"], ["ps", "-x"], ["ps", "--=1"]):
            self.assertNotIn("did you mean", ctl(*args).stderr)

    def test_bash_completes_by_the_script(self):
        """As bash does it: COMP_WORDS has the words, the function leaves what it offers in COMPREPLY."""
        runs = {"run.list": reply({"runs": [{"run_id": "r-1", "question": "Why?"}, {"run_id": "s-2"}]})}
        script = '''source <(councilctl completion bash)
            COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
            $(complete -p councilctl | sed 's/.* -F \\([^ ]*\\) .*/\\1/')
            printf '%s\\n' "${COMPREPLY[@]}"'''
        with FakeDaemon(runs) as daemon:
            for words, offered in (["term"], "terminate terminate-all"), (["-s", daemon.path, "show", ""], "r-1 s-2"), \
                    (["ps", "--j"], "--json"), (["nonsense", ""], ""), (["-s", "/nowhere/sock", "show", ""], ""):
                with self.subTest(words):
                    done = subprocess.run(["bash", "-c", script, "bash", "councilctl", *words], capture_output=True, text=True,
                                          timeout=patience(30), env={**os.environ, "PATH": os.path.dirname(CTL) + ":" + os.environ["PATH"]})
                    self.assertEqual((done.returncode, done.stdout.split(), done.stderr), (0, offered.split(), ""))

    def test_version(self):
        self.assertRegex(ctl("--version").stdout, r"^councilctl \d+\.\d+\.\d+\n$")

    def test_output_that_cannot_be_written_is_a_failure(self):
        with FakeDaemon({"supervisor.info": reply(INFO)}) as daemon, open("/dev/full", "w") as full:
            done = subprocess.run([CTL, "--socket", daemon.path, "info"], stdout=full, stderr=subprocess.PIPE,
                                  text=True, timeout=patience(30))
        self.assertEqual(done.returncode, 1)
        self.assertIn("No space left", done.stderr)

    def test_wrong_usage_is_status_2(self):
        for args in [[], ["nonsense"], ["ps", "--nonsense"], ["ps", "operand"], ["info", "a", "b"], ["cancel"],
                     ["ps", "--socket"], ["await", "r", "--timeout", "x"], ["call", "a", "[1]"], ["call", "a", "{"],
                     ["ps", "--tenant", "../x"], ["ps", "--json=1"], ["start", "x", "q", "--label", "novalue"],
                     ["start", "x", "q", "--limits", "7"], ["start", "/nowhere/x.json", "q"], ["start", "x", ""]]:
            with self.subTest(args):
                done = ctl(*args)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertIn("councilctl", done.stderr)


class TestConnection(Case):
    def test_no_daemon_is_status_7(self):
        with tempfile.TemporaryDirectory() as directory:
            done = ctl("--socket", directory + "/sock", "ping")
            self.assertEqual(done.returncode, 7)
            self.assertIn("no daemon", done.stderr)

    def test_a_stale_socket_is_no_daemon(self):
        with tempfile.TemporaryDirectory() as directory:
            with socket.socket(socket.AF_UNIX) as stale:
                stale.bind(directory + "/sock")
            done = ctl("--socket", directory + "/sock", "ping")
            self.assertEqual((done.returncode, "no daemon" in done.stderr), (7, True))

    def test_the_tenant_chooses_the_socket(self):
        with FakeDaemon({"supervisor.info": reply(INFO)}) as daemon:
            place = os.path.join(daemon.directory, "councild", "ctl-test-tenant")
            os.makedirs(place)
            os.rename(daemon.path, place + "/sock")
            done = ctl("ping", "--tenant", "ctl-test-tenant", env={"XDG_RUNTIME_DIR": daemon.directory})
            self.assertEqual(done.returncode, 0, done.stderr)

    def test_a_lost_connection_is_status_7(self):
        _, _, err = self.run_ctl({"supervisor.info": lambda c, r: c.close()}, "ping", status=7)
        self.assertIn("lost", err)

    def test_a_line_that_is_no_json_is_status_7(self):
        self.run_ctl({"supervisor.info": lambda c, r: c.raw(b"hello\n")}, "ping", status=7)

    def test_replies_may_come_in_pieces(self):
        text = json.dumps({"jsonrpc": "2.0", "id": 1, "result": INFO}).encode() + b"\n"

        def drip(connection, _):
            for i in range(len(text)):
                connection.raw(text[i:i + 1])

        _, out, _ = self.run_ctl({"supervisor.info": drip}, "ping")
        self.assertIn("councild 0.1.0, tenant default, pid 7, up 1 min 1 s", out)


class TestCommands(Case):
    def test_ps_escapes_what_strangers_wrote(self):
        children = [{"run_id": "r1", "pid": 42, "state": "running", "cancel": None, "council_id": "evil\x1b[2J\u202e",
                     "elapsed_ms": 1234, "phase": "r0", "usage": {"input_tokens": 12345, "output_tokens": None}},
                    {"run_id": "r22", "pid": 43, "state": "running", "cancel": "now", "council_id": "b", "cost": 0.25,
                     "question": "Why\x1b[2J?"}]
        requests, out, _ = self.run_ctl({"supervisor.which_children": reply({"children": children})}, "ps",
                                        "--registry", "g")
        self.assertEqual(requests[0]["params"], {"registry": "g"})
        self.assertEqual(out.splitlines()[0].split(), ["RUN_ID", "PID", "STATE", "COUNCIL", "PHASE", "ELAPSED",
                                                       "TOKENS", "IN", "TOKENS", "OUT", "COST", "USD", "QUESTION"])
        self.assertIn(r"0.2500  Why\x1b[2J?", out)
        self.assertIn(r"evil\x1b[2J\u{202e}", out)
        self.assertIn("12.3k", out)
        self.assertIn("running (cancel)", out)
        self.assertNotIn("\x1b", out)
        self.assertEqual(len({line.index("running") for line in out.splitlines()[1:]}), 1)

    def test_info_of_run_and_daemon(self):
        requests, out, _ = self.run_ctl({"run.info": reply({"a": 0.1})}, "info", "r1")
        self.assertEqual((requests[0]["params"], json.loads(out)), ({"run_id": "r1"}, {"a": 0.1}))
        self.assertIn("0.1\n", out)
        _, out, _ = self.run_ctl({"supervisor.info": reply(INFO)}, "info", "--json")
        self.assertEqual(out.count("\n"), 1)

    def test_cancel_terminate_and_their_parameters(self):
        requests, out, _ = self.run_ctl({"run.cancel": reply({})}, "cancel", "r1", "--now")
        self.assertEqual((requests[0]["params"], out), ({"run_id": "r1", "mode": "now"}, ""))
        requests, _, _ = self.run_ctl({"run.terminate": reply({})}, "terminate", "--shutdown", "250", "r1")
        self.assertEqual(requests[0]["params"], {"run_id": "r1", "shutdown": 250})
        requests, _, _ = self.run_ctl({"run.terminate": reply({})}, "terminate", "r1", "--shutdown=brutal_kill")
        self.assertEqual(requests[0]["params"], {"run_id": "r1", "shutdown": "brutal_kill"})
        _, out, _ = self.run_ctl({"supervisor.terminate_all": reply({"count": 3})}, "terminate-all")
        self.assertEqual(out, "3 terminated\n")

    def test_not_found_is_status_1(self):
        _, _, err = self.run_ctl({"run.cancel": fault(-32005, "not_found", "no such run")}, "cancel", "x", status=1)
        self.assertEqual(err, "councilctl: run.cancel: not_found: no such run\n")

    def test_stop_waits_for_the_end_of_the_connection(self):
        def stop(connection, request):
            connection.reply(request, {})
            connection.close()
        self.run_ctl({"supervisor.stop": stop}, "stop")

    def test_call(self):
        requests, out, _ = self.run_ctl({"a.b": reply([1, {"x": None}])}, "call", "a.b", '{"p": 1}')
        self.assertEqual((requests[0]["params"], json.loads(out)), ({"p": 1}, [1, {"x": None}]))
        self.run_ctl({}, "call", "no.such", status=2)

    def test_councils(self):
        councils = [{"name": "three-stage", "description": "Answers, reviews, synthesis"}]
        _, out, _ = self.run_ctl({"council.list": reply({"councils": councils})}, "councils")
        self.assertIn("three-stage  Answers, reviews, synthesis", out)
        requests, out, _ = self.run_ctl({"council.get": reply({"document": {"id": "x"}})}, "councils", "x")
        self.assertEqual((requests[0]["params"], json.loads(out)), ({"name": "x"}, {"id": "x"}))

    def test_validate_tells_every_fault(self):
        errors = [{"path": "", "code": "missing_rounds", "message": "rounds or template"},
                  {"path": "/members/0/provider", "code": "unknown_provider", "message": "no \x1b[31m provider"}]
        handlers = {"council.validate": fault(-32602, "invalid_council", errors=errors)}
        requests, out, _ = self.run_ctl(handlers, "validate", '{"id": "x"}', status=2)
        self.assertEqual(requests[0]["params"], {"council": {"id": "x"}})
        self.assertEqual(out, "invalid: 2 errors\n  (document)  missing_rounds  rounds or template\n"
                              "  /members/0/provider  unknown_provider  no \\x1b[31m provider\n")
        _, out, _ = self.run_ctl(handlers, "validate", "{}", "--json", status=2)
        self.assertEqual(json.loads(out)["errors"], errors)

    def test_validate_reads_names_files_and_inline_text(self):
        ok = {"council.validate": reply({"council_id": "x", "document": {"id": "x"}, "warnings": [
            {"path": "/rounds/1", "code": "free_vote", "message": "options are free"}]})}
        with tempfile.TemporaryDirectory() as directory:
            with open(directory + "/council", "w") as f:
                f.write('{"temperature": 0.7,\n "id": "x"}')
            for arg, sent in [("three-stage", "three-stage"), (directory + "/council", {"temperature": 0.7, "id": "x"}),
                              (' {"id": "x"}', {"id": "x"})]:
                requests, out, _ = self.run_ctl(ok, "validate", arg)
                self.assertEqual(requests[0]["params"]["council"], sent)
                self.assertEqual(out, "x: valid\n1 warning\n  /rounds/1  free_vote  options are free\n")
            with open(directory + "/bad.json", "w") as f:
                f.write('{"id": 1,\n "id": 2}')
            self.assertIn("line 2", ctl("validate", directory + "/bad.json").stderr)

    def test_start_sends_everything(self):
        requests, out, err = self.run_ctl(
            {"run.start": reply({"run_id": "r9", "pid": 1, "council_id": "c", "warnings": [
                {"path": "/a", "code": "deadline_tight", "message": "m"}]})},
            "start", "three-stage", "Why?", "--seed", "s", "--set", "budget.max_tokens=5", "--set", "metadata.a=text",
            "--option", '{"history": []}', "--limits", '{"deadline_ms": 5000}', "--run-id", "r9", "--label", "a=1",
            "--label", "b.c=x=y", "--registry", "g", "--shutdown", "infinity")
        self.assertEqual(requests[0]["params"], {
            "council": "three-stage", "input": "Why?", "run_id": "r9", "registry": "g", "shutdown": "infinity",
            "options": {"seed": "s", "budget": {"max_tokens": 5}, "metadata": {"a": "text"}, "history": []},
            "limits": {"deadline_ms": 5000}, "labels": {"a": "1", "b.c": "x=y"}})
        self.assertEqual(out, "r9\n")
        self.assertIn("deadline_tight", err)

    def test_the_question_may_come_from_stdin(self):
        start = {"run.start": reply({"run_id": "r9"})}
        for args in [["-"], []]:
            requests, _, _ = self.run_ctl(start, "start", "c", *args, stdin="Wo?\nÄ\n\n")
            self.assertEqual(requests[0]["params"]["input"], "Wo?\nÄ")
        requests, _, _ = self.run_ctl(start, "start", "c", "--input", '{"a": [1]}')
        self.assertEqual(requests[0]["params"]["input"], {"a": [1]})

    def test_start_failures(self):
        for reason, status, data in [("invalid_council", 2, {"errors": [{"path": "/x", "code": "c", "message": "m"}]}),
                                     ("invalid_option", 2, {"field": "shutdown"}), ("max_children", 1, {"max": 3}),
                                     ("start_failed", 1, {"cause": {"kind": "exec", "errno": "ENOENT"}})]:
            _, _, err = self.run_ctl({"run.start": fault(-1, reason, **data)}, "start", "c", "q", status=status)
            self.assertIn(reason, err)
            if reason == "start_failed":
                self.assertIn("exec ENOENT", err)
            if reason == "max_children":
                self.assertIn("(max 3)", err)


class TestEnds(Case):
    def test_await_maps_outcomes(self):
        for outcome, status in [("complete", 0), ("failed", 1), ("degraded", 3), ("refused", 4), ("cancelled", 5)]:
            end = {"run_id": "r", "outcome": outcome, "reason": {"kind": "normal"},
                   "result": {"outcome": outcome, "heard": {"ok": 2, "of": 3}, "final": None}}
            _, out, _ = self.run_ctl({"run.await": reply(end)}, "await", "r", status=status)
            self.assertIn(f"outcome: {outcome}, heard 2 of 3\n", out)
        end = {"run_id": "r", "outcome": None, "result": None, "reason": {"kind": "killed", "by": "oom"}}
        _, out, _ = self.run_ctl({"run.await": reply(end)}, "await", "r", status=6)
        self.assertIn("killed by oom", out)
        requests, _, _ = self.run_ctl({"run.await": fault(-32008, "timeout")}, "await", "r", "--timeout", "5", status=1)
        self.assertEqual(requests[0]["params"], {"run_id": "r", "timeout_ms": 5})

    def test_outcome_and_heard_stand_before_the_final_answer(self):
        result = {"outcome": "degraded", "heard": {"ok": 3, "of": 4},
                  "degraded_reasons": [{"code": "member_error", "index": 0, "member_id": "m4", "detail": "no key"}],
                  "dissent": [{"index": 1, "member_id": "cy", "kind": "ranking", "position": "bob", "text": "because"}],
                  "usage": {"calls": 8, "input_tokens": 1234, "output_tokens": None}, "cost": None,
                  "final": {"content": "Line one\nand \x1b]0;two", "source": "chair", "member_id": "chair"}}
        _, out, _ = self.run_ctl({"run.await": reply({"run_id": "r", "outcome": "degraded", "result": result})},
                                 "await", "r", status=3)
        order = [out.index(s) for s in ["cy (ranking): bob: because", "member_error, m4, round 1: no key",
                                        "8 calls, 1234 tokens in, - out, cost unknown",
                                        "outcome: degraded, heard 3 of 4", "final answer (chair)",
                                        "Line one\nand \\x1b]0;two\n"]]
        self.assertEqual(order, sorted(order))

    def monitor(self, *downs):
        def handler(connection, request):
            down = dict(downs[len(handler.refs)], ref=f"ref_{len(handler.refs)}")
            handler.refs.append(down["ref"])
            connection.reply(request, {"ref": down["ref"]})
            if down.get("run_id"):
                connection.notify("run.down", **down)
            else:
                connection.close()
        handler.refs = []
        return {"run.monitor": handler}

    def test_monitor_tells_each_down(self):
        _, out, _ = self.run_ctl(self.monitor(DOWN), "monitor", "r1")
        self.assertEqual(out, "r1 is down: normal, outcome complete, pid 42, user 5 ms, system 3 ms, memory 2.0 MiB\n")
        killed = {**DOWN, "run_id": "r2", "outcome": None, "stopped_by": "client",
                  "reason": {"kind": "signal", "signal": "SIGSEGV", "core": True}}
        _, out, _ = self.run_ctl(self.monitor(DOWN, killed), "monitor", "r1", "r2", status=6)
        self.assertIn("r2 is down: signal SIGSEGV, core dumped, stopped by client, pid 42", out)

    def test_monitors_get_noproc_and_noconnection(self):
        noproc = {"run_id": "r1", "pid": None, "reason": {"kind": "noproc"}, "outcome": None, "rusage": None}
        self.run_ctl(self.monitor(noproc), "monitor", "r1", status=1)
        _, out, _ = self.run_ctl(self.monitor({}), "monitor", "r1", "--json", status=7)
        self.assertEqual(json.loads(out), {"ref": "ref_0", "run_id": "r1", "pid": None, "outcome": None,
                                           "reason": {"kind": "noconnection"}, "stopped_by": None, "rusage": None,
                                           "containment": None})


if __name__ == "__main__":
    unittest.main()
