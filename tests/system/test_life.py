"""docs/rules.md, Life of the daemon: start-up, signals, orderly and immediate stop, what it inherited."""
import json
import os
import signal
import subprocess

import harness
from harness import HANG, PROMPTLY, QUICK, READY, STUBBORN, Stopwatch, council, step, wait_until
from patience import patience

GOOD = council(*HANG)


class StartUp(harness.Case):
    def fails(self, d, pattern):
        """The daemon must end by itself, non-zero, with one clear line."""
        watch = Stopwatch()
        d.launch()
        d.expected_status = d.wait(20)
        self.assertGreater(d.expected_status, 0)
        self.assertLess(watch.seconds, QUICK)
        self.assertRegex(d.log(), pattern)
        self.assertEqual(len(d.log().splitlines()), 1, d.log())

    def test_inherited_signal_dispositions_and_mask(self):
        # SIGCHLD ignored would lose every status; all signals blocked would make the daemon deaf.
        def prepare():
            signal.signal(signal.SIGCHLD, signal.SIG_IGN)
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            signal.signal(signal.SIGPIPE, signal.SIG_IGN)
            signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
        d = self.daemon(how={"before": prepare})
        c = d.client()
        run = c.start(council(READY, step("report", "event"), step("exit", 3)), monitor=True, subscribe=True)
        report = c.report(run["subscription"])
        for name in ("SigBlk", "SigIgn", "SigCgt"):
            self.assertEqual(int(report["status"][name], 16), 0, name)
        self.assertReason(c.down(run["ref"]), kind="exit", code=3)
        run = c.start(GOOD, monitor=True)
        c.call("run.terminate", run_id=run["run_id"])
        self.assertReason(c.down(run["ref"]), kind="shutdown")

    def test_signals_that_are_ignored(self):
        d = self.daemon()
        c = d.client()
        for number in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGUSR1, signal.SIGUSR2, signal.SIGALRM, signal.SIGCHLD):
            d.signal(number)
        self.assertEqual(c.call("supervisor.info")["pid"], d.pid)

    def test_wrong_configuration(self):
        for flags, pattern in (({"max_children": -1}, "max.children"), ({"max_request_bytes": 1000}, "max.request.bytes"),
                               ({"tenant": "a/b"}, "tenant"), ({"shutdown_ms": "soon"}, "shutdown.ms"),
                               ({"no_such_flag": 1}, "no.such.flag"), ({"log_level": "loud"}, "log.level"),
                               ({"max_output_queue_bytes": 1000}, "max.output.queue.bytes")):
            with self.subTest(flags):
                self.fails(self.new_daemon(pattern[:3] + str(len(self.daemons)), **flags), pattern)

    def test_wrong_bundle_and_budget_of_the_operator(self):
        # They used to be found by the first run.start, as a fault of the client's council.
        for name, value, pattern in (("defaults", {"nonsense": 1}, "defaults.*nonsense"), ("budget", {"nonsense": 1}, "budget.*nonsense"),
                                     ("defaults", {"temperature": "hot"}, "defaults.*temperature"),
                                     ("budget", {"max_calls": -1}, "budget.*max_calls"),
                                     ("providers", {"mine": {"nonsense": 1}}, "providers.*nonsense")):
            with self.subTest(name, value=value):
                self.fails(self.new_daemon("bad" + str(len(self.daemons)), **{name: value}), pattern)

    def test_configuration_file(self):
        d = self.new_daemon(max_children=None)
        path = os.path.join(d.dir, "config.json")
        d.flags["config"] = path
        with open(path, "w") as f:
            json.dump({"max_children": 3, "shutdown_ms": 1234, "tenant": "acme"}, f)
        info = d.start().client().call("supervisor.info")
        self.assertEqual((info["max_children"], info["tenant"]), (3, "acme"))
        for text, pattern in (('{"max_children": -1}', "max_children"), ('{"nonsense": 1}', "nonsense"), ("{", "config.json"),
                              ('{"spares": "x"}', "spares"), ('{"max_children": 1, "max_children": 2}', "config.json|max_children")):
            other = self.new_daemon("bad" + str(len(self.daemons)))
            other.flags["config"] = os.path.join(other.dir, "config.json")
            other.flags.pop("max_children", None)
            if "spares" in text:
                del other.flags["spares"]
            with open(other.flags["config"], "w") as f:
                f.write(text)
            with self.subTest(text):
                self.fails(other, pattern)
        missing = self.new_daemon("missing", config="/no/such/config.json")
        self.fails(missing, "/no/such/config.json")

    def test_flags_win_over_the_file(self):
        d = self.new_daemon(max_children=7)
        d.flags["config"] = os.path.join(d.dir, "config.json")
        with open(d.flags["config"], "w") as f:
            json.dump({"max_children": 3}, f)
        self.assertEqual(d.start().client().call("supervisor.info")["max_children"], 7)

    def test_help_and_version(self):
        for flag, pattern in (("--help", "--max-children"), ("--version", r"\d+\.\d+")):
            done = subprocess.run([os.path.join(harness.BUILD, "councild"), flag], capture_output=True, text=True, timeout=patience(20))
            self.assertEqual(done.returncode, 0)
            self.assertRegex(done.stdout, pattern)

    def test_works_for_an_ordinary_user_without_any_file(self):
        home = self.path("home")
        runtime = self.path("runtime")
        os.mkdir(home)
        os.mkdir(runtime, 0o700)
        env = {"PATH": "/usr/bin:/bin", "HOME": home, "XDG_RUNTIME_DIR": runtime, **{k: v for k, v in os.environ.items() if "SAN_" in k}}
        identity = {}
        if os.geteuid() == 0:
            for folder in (self.dir, home, runtime):
                os.chown(folder, 54017, 54017)
            identity = {"user": 54017, "group": 54017, "extra_groups": []}
        with open(self.path("log"), "wb") as log:
            p = subprocess.Popen([harness.public_copy("councild")], env=env, stderr=log, stdout=log, stdin=subprocess.DEVNULL,
                                 **identity)
        self.addCleanup(lambda: p.poll() is None and p.kill())
        path = os.path.join(runtime, "councild", "default", "sock")
        def tenant():
            self.assertIsNone(p.poll(), open(self.path("log")).read())
            try:
                with harness.Client(path) as c:
                    return c.call("supervisor.info")["tenant"]
            except (FileNotFoundError, ConnectionRefusedError):
                return None
        self.assertEqual(wait_until(tenant, 20), "default")
        p.terminate()
        self.assertEqual(p.wait(20), 0)


