"""councilctl, the examples, and the OpenRPC document."""
import json
import os
import re
import select
import signal
import subprocess
import sys

import harness
import peers
from harness import wait_until
from patience import patience

CTL = os.path.join(harness.BUILD, "councilctl")
RUNNER = os.path.join(harness.BUILD, "council-runner")
EXAMPLES = os.path.join(harness.ROOT, "examples")


def mock(*scripts, **more):
    """A council of mock members with one scripted first answer each; None: answers from the seed."""
    members = []
    for n, script in enumerate(scripts):
        member = {"id": f"s{n}", "provider": "mock", "model": "m", "retry": {"max_attempts": 1}}
        if script is not None:
            member["provider_options"] = {"script": {"*": [script]}}
        members.append(member)
    return {"schema_version": 1, "id": "scripted", "members": members, "rounds": [{"type": "independent_analysis"}], **more}


FINE, BAD, SLOW = {"text": "forty-two"}, {"error": "invalid_request"}, {"text": "late", "delay_ms": 60000}


class CtlCase(harness.Case):
    def setUp(self):
        super().setUp()
        self.d = self.daemon(runner=RUNNER, catalogue_dir=EXAMPLES, log_level="debug")
        self.c = self.d.client()

    def environment(self):
        return {"PATH": "/usr/bin:/bin", "HOME": self.dir, "LANG": "C.UTF-8", **{k: v for k, v in os.environ.items() if "SAN_" in k}}

    def ctl(self, *args, stdin="", seconds=60, socket=None):
        """Runs councilctl; gives (exit status, stdout, stderr)."""
        done = subprocess.run([CTL, "--socket", socket or self.d.socket, *args], input=stdin, capture_output=True, text=True,
                              timeout=patience(seconds), env=self.environment(), cwd=self.dir)
        self.assertNotRegex(done.stderr, "AddressSanitizer|runtime error")
        return done.returncode, done.stdout, done.stderr

    def background(self, *args):
        p = subprocess.Popen([CTL, "--socket", self.d.socket, *args], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, text=True, env=self.environment())
        self.addCleanup(lambda: (p.poll() is None and p.kill(), p.communicate()))
        return p

    def ends(self, p, seconds=30):
        out, err = p.communicate(timeout=patience(seconds))
        return p.returncode, out, err

    def live(self):
        return wait_until(lambda: list(self.c.listed()), 20)[0]


class ExitStatus(CtlCase):
    def test_of_run(self):
        for status, document in ((0, mock(FINE, FINE)), (1, mock(BAD, BAD)), (3, mock(FINE, FINE, BAD)),
                                 (4, mock(FINE, BAD, rounds=[{"type": "independent_analysis", "quorum": 2}]))):
            with self.subTest(status):
                got = self.ctl("run", json.dumps(document), "What is it?")
                self.assertEqual(got[0], status, got)
                self.assertNotIn("\x1b", got[1])

    def test_cancelled(self):
        p = self.background("run", json.dumps(mock(SLOW)), "x")
        id = self.live()
        self.assertEqual(self.ctl("cancel", "--now", id)[0], 0)
        self.assertEqual(self.ends(p)[0], 5)

    def test_terminated_and_died(self):
        p = self.background("run", json.dumps(mock(SLOW)), "x")
        self.assertEqual(self.ctl("terminate", self.live())[0], 0)
        self.assertEqual(self.ends(p)[0], 6)
        p = self.background("run", json.dumps(mock(SLOW)), "x")
        self.live()
        os.kill(next(iter(self.c.listed().values()))["pid"], signal.SIGKILL)
        self.assertEqual(self.ends(p)[0], 6)

    def test_no_daemon_and_lost_connection(self):
        for args in (("ping",), ("ps",), ("run", json.dumps(mock(FINE)), "x"), ("stop",)):
            status, out, err = self.ctl(*args, socket=os.path.join(self.dir, "none"))
            self.assertEqual((status, out), (7, ""), err)
            self.assertTrue(err)
        p = self.background("run", json.dumps(mock(SLOW)), "x")
        self.live()
        self.d.kill()
        self.assertEqual(self.ends(p)[0], 7)
        self.d.expected_status = -9

    def test_usage_and_invalid(self):
        for args in ((), ("no-such-command",), ("run",), ("run", "no-such-council", "x"), ("run", "{}", "x"), ("terminate",),
                     ("ping", "--no-such-option"), ("run", "{", "x"), ("run", "--run-id", "a/b", json.dumps(mock(FINE)), "x"),
                     ("call", "supervisor.info", "{"), ("validate", "no-such-file.json")):
            with self.subTest(args):
                status, out, err = self.ctl(*args)
                self.assertEqual(status, 2, (out, err))
                self.assertTrue(err)

    def test_help(self):
        status, out, _ = self.ctl("--help")
        self.assertEqual(status, 0)
        for command in ("run", "start", "ps", "info", "await", "monitor", "events", "cancel", "terminate", "terminate-all", "stop",
                        "validate", "councils", "ping", "call"):
            self.assertIn(command, out)
            self.assertEqual(self.ctl(command, "--help")[0], 0)


