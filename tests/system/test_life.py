"""docs/rules.md, Life of the daemon: start-up, locks, the socket's path, signals, orderly and immediate stop, SIGKILL, reload."""
import fcntl
import json
import os
import signal
import socket
import subprocess
import threading
import time

import harness
from harness import HANG, PROMPTLY, READY, STUBBORN, Closed, Process, Stopwatch, council, step, wait_until

GOOD = council(*HANG)
QUICK = 2.0 * (4 if harness.SANITIZED else 2)      # for what is allowed 2 s


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

    def test_ready_soon(self):
        d = self.new_daemon()
        watch = Stopwatch()
        d.start()
        self.assertLess(watch.seconds, QUICK)

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
            done = subprocess.run([os.path.join(harness.BUILD, "councild"), flag], capture_output=True, text=True, timeout=20)
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


class Lock(harness.Case):
    def test_lock_that_is_held_for_a_moment_only(self):
        # A child of a killed daemon holds the lock until exec: the next daemon used to take it for a rival and gave up.
        d = self.new_daemon()
        os.mkdir(d.state, 0o700)
        lock = os.open(os.path.join(d.state, "lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
        timer = threading.Timer(0.1, os.close, (lock,))
        timer.start()
        d.start()
        timer.join()

    def test_loser_leaves_the_winner_alone(self):
        d = self.daemon()
        c = d.client()
        run = c.start(GOOD, monitor=True)
        inode = os.stat(d.socket).st_ino
        for change in ({}, {"state_dir": os.path.join(self.dir, "other-state")}, {"socket": os.path.join(self.dir, "other-sock")}):
            self.path("other-")
            rival = harness.Daemon(d.dir, **{**d.flags, **change})
            rival.log_path = self.path("rival.log")
            watch = Stopwatch()
            rival.launch()
            self.assertGreater(rival.wait(), 0)
            self.assertLess(watch.seconds, QUICK)
            self.assertEqual(os.stat(d.socket).st_ino, inode)
        self.assertEqual(c.call("supervisor.info")["pid"], d.pid)
        self.assertEqual(c.listed()[run["run_id"]]["pid"], run["pid"])
        self.assertFalse(os.path.exists(os.path.join(self.dir, "other-sock")))

    def test_of_many_started_together_exactly_one_survives(self):
        first = self.new_daemon()
        rivals = [first]
        for n in range(5):
            other = harness.Daemon(first.dir, **first.flags)
            other.log_path = self.path(f"rival{n}.log")
            rivals.append(other)
        for d in rivals:
            d.launch()
        wait_until(lambda: sum(d.process.poll() is None for d in rivals) == 1, 20)
        winner = next(d for d in rivals if d.alive())
        winner.wait_ready()
        self.daemons[:] = [winner]
        for d in rivals:
            if d is not winner:
                self.assertGreater(d.process.returncode, 0)
        self.assertEqual(winner.client().call("supervisor.info")["pid"], winner.pid)

    def test_lock_files_are_never_removed(self):
        d = self.daemon()
        locks = [os.path.join(d.state, "lock"), d.socket + ".lock"]
        inodes = [os.stat(p).st_ino for p in locks]
        self.assertEqual(d.stop(), 0)
        self.assertEqual([os.stat(p).st_ino for p in locks], inodes)
        d.restart()
        self.assertEqual([os.stat(p).st_ino for p in locks], inodes)


class SocketPath(harness.Case):
    def test_stale_socket_is_replaced(self):
        d = self.new_daemon()
        s = socket.socket(socket.AF_UNIX)
        s.bind(d.socket)
        s.close()
        d.start()

    def test_anything_else_stays_as_it_is(self):
        d = self.new_daemon()
        target = self.path("target")
        with open(target, "w") as f:
            f.write("precious")
        for make in (lambda p: open(p, "w").write("precious"), os.mkdir, lambda p: os.symlink(target, p),
                     lambda p: os.symlink("/nowhere", p), os.mkfifo):
            make(d.socket)
            before = os.lstat(d.socket)
            before_lines = len(d.log().splitlines()) if os.path.exists(d.log_path) else 0
            d.launch()
            self.assertGreater(d.wait(), 0, d.log())
            self.assertEqual(len(d.log().splitlines()), before_lines + 1, d.log())
            after = os.lstat(d.socket)
            self.assertEqual((before.st_ino, before.st_mode, before.st_size), (after.st_ino, after.st_mode, after.st_size))
            (os.rmdir if os.path.isdir(d.socket) and not os.path.islink(d.socket) else os.unlink)(d.socket)
        self.assertEqual(open(target).read(), "precious")
        d.start()

    def test_path_too_long(self):
        d = self.new_daemon()
        folder = os.path.join(d.dir, "l" * 60)
        os.mkdir(folder, 0o700)
        d.flags["socket"] = os.path.join(folder, "s" * (108 - len(folder) - 1))
        self.assertEqual(len(d.flags["socket"]), 108)
        d.launch()
        d.expected_status = d.wait()
        self.assertGreater(d.expected_status, 0)
        self.assertFalse(os.path.exists(d.flags["socket"]))
        self.assertEqual([n for n in os.listdir(folder) if not n.endswith(".lock")], [])
        self.extra_files.add("l" * 60)

    def test_socket_that_is_no_longer_ours_is_not_unlinked(self):
        d = self.daemon()
        os.unlink(d.socket)
        s = socket.socket(socket.AF_UNIX)
        self.addCleanup(s.close)
        s.bind(d.socket)
        inode = os.stat(d.socket).st_ino
        self.assertEqual(d.stop(), 0)
        self.assertEqual(os.stat(d.socket).st_ino, inode)
        os.unlink(d.socket)


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


class Killed(harness.Case):
    WAYS = {
        "plain": HANG,
        "stopped": [READY, step("stop")],
        "busy": [READY, step("busy")],
        "ignoring SIGTERM": STUBBORN,
        "writing": [READY, step("write_for_ever", 1)],
        "starting": [step("sleep", 600000)],
    }

    def kill_and_look(self, **flags):
        d = self.daemon("d" + "".join(map(str, flags.values())), **flags)
        c = d.client()
        for name, script in self.WAYS.items():
            c.send("run.start", council=council(*script), input="x", run_id=name.replace(" ", "-"))
        wait_until(lambda: c.counts()["active"] == len(self.WAYS) - 1, 20)
        wait_until(lambda: len(d.spares()) == len(self.WAYS) + d.flags["spares"])
        runs = [Process(pid) for pid in d.spares()]
        open_before = d.records("open")
        watch = Stopwatch()
        d.kill()
        wait_until(lambda: not any(p.alive() for p in runs), PROMPTLY)
        self.assertLess(watch.seconds, PROMPTLY)
        c.read_to_eof()
        self.assertTrue(os.path.exists(d.socket))
        self.assertEqual(d.records("open"), open_before)
        d.expected_status = -9
        return d

    def test_every_runner_dies_and_the_next_daemon_cleans_up(self):
        for flags in ({}, {"cgroup": "off"}, {"spares": 1}):
            with self.subTest(flags):
                d = self.kill_and_look(**flags)
                watch = Stopwatch()
                d.restart()
                self.assertLess(watch.seconds, QUICK)
                d.expected_status = 0
                c = d.client()
                self.assertEqual(c.listed(), {})
                self.assertEqual(d.records("open"), [])
                for name in self.WAYS:
                    info = c.call("run.info", run_id=name.replace(" ", "-"))
                    self.assertEqual(info["down"]["reason"]["kind"], "noconnection", info)
                self.assertTrue(c.start(GOOD, run_id="plain")["pid"])

    def test_runner_that_cleared_pdeathsig_ends_at_the_latest_with_the_next_daemon(self):
        for flags in ({}, {"cgroup": "off"}):
            d = self.daemon("p" + "".join(flags), **flags)
            c = d.client()
            containment = str(c.call("supervisor.info")["containment"])
            run = c.start(council(step("clear_pdeathsig"), READY, step("sleep", 1500), step("exit", 0)))
            p = Process(run["pid"])
            d.kill()
            d.launch()
            wait_until(lambda: d.process.poll() is not None or self.answers(d), 30)
            if d.process.poll() is None:
                self.assertFalse(p.alive(), "never beside survivors")
            else:
                self.assertNotIn("cgroup", containment)
                wait_until(lambda: not p.alive(), 5)
                d.restart()
            d.settle()

    @staticmethod
    def answers(d):
        try:
            with harness.Client(d.socket) as c:
                return bool(c.call("supervisor.info"))
        except (OSError, Closed):
            return False

    def test_grandchildren_are_dead_when_the_next_daemon_is_ready(self):
        d = self.daemon()
        c = d.client()
        harness.needs_cgroup(c)
        pids = self.path("pids")
        c.start(council(step("grandchildren", {"n": 3, "way": "double", "ignore_term": True, "pids": pids}), READY))
        wait_until(lambda: os.path.exists(pids) and len(open(pids).readlines()) == 3)
        kin = [Process(int(line.split()[1])) for line in open(pids)]
        d.kill()
        d.restart()
        self.assertFalse([p for p in kin if p.alive()])

    def test_half_written_journal_is_no_obstacle(self):
        d = self.daemon()
        c = d.client()
        run = c.start(council(READY, step("events", {"count": 3}), step("mark", self.path("done")), *HANG), run_id="torn")
        wait_until(lambda: os.path.exists(self.path("done")))
        d.kill()
        wait_until(lambda: not harness.proc_stat(run["pid"]))
        with open(d.record_path("torn", "open"), "ab") as f:
            f.write(b'{"v":1,"run_id":"torn","seq":4,"ty')
        os.makedirs(os.path.join(d.state, "open", "stray"))
        d.restart()
        c = d.client()
        self.assertEqual(c.call("run.info", run_id="torn")["down"]["reason"]["kind"], "noconnection")
        sub = c.call("run.subscribe", run_id="torn", after_seq=0)["ref"]
        self.assertEqual(c.notification("run.end", ref=sub)["last_seq"], 3)
        self.assertEqual([e["event"]["seq"] for e in c.notifications("run.event", ref=sub)], [1, 2, 3])
        self.assertEqual(os.listdir(os.path.join(d.state, "odd")), ["stray"])

    def test_killed_again_and_again_under_load(self):
        d = self.daemon(spares=1)
        for n in range(4):
            c = d.client()
            for k in range(10):
                c.send("run.start", council=GOOD, input="x", run_id=f"r{n}-{k}")
            time.sleep(0.01 * n)        # at different moments of the starts
            d.kill()
            d.restart()
        self.assertEqual(d.client().listed(), {})
        d.settle()


class Reload(harness.Case):
    def write(self, d, **values):
        with open(d.flags["config"], "w") as f:
            json.dump(values, f)

    def with_file(self, **values):
        d = self.new_daemon()
        d.flags["config"] = os.path.join(d.dir, "config.json")
        self.write(d, **values)
        return d.start()

    def test_max_children(self):
        d = self.with_file(max_children=3)
        c = d.client()
        for n in range(3):
            c.start(GOOD, run_id=f"r{n}")
        self.write(d, max_children=1)
        d.signal(signal.SIGHUP)
        wait_until(lambda: c.call("supervisor.info")["max_children"] == 1)
        self.assertEqual(len(c.listed()), 3)
        self.assertError(c.start_error(GOOD), "max_children", -32001, max=1)
        self.write(d, max_children=4)
        d.signal(signal.SIGHUP)
        wait_until(lambda: c.call("supervisor.info")["max_children"] == 4)
        c.start(GOOD)

    def test_max_connections(self):
        # supervisor.info used to show the old cap until the next client came.
        d = self.with_file(max_connections=9)
        c = d.client()
        self.assertEqual(c.call("supervisor.info")["limits"]["max_connections"], 9)
        self.write(d, max_connections=7, max_children=77)
        d.signal(signal.SIGHUP)
        wait_until(lambda: c.call("supervisor.info")["max_children"] == 77)
        self.assertEqual(c.call("supervisor.info")["limits"]["max_connections"], 7)

    def test_deadline_is_the_councils_under_a_wide_cap(self):
        # A cap above the council's own time used to become the deadline of every run.
        d = self.with_file(limits={"max_deadline_ms": 86400000})
        c = d.client()
        run = c.start(GOOD)
        self.assertEqual(c.call("run.info", run_id=run["run_id"])["limits"]["deadline_ms"], 1800000 + 60000)
        self.write(d, limits={"max_deadline_ms": 50000}, max_children=77)
        d.signal(signal.SIGHUP)
        wait_until(lambda: c.call("supervisor.info")["max_children"] == 77)
        run = c.start(GOOD)
        self.assertEqual(c.call("run.info", run_id=run["run_id"])["limits"]["deadline_ms"], 50000)

    def test_bad_file_changes_nothing(self):
        d = self.with_file(max_children=3)
        c = d.client()
        run = c.start(GOOD)
        for text in ("{", '{"max_children": -5}', '{"max_children": 9, "nonsense": 1}', '{"max_children": 9, "tenant": "other"}',
                     '{"max_children": 9, "cgroup": "off"}'):
            lines = len(d.log_lines("."))
            with open(d.flags["config"], "w") as f:
                f.write(text)
            d.signal(signal.SIGHUP)
            wait_until(lambda: len(d.log_lines(".")) > lines, 5, f"a line about {text}")
            self.assertEqual(c.call("supervisor.info")["max_children"], 3, text)
        self.assertEqual(list(c.listed()), [run["run_id"]])

    def test_a_thousand_in_a_row(self):
        d = self.with_file(max_children=3)
        c = d.client()
        run = c.start(GOOD)
        for _ in range(1000):
            d.signal(signal.SIGHUP)
        self.assertEqual(c.call("supervisor.info")["pid"], d.pid)
        self.assertIn(run["run_id"], c.listed())

    def test_right_after_the_start(self):
        d = self.new_daemon()
        d.launch()
        wait_until(lambda: os.path.exists(d.socket), 20)
        d.signal(signal.SIGHUP)
        d.wait_ready()

    def test_catalogue_and_spares_are_replaced(self):
        d = self.new_daemon(spares=1)
        d.start()
        c = d.client()
        old = d.spares()
        os.makedirs(os.path.join(d.catalogue, "councils"))
        with open(os.path.join(d.catalogue, "councils", "fresh.json"), "w") as f:
            json.dump(council(*HANG, id="fresh"), f)
        self.assertError(c.start_error("fresh"), "invalid_council", -32602)
        d.signal(signal.SIGHUP)
        wait_until(lambda: "fresh" in str(c.call("council.list")))
        self.assertEqual(c.start("fresh")["council_id"], "fresh")
        wait_until(lambda: not set(old) & set(d.spares()), 5, "the old spare is gone")


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
