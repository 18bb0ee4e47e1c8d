"""docs/rules.md, Starting: readiness, starts that fail, start with monitor, clients that go away, the council's bytes."""
import hashlib
import json
import os

import harness
from harness import HANG, PROMPTLY, READY, STUBBORN, Stopwatch, council, step, wait_until

GOOD = council(*HANG)


class Readiness(harness.Case):
    def test_pending_start_is_invisible_and_holds_up_nobody(self):
        d = self.daemon()
        c = d.client()
        gate = self.path("gate")
        pending = c.send("run.start", council=council(step("wait_file", gate), *HANG), input="x", run_id="slow")
        wait_until(lambda: c.counts()["starting"] == 1)
        self.assertEqual(c.listed(), {})
        counts = c.counts()
        self.assertEqual((counts["active"], counts["specs"], counts["workers"], counts["supervisors"]), (0, 1, 1, 0))
        self.assertReason(c.down(c.call("run.monitor", run_id="slow")["ref"]), kind="noproc")
        self.assertError(c.error("run.cancel", run_id="slow"), "not_found", -32005)
        watch = Stopwatch()
        c.start(GOOD)
        self.assertLess(watch.seconds, PROMPTLY)
        self.assertFalse(c.answered(pending))
        open(gate, "w").close()
        self.assertEqual(c.reply(pending)["run_id"], "slow")
        self.assertIn("slow", c.listed())

    def test_ready_as_the_very_first_thing_and_gone_at_once(self):
        # A ready that is read together with the exit still makes the start a success.
        c = self.daemon().client()
        for _ in range(20):
            run = c.start(council(READY, step("exit", 7)), monitor=True)
            self.assertReason(c.down(run["ref"]), kind="exit", code=7)

    def test_no_event_before_ready_is_forwarded(self):
        c = self.daemon().client()
        run = c.start(council(step("events", {"count": 3}), step("sleep", 50), READY, step("events", {"count": 2}), step("exit", 0)),
                      subscribe=True, monitor=True)
        c.down(run["ref"])
        for message in c.log[:c.position(next(m for m in c.log if "result" in m))]:
            self.assertNotEqual(message.get("method"), "run.event")

    def test_second_ready_and_failed_after_ready_change_nothing(self):
        c = self.daemon().client()
        run = c.start(council(READY, READY, step("failed", "late"), step("sleep", 50), step("exit", 3)), monitor=True)
        self.assertReason(c.down(run["ref"]), kind="exit", code=3)