class Commands(CtlCase):
    def asked(self, p, method):
        """Waits until the daemon has the request of a councilctl in the background."""
        wait_until(lambda: self.d.log_lines(f"request method={method} pid={p.pid} "), 20, lambda: f"{method}; {self.d.log()}")

    def test_run_tells_what_happens(self):
        status, out, err = self.ctl("run", json.dumps(mock(FINE)), "-", stdin="A question\n")
        self.assertEqual(status, 0, err)
        self.assertIn("forty-two", out)

    def test_run_json(self):
        status, out, err = self.ctl("run", "--json", json.dumps(mock(FINE)), "x")
        self.assertEqual(status, 0, err)
        lines = [json.loads(line) for line in out.splitlines()]
        self.assertIn("run_completed", json.dumps(lines))

    def test_life_of_a_run(self):
        status, out, err = self.ctl("start", json.dumps(mock(SLOW)), "x")
        self.assertEqual(status, 0, err)
        id = out.strip()
        self.assertRegex(id, harness.RUN_ID)
        self.assertIn(id, self.ctl("ps")[1])
        self.assertIn(id, self.ctl("info", id)[1])
        watching = self.background("monitor", id)
        waiting = self.background("await", id)
        events = self.background("events", "--json", id)
        self.asked(watching, "run.monitor")
        self.asked(waiting, "run.await")
        self.asked(events, "run.subscribe")
        self.assertEqual(self.ctl("terminate", id)[0], 0)
        self.assertIn("shutdown", self.ends(watching)[1])
        self.assertEqual(self.ends(waiting)[0], 6)
        out = self.ends(events)[1]
        self.assertIn("run_started", out)
        self.assertNotIn(id, self.ctl("ps")[1])
        self.assertEqual(self.ctl("terminate", id)[0], 1)

    def test_await_of_an_ended_run(self):
        id = self.ctl("start", json.dumps(mock(FINE)), "x")[1].strip()
        status, out, _ = self.ctl("await", id)
        self.assertEqual(status, 0)
        self.assertIn("forty-two", out)
        self.assertEqual(self.ctl("await", id)[0], 0)

    def test_terminate_all_and_registry(self):
        for registry in ("day", "night", "night"):
            self.assertEqual(self.ctl("--registry", registry, "start", json.dumps(mock(SLOW)), "x")[0], 0)
        self.assertRegex(self.ctl("--registry", "night", "terminate-all")[1], r"\b2\b")
        self.assertEqual([e["registry"] for e in self.c.listed().values()], ["day"])

    def test_validate(self):
        path = self.path("council.json")
        with open(path, "w") as f:
            json.dump({"schema_version": 7, "id": "no good", "members": [], "rounds": []}, f)
        status, out, err = self.ctl("validate", path)
        self.assertEqual(status, 2)
        for pointer in ("/schema_version", "/id", "/members", "/rounds"):
            self.assertIn(pointer, out + err)
        with open(path, "w") as f:
            json.dump(mock(FINE), f)
        self.assertEqual(self.ctl("validate", path)[0], 0)

    def test_ping_call_councils(self):
        self.assertEqual(self.ctl("ping")[0], 0)
        status, out, _ = self.ctl("call", "supervisor.info", "{}")
        self.assertEqual((status, json.loads(out)["pid"]), (0, self.d.pid))
        self.assertEqual(self.ctl("call", "run.info", '{"run_id": "nobody"}')[0], 1)
        self.assertIn("three-stage", self.ctl("councils")[1])

    def test_stop(self):
        self.c.close()
        self.assertEqual(self.ctl("stop")[0], 0)
        self.assertEqual(self.d.wait(), 0)

    def test_what_strangers_wrote_cannot_steer_the_terminal(self):
        status, out, err = self.ctl("run", json.dumps(mock({"text": "red \x1b[31m alert \x07 \u009b2J"})), "x")
        self.assertEqual(status, 0, err)
        self.assertNotRegex(out, "[\x00-\x08\x0b-\x1f\x7f-\x9f]")
        self.assertIn("alert", out)