class OrderlyStop(harness.Case):
    def test_by_signal_and_by_request(self):
        for how in (signal.SIGTERM, signal.SIGINT, None):
            d = self.daemon(f"d{how}")
            c, other = d.client(), d.client()
            run = c.start(GOOD, monitor=True)
            ref = other.call("run.monitor", run_id=run["run_id"])["ref"]
            if how:
                d.signal(how)
                id = None
            else:
                id = c.send("supervisor.stop")
            watch = Stopwatch()
            self.assertEqual(d.wait(), 0)
            self.assertLess(watch.seconds, PROMPTLY)
            for client in (c, other):
                client.read_to_eof()
            down = c.down(run["ref"])
            self.assertReason(down, kind="shutdown")
            self.assertEqual(down["stopped_by"], "stop")
            other.down(ref)
            if id:
                self.assertIs(c.log[-1], c.answer(id), "the reply of supervisor.stop is the last line")
                self.assertNotIn("error", c.log[-1])
            self.assertFalse(os.path.exists(d.socket))
            with self.assertRaises(OSError):
                harness.Client(d.socket)

    def test_total_is_the_maximum_and_clients_do_not_delay_it(self):
        d = self.daemon()
        c = d.client()
        idle, half, deaf = d.client(), d.client(), d.client()
        half.raw(b'{"jsonrpc":"2.0","id":1,')
        flood = c.start(council(READY, step("events", {"count": 3000, "size": 1000}), *HANG))
        deaf.send("run.subscribe", run_id=flood["run_id"], after_seq=0)
        refs = [c.start(council(*STUBBORN), shutdown=700, monitor=True)["ref"] for _ in range(5)]
        willing = c.start(GOOD, monitor=True, shutdown=30000)["ref"]
        watch = Stopwatch()
        d.signal(signal.SIGTERM)
        self.assertReason(c.down(willing, 0.7 + PROMPTLY), kind="shutdown")
        self.assertEqual(d.wait(), 0)
        self.assertBetween(watch.seconds, 0.7, 1.7 + PROMPTLY)
        for ref in refs:
            self.assertReason(c.down(ref), kind="killed", by="supervisor")
        idle.read_to_eof()
        self.assertEqual(idle.log, [])

    def test_stubborn_runs_end_together(self):
        # One after the other they would need S as many times as there are runs.
        d = self.daemon()
        c = d.client()
        for _ in range(5):
            c.start(council(*STUBBORN), shutdown=1000, monitor=True)
        watch = Stopwatch()
        d.signal(signal.SIGTERM)
        ends = c.down_times(5, watch)
        self.assertGreaterEqual(ends[0], 1.0)
        self.assertLess(ends[-1], 2 * ends[0], ends)
        self.assertEqual(d.wait(), 0)

    def test_repeating_it_changes_nothing(self):
        d = self.daemon()
        c = d.client()
        ref = c.start(council(*STUBBORN), shutdown=800, monitor=True)["ref"]
        watch = Stopwatch()
        for _ in range(5):
            d.signal(signal.SIGTERM)
            d.signal(signal.SIGINT)
            c.drain(0.1)
        d.signal(signal.SIGHUP)
        self.assertReason(c.down(ref), kind="killed", by="supervisor")
        self.assertEqual(d.wait(), 0)
        self.assertBetween(watch.seconds, 0.8, 0.8 + 1 + PROMPTLY)

    def test_open_connections_are_served_meanwhile(self):
        d = self.daemon()
        c = d.client()
        run = c.start(council(*STUBBORN), shutdown=900)
        stop = c.send("supervisor.stop")
        wait_until(lambda: c.listed()[run["run_id"]]["state"] == "terminating")
        self.assertError(c.start_error(GOOD), "shutting_down", -32003)
        self.assertError(c.error("run.terminate", run_id="x"), "not_found", -32005)
        ref = c.call("run.monitor", run_id=run["run_id"])["ref"]
        again = c.send("supervisor.stop")
        with self.assertRaises((FileNotFoundError, ConnectionRefusedError)):
            harness.Client(d.socket)
        self.assertError(c.error("run.terminate", run_id=run["run_id"]), "not_found", -32005)
        self.assertReason(c.down(ref), kind="killed", by="supervisor")
        c.reply(stop)
        c.reply(again)
        self.assertEqual(d.wait(), 0)

    def test_stop_limit_caps_infinity(self):
        d = self.daemon(stop_limit_ms=600)
        c = d.client()
        ref = c.start(council(*STUBBORN), shutdown="infinity", monitor=True)["ref"]
        watch = Stopwatch()
        d.signal(signal.SIGTERM)
        self.assertReason(c.down(ref), kind="killed", by="supervisor")
        self.assertEqual(d.wait(), 0)
        self.assertBetween(watch.seconds, 0.6, 0.6 + 1 + PROMPTLY)

    def test_finite_s_longer_than_stop_limit_is_honoured(self):
        d = self.daemon(stop_limit_ms=100)
        c = d.client()
        ref = c.start(council(*STUBBORN), shutdown=700, monitor=True)["ref"]
        watch = Stopwatch()
        d.signal(signal.SIGTERM)
        self.assertReason(c.down(ref), kind="killed", by="supervisor")
        self.assertGreaterEqual(watch.seconds, 0.7)
        self.assertEqual(d.wait(), 0)

    def test_whole_group_gets_sigterm(self):
        # A service manager may signals all processes at once: runs that died of it are shutdown, never signal.
        d = self.daemon(spares=1)
        c = d.client()
        runs = [c.start(GOOD, monitor=True) for _ in range(10)]
        for pid in [d.pid] + [r["pid"] for r in runs]:
            os.kill(pid, signal.SIGSTOP)
        for pid in [d.pid] + [r["pid"] for r in runs]:
            os.kill(pid, signal.SIGTERM)
        for pid in [r["pid"] for r in runs] + [d.pid]:
            os.kill(pid, signal.SIGCONT)
        for r in runs:
            self.assertReason(c.down(r["ref"]), kind="shutdown")
        self.assertEqual(d.wait(), 0)