class FailedStarts(harness.Case):
    def fails(self, c, *script, seconds=None, **options):
        """The cause of the failed start; afterwards nothing may be left of it."""
        error = c.start_error(council(*script), seconds=seconds, run_id="fails", monitor=True, subscribe=True, **options)
        self.assertError(error, "start_failed", -32004)
        self.assertEqual(c.counts()["specs"], 0)
        self.assertEqual(c.notifications("run.down") + c.notifications("run.event"), [])
        return error.data["cause"]

    def test_ends_before_ready(self):
        d = self.daemon()
        c = d.client()
        for script, cause in (
                ([step("exit", 0)], {"kind": "normal"}),
                ([step("exit", 3)], {"kind": "exit", "code": 3}),
                ([step("exit", 143)], {"kind": "exit", "code": 143}),
                ([step("raise", 9)], {"kind": "killed", "by": "unknown"}),
                ([step("raise", 15)], {"kind": "signal", "signal": "SIGTERM"}),
                ([step("raise", 11)], {"kind": "signal", "signal": "SIGSEGV", "core": False}),
                ([step("close_link"), step("exit", 4)], {"kind": "exit", "code": 4}),
                ([step("failed", "no such model")], {"kind": "failed", "message": "no such model"}),
                ([step("failed", {"message": "m", "code": "version", "data": {"v": 2}})],
                 {"kind": "failed", "message": "m", "code": "version", "data": {"v": 2}})):
            with self.subTest(script):
                self.assertEqual(self.fails(c, *script), cause)
        self.assertEqual(d.processes(), [])
        self.assertTrue(c.start(GOOD, run_id="fails")["pid"])

    def test_timeout(self):
        d = self.daemon(start_timeout_ms=300)
        c = d.client()
        watch = Stopwatch()
        self.assertEqual(self.fails(c, step("sigterm", "ignore"), step("sleep", 600000), shutdown=400), {"kind": "timeout"})
        self.assertBetween(watch.seconds, 0.7, 0.7 + PROMPTLY)
        watch = Stopwatch()
        self.assertEqual(self.fails(c, step("sleep", 600000), shutdown=60000), {"kind": "timeout"})
        self.assertBetween(watch.seconds, 0.3, 0.3 + PROMPTLY)
        self.assertEqual(d.processes(), [])

    def test_infinity_of_a_failed_start_is_capped_by_stop_limit(self):
        d = self.daemon(start_timeout_ms=200, stop_limit_ms=500)
        watch = Stopwatch()
        self.assertEqual(self.fails(d.client(), step("sigterm", "ignore"), step("sleep", 600000), shutdown="infinity"),
                         {"kind": "timeout"})
        self.assertBetween(watch.seconds, 0.7, 0.7 + PROMPTLY)

    def test_late_ready_of_an_aborted_start_is_ignored(self):
        d = self.daemon(start_timeout_ms=200)
        c = d.client()
        cause = self.fails(c, step("sigterm", {"then": "go_on", "cleanup_ms": 1}), step("sleep", 500), READY, shutdown=1000)
        self.assertEqual(cause, {"kind": "timeout"})
        self.assertEqual(c.listed(), {})

    def test_link_closed_before_ready(self):
        d = self.daemon()
        watch = Stopwatch()
        self.assertEqual(self.fails(d.client(), step("sigterm", "ignore"), step("close_link"), shutdown=300), {"kind": "link"})
        self.assertBetween(watch.seconds, 0.3, 0.3 + PROMPTLY)
        self.assertEqual(d.processes(), [])

    def test_nonsense_before_ready(self):
        d = self.daemon()
        self.assertEqual(self.fails(d.client(), step("raw", "this is no json"), step("sleep", 600000), shutdown=300),
                         {"kind": "link"})

    def test_exec_that_fails(self):
        d = self.daemon()
        c = d.client()
        for make, name in ((lambda p: None, "ENOENT"), (lambda p: open(p, "w").close(), "EACCES"),
                           (lambda p: os.mkdir(p), "EACCES")):
            os.rename(d.runner, d.runner + ".kept")
            make(d.runner)
            with self.subTest(name):
                for _ in range(5):
                    self.assertEqual(self.fails(c), {"kind": "exec", "errno": name})
            if os.path.isdir(d.runner):
                os.rmdir(d.runner)
            elif os.path.exists(d.runner):
                os.unlink(d.runner)
            os.rename(d.runner + ".kept", d.runner)
            c.call("run.terminate", run_id=c.start(GOOD)["run_id"])

    def test_missing_runner_does_not_keep_the_daemon_from_starting(self):
        d = self.new_daemon(runner=None)
        d.flags["runner"] = os.path.join(d.dir, "no-such-runner")
        d.flags["spares"] = 1
        d.launch()
        wait_until(d.answers)
        c = d.client()
        self.assertEqual(self.fails(c), {"kind": "exec", "errno": "ENOENT"})
        self.assertEqual(d.stop(), 0)

    def test_grandchildren_of_a_failed_start_are_dead_when_the_error_comes(self):
        d = self.daemon()
        pids = self.path("pids")
        cause = self.fails(d.client(), step("grandchildren", {"n": 3, "ignore_term": True, "pids": pids}),
                           step("wait_file", pids), step("exit", 5))
        self.assertEqual(cause, {"kind": "exit", "code": 5})
        self.assertEqual(d.processes(), [])

    def test_ready_of_a_descendant_while_the_dead_leader_is_cleaned_up(self):
        """It counts as a success; it stopped the clock of the clean-up, and the run hung for ever."""
        runner, marks = self.path("runner.sh"), self.path("marks")
        os.mkdir(marks)
        with open(runner, "w") as f:
            f.write(f"""#!/bin/sh
setsid sh -c 'touch $0/$1; while kill -0 $1; do :; done; echo "{{\\"type\\":\\"ready\\"}}" >&3; exec cat <&3' {marks} $$ >/dev/null 2>&1 &
while [ ! -e {marks}/$$ ]; do :; done
exit 0
""")
        os.chmod(runner, 0o755)
        d = self.daemon("shell", runner=runner, cgroup="off")
        c = d.client()
        for n in range(10):
            c.send("run.start", council=GOOD, input="x", run_id=f"r{n}", monitor=True)
        wait_until(lambda: not any(c.counts().values()), PROMPTLY, lambda: c.counts())

    def test_aborted_by_terminate(self):
        d = self.daemon()
        c, other = d.client(), d.client()
        for script, low in (([step("sleep", 600000)], 0), ([step("sigterm", "ignore"), step("sleep", 600000)], 0.4),
                            ([step("sigterm", {"then": "exit", "code": 9}), step("sleep", 600000)], 0)):
            ready_for_it = self.path("begun")
            pending = c.send("run.start", council=council(*script[:-1], step("mark", ready_for_it), script[-1]), input="x",
                             run_id="a", shutdown=400)
            wait_until(lambda: os.path.exists(ready_for_it))
            watch = Stopwatch()
            self.assertEqual(other.call("run.terminate", run_id="a"), {})
            self.assertBetween(watch.seconds, low, 0.4 + PROMPTLY)
            error = c.answer(pending, PROMPTLY)["error"]
            self.assertEqual(error["data"]["cause"], {"kind": "shutdown"}, error)
            os.unlink(ready_for_it)
        self.assertEqual(d.processes(), [])

    def test_aborted_by_the_stop_of_the_daemon(self):
        d = self.daemon()
        c = d.client()
        pending = c.send("run.start", council=council(step("sleep", 600000)), input="x")
        wait_until(lambda: c.counts()["starting"] == 1)
        d.signal(harness.signal.SIGTERM)
        self.assertEqual(c.answer(pending)["error"]["data"]["cause"], {"kind": "shutdown"})
        self.assertEqual(d.wait(), 0)
        c.read_to_eof()