class OnATerminal(CtlCase):
    def talk(self, *args):
        """councilctl on a terminal of its own; gives (process id, descriptor)."""
        pid, fd = harness.fork_on_terminal()
        if pid == 0:
            try:
                os.execve(CTL, [CTL, "--socket", self.d.socket, *args], {**self.environment(), "TERM": "xterm"})
            finally:
                os._exit(99)
        self.addCleanup(os.close, fd)
        return pid, fd

    def read(self, fd, pattern, seconds=20):
        seen = b""

        def found():
            nonlocal seen
            if select.select([fd], [], [], 0.02)[0]:
                try:
                    seen += os.read(fd, 65536)
                except OSError:
                    pass
            return re.search(pattern, seen)
        wait_until(found, seconds, lambda: f"{pattern} in {seen}")
        return seen

    def status(self, pid):
        return wait_until(lambda: (w := os.waitpid(pid, os.WNOHANG))[0] and (os.waitstatus_to_exitcode(w[1]), "ended"), 20)[0]

    def test_interrupt_asks_and_leaves_the_run_running(self):
        pid, fd = self.talk("run", json.dumps(mock(SLOW)), "x")
        id = self.live()
        wait_until(lambda: self.c.call("run.info", run_id=id)["state"] == "running")
        self.read(fd, rb"s0|scripted|independent")
        os.write(fd, b"\x03")
        seen = self.read(fd, rb"\[c\]ancel.*\[l\]eave")
        os.write(fd, b"\x03")
        seen += self.read(fd, rb"councilctl \w+|" + id.encode())
        self.assertEqual(self.status(pid), 130)
        self.assertIn(id, self.c.listed(), seen)

    def test_final_answer_is_shown(self):
        pid, fd = self.talk("run", json.dumps(mock(FINE, FINE)), "x")
        self.read(fd, rb"forty-two")
        self.assertEqual(self.status(pid), 0)


class Examples(CtlCase):
    def councils(self):
        return sorted(f for f in os.listdir(os.path.join(EXAMPLES, "councils")) if f.endswith(".json"))

    def test_every_council_is_valid_and_runs_on_mock(self):
        self.assertGreaterEqual(len(self.councils()), 3)
        for name in self.councils():
            with self.subTest(name):
                self.assertEqual(self.ctl("validate", os.path.join(EXAMPLES, "councils", name))[0], 0)
                status, out, err = self.ctl("run", name[:-5], "Should we rewrite it in Rust?", seconds=80)
                self.assertEqual(status, 0, out + err)
                self.assertTrue(out.strip())

    def test_python_client(self):
        done = subprocess.run([sys.executable, os.path.join(EXAMPLES, "client.py"), self.d.socket,
                               "three-stage", "Which way?"], capture_output=True, text=True,
                              timeout=patience(60), env=self.environment())
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(done.stdout.strip())
        self.assertEqual(self.c.listed(), {})

    def test_client_of_the_readme(self):
        with open(os.path.join(harness.ROOT, "README.md")) as f:
            code = re.search(r"```python\n(.*?)```", f.read(), re.S).group(1)
        done = subprocess.run([sys.executable, "-c", code, self.d.socket], capture_output=True, text=True, timeout=patience(60))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(done.stdout.strip())