class ImmediateStop(harness.Case):
    def test_sigquit(self):
        d = self.daemon()
        c = d.client()
        runs = [c.start(council(*STUBBORN), shutdown=s, monitor=True) for s in (60000, "infinity", 0)]
        refs = [r["ref"] for r in runs]
        pending = c.send("run.await", run_id=runs[0]["run_id"])
        watch = Stopwatch()
        d.signal(signal.SIGQUIT)
        self.assertEqual(d.wait(), 0)
        self.assertLess(watch.seconds, QUICK)
        c.read_to_eof()
        for ref in refs:
            self.assertReason(c.down(ref), kind="killed", by="supervisor")
        self.assertTrue(c.answered(pending))
        self.assertEqual(d.processes(), [])

    def test_sigquit_during_an_orderly_stop(self):
        d = self.daemon()
        c = d.client()
        ref = c.start(council(*STUBBORN), shutdown=60000, monitor=True)["ref"]
        d.signal(signal.SIGTERM)
        wait_until(lambda: next(iter(c.listed().values()))["state"] == "terminating")
        watch = Stopwatch()
        d.signal(signal.SIGQUIT)
        self.assertReason(c.down(ref), kind="killed", by="supervisor")
        self.assertEqual(d.wait(), 0)
        self.assertLess(watch.seconds, QUICK)


class Descriptors(harness.Case):
    def test_what_the_daemon_inherited_reaches_no_runner(self):
        reader, writer = os.pipe()
        extra = [os.dup(writer) for _ in range(20)]
        self.addCleanup(lambda: [os.close(fd) for fd in [reader, writer] + extra])
        d = self.daemon(how={"pass_fds": [writer] + extra})
        c = d.client()
        run = c.start(council(READY, step("report", "event")), subscribe=True)
        found = c.report(run["subscription"])["fds"]
        target = os.readlink(f"/proc/self/fd/{writer}")
        self.assertNotIn(target, found.values())