class InOneStep(harness.Case):
    """4.8: start with monitor and subscription loses nothing."""

    def test_monitor_carries_the_real_reason_however_short_the_run(self):
        c = self.daemon(spares=2).client()
        for _ in range(20):
            run = c.start(council(READY, step("exit", 9)), monitor=True)
            self.assertReason(c.down(run["ref"]), kind="exit", code=9)

    def test_subscription_loses_no_event_from_ready_on(self):
        c = self.daemon().client()
        for _ in range(5):
            run = c.start(council(READY, step("events", {"count": 20}), step("exit", 0)), monitor=True, subscribe=True)
            c.down(run["ref"])
            events = c.notifications("run.event", ref=run["subscription"])
            self.assertEqual([e["event"]["seq"] for e in events], list(range(1, 21)))
            ends = c.notifications("run.end", ref=run["subscription"])
            self.assertEqual([e["last_seq"] for e in ends], [20])

    def test_reply_comes_before_event_and_down(self):
        c = self.daemon().client()
        run = c.start(council(READY, step("events", {"count": 1}), step("exit", 0)), monitor=True, subscribe=True)
        c.down(run["ref"])
        kinds = [m.get("method", "reply") for m in c.log]
        self.assertEqual(kinds, ["reply", "run.event", "run.end", "run.down"])