class Discovery(harness.Case):
    @peers.from_npm
    def test_openrpc_document_is_valid(self):
        d = self.daemon()
        document = d.client().call("rpc.discover")
        status, text = peers.openrpc_verdict(document)
        self.assertEqual(status, 0, text)

    @peers.from_npm
    def test_what_is_told_fits_the_document(self):
        """A client made from the document trusts its types: one member that is null where it is none breaks it."""
        c = self.daemon(runner=RUNNER, catalogue_dir=EXAMPLES).client(60)
        asked = {}

        def call(method, **params):
            id = c.send(method, **params)
            asked[id] = method
            return c.reply(id)

        document = c.call("rpc.discover")
        for method in ("supervisor.info", "supervisor.stats", "supervisor.count_children", "council.list", "provider.list"):
            call(method)
        call("council.get", name="karpathy")
        for name, opts in (("voting", {"options": ["yes", "no"]}), ("debate", {}), ("tournament", {}), ("jury_with_retry", {}),
                           ("karpathy", {}), ("weighted_consensus", {})):
            council = {"schema_version": 1, "id": "c", "default_profile": "p", "profiles": {"p": {"provider": "mock", "model": "m"}},
                       "members": [{"id": "ann"}, {"id": "bob"}, {"id": "cy"}], "chair": {}, "template": {"name": name, "opts": opts}}
            call("council.validate", council=council)
            run = call("run.start", council=council, input="Is a lock file enough?", labels={"of": name}, subscribe={"deltas": True},
                       monitor=True, verbose="debug")
            call("supervisor.which_children")
            call("run.info", run_id=run["run_id"])
            c.down(run["ref"], 60)
            call("run.await", run_id=run["run_id"])
            call("run.info", run_id=run["run_id"])
        for end, params in (("run.cancel", {"mode": "now"}), ("run.terminate", {})):
            run = call("run.start", council=mock(SLOW, SLOW), input="x", subscribe=True, monitor=True)
            call(end, run_id=run["run_id"], **params)
            c.down(run["ref"], 60)
            call("run.info", run_id=run["run_id"])
        call("provider.check", council=mock(FINE))
        call("run.list")
        call("audit.list")
        told = [{"of": m.get("method") or asked[m["id"]], "value": m.get("params", m.get("result"))}
                for m in c.log if "method" in m or m["id"] in asked]
        status, text = peers.told_verdict(document, told)
        self.assertEqual(status, 0, text)
        self.assertLessEqual({"run.event", "run.end", "run.down"}, {t["of"] for t in told})
        wrong = [{"of": "run.end", "value": {**t["value"], "last_seq": None}} for t in told if t["of"] == "run.end"]
        status, text = peers.told_verdict(document, wrong)
        self.assertEqual((status, text.count("run.end: ")), (1, len(wrong)), text)

    def test_it_lists_exactly_what_works(self):
        c = self.daemon().client()
        names = {m["name"] for m in c.call("rpc.discover")["methods"]}
        self.assertLessEqual({"supervisor.info", "supervisor.which_children", "supervisor.count_children", "supervisor.terminate_all",
                              "supervisor.stop", "supervisor.subscribe", "supervisor.unsubscribe", "run.start", "run.info", "run.await", "run.monitor", "run.demonitor",
                              "run.subscribe", "run.unsubscribe", "run.cancel", "run.terminate", "council.validate", "council.list",
                              "council.get", "rpc.discover"}, names)
        for name in ("run.list", "run.prune", "provider.list", "provider.check", "provider.models"):
            answer = c.answer(c.send(name, nonsense=1))
            self.assertEqual(answer["error"]["data"]["reason"], "invalid_parameter" if name in names else "method_not_found", name)
        for name in names - {"run.start"}:
            self.assertError(c.error(name, no_such_parameter=1), "invalid_parameter", -32602)