class ClientsThatGo(harness.Case):
    def test_during_a_start(self):
        d = self.daemon()
        gate = self.path("gate")
        c = d.client()
        c.send("run.start", council=council(step("wait_file", gate), *HANG), input="x", run_id="orphan", monitor=True)
        other = d.client()
        wait_until(lambda: other.counts()["starting"] == 1)
        c.close()
        open(gate, "w").close()
        wait_until(lambda: "orphan" in other.listed())
        self.assertEqual(other.call("run.terminate", run_id="orphan"), {})

    def test_during_a_terminate(self):
        d = self.daemon()
        c, other = d.client(), d.client()
        run = c.start(council(*STUBBORN), shutdown=300)
        ref = other.call("run.monitor", run_id=run["run_id"])["ref"]
        c.send("run.terminate", run_id=run["run_id"])
        wait_until(lambda: other.listed().get(run["run_id"], {}).get("state") == "terminating")
        c.close()
        self.assertReason(other.down(ref), kind="killed", by="supervisor")

    def test_killed_client_changes_nothing_for_its_run(self):
        d = self.daemon()
        pid = os.fork()
        if pid == 0:
            try:
                with harness.Client(d.socket) as c:
                    c.start(GOOD, run_id="kept", monitor=True, subscribe=True)
                    os.kill(os.getpid(), harness.signal.SIGKILL)
            finally:
                os._exit(1)
        os.waitpid(pid, 0)
        c = d.client()
        self.assertIn("kept", c.listed())
        self.assertEqual(c.call("run.terminate", run_id="kept"), {})


class CouncilBytes(harness.Case):
    def sent(self, c, council_text, input_text=b'"x"'):
        """Starts a run from raw bytes; gives the stand-in's report."""
        c.raw(b'{"jsonrpc":"2.0","id":77,"method":"run.start","params":{"subscribe":true,"council":' + council_text +
              b',"input":' + input_text + b"}}\n")
        run = c.reply(77)
        return run, c.report(run["subscription"])

    def test_council_and_input_reach_the_runner_byte_for_byte(self):
        c = self.daemon().client()
        script = json.dumps([READY, step("report", "event")])
        text = (' {"metadata":{ "n": 1.0, "e":1E+2, "s":"\\u00e4\\/\\ud83d\\ude00 \u00e4","script":%s},\t"rounds" : [{"type":'
                '"independent_analysis"}], "members":[{"id":"a","provider":"mock","model":"m"}],"id":"x" , "schema_version":1}'
                % script).encode()
        for input_text in (b'"x"', b'{"b":1,"a":[1.50,-0,1e-999, "\\u0041"]}', b"[" * 60 + b"]" * 60, b"null"):
            run, report = self.sent(c, text, input_text)
            self.assertEqual(report["council_sha256"], hashlib.sha256(text.strip()).hexdigest())
            self.assertEqual(report["input_sha256"], hashlib.sha256(input_text).hexdigest())
            c.call("run.terminate", run_id=run["run_id"])

    def test_large_council(self):
        # A single argument or environment string may not exceed 128 KiB; the socket buffer holds less than this, too.
        c = self.daemon(spares=1).client(30)
        document = council(READY, step("report", "event"))
        document["metadata"]["text"] = "0123456789abcde\u00e4" * 180000
        text = json.dumps(document, ensure_ascii=False).encode()
        run, report = self.sent(c, text)
        self.assertEqual(report["council_sha256"], hashlib.sha256(text).hexdigest())
        self.assertTrue(report["spec"]["input"], "x")

    def test_spec_has_what_the_link_promises(self):
        c = self.daemon().client()
        run = c.start(council(READY, step("report", "event")), input={"q": 1}, subscribe=True, options={"seed": "abc"},
                      limits={"open_files": 200})
        report = c.report(run["subscription"])
        spec = report["spec"]
        self.assertLessEqual({"type", "v", "run_id", "council_id", "input", "options", "seed", "limits", "catalogue", "providers",
                              "prices", "defaults", "tools", "keys"}, set(spec))
        self.assertEqual((spec["type"], spec["v"], spec["run_id"], spec["input"]), ("spec", 1, run["run_id"], {"q": 1}))
        self.assertEqual(spec["council_id"], "dynamic:scripted")
        self.assertEqual(spec["seed"], "abc")
        self.assertGreaterEqual(report["journal"], 0)
        self.assertGreaterEqual(report["folder"], 0)
        self.assertEqual(report["resume"], -1)
