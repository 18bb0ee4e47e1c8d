"""docs/rules.md, Processes: what a runner gets, forking, spares, output, memory; and limits that act on one run."""
import os
import re
import resource
import signal

import harness
from harness import HANG, PROMPTLY, READY, STUBBORN, Stopwatch, council, step, wait_until

GOOD = council(*HANG)
REPORT = council(READY, step("report", "event"))


class WhatARunnerGets(harness.Case):
    flags = {}

    def report(self, d, **options):
        c = d.client()
        run = c.start(REPORT, subscribe=True, **options)
        return run, c.report(run["subscription"])

    def look(self, **flags):
        d = self.daemon("d" + "".join(map(str, flags.values())), **self.flags, **flags, how={
            "env": {"SECRET_OF_THE_DAEMON": "x", "OPENAI_API_KEY": "sk-test-000000000000000000000000", "TZ": "Europe/Rome"},
            "umask": 0o002})
        run, r = self.report(d)
        self.assertEqual(r["pid"], run["pid"])
        self.assertEqual((r["sid"], r["pgid"], r["ppid"]), (r["pid"], r["pid"], d.pid))
        self.assertEqual((r["umask"], r["cwd"]), (0o77, "/"))
        for name in ("SigBlk", "SigIgn", "SigCgt"):
            self.assertEqual(int(r["status"][name], 16), 0, name)
        self.assertEqual(r["pdeathsig"], signal.SIGKILL)
        self.assertLessEqual(set(r["environ"]), {"PATH", "HOME", "LANG", "TZ"})
        self.assertEqual(r["environ"].get("TZ"), "Europe/Rome")
        fds = dict(r["fds"])
        self.assertEqual(fds.pop("0"), "/dev/null")
        for n in ("1", "2"):
            self.assertTrue(fds.pop(n).startswith("pipe:"))
        self.assertTrue(fds.pop("3").startswith("socket:"))
        if "4" in fds and "survivors" in fds["4"]:
            fds.pop("4")
        rest = [t for n, t in fds.items() if int(n) != r["journal"]]
        self.assertEqual(rest, [os.path.join(d.state, "open")], "its record, the folder to sync, and nothing else")
        return d, r

    def test_cold_start(self):
        self.look(spares=0)

    def test_from_a_spare(self):
        self.look(spares=1)

    def test_rlimits_and_oom_score_as_the_daemon_was_started_with(self):
        limits = [(resource.RLIMIT_NOFILE, 300, 900), (resource.RLIMIT_FSIZE, 1 << 33, 1 << 34), (resource.RLIMIT_CPU, 4000, 5000)]

        def adjust():
            with open("/proc/self/oom_score_adj", "w") as f:
                f.write("123")
        for spares in (0, 1):
            d = self.daemon(f"s{spares}", spares=spares, **self.flags, how={"rlimits": limits, "before": adjust})
            r = self.report(d)[1]
            self.assertEqual(r["rlimits"]["nofile"], [300, 900])
            self.assertEqual(r["rlimits"]["fsize"], [1 << 33, 1 << 34])
            self.assertEqual(r["rlimits"]["cpu"], [4000, 5000])
            self.assertEqual(r["oom_score_adj"], 123)

    def test_limits_of_the_run(self):
        for spares in (0, 1):
            d = self.daemon(f"l{spares}", spares=spares, **self.flags)
            run, r = self.report(d, limits={"open_files": 123, "core_bytes": 0})
            self.assertEqual(r["rlimits"]["nofile"][0], 123)
            self.assertEqual(r["rlimits"]["core"][0], 0)
            self.assertEqual(r["spec"]["limits"]["open_files"], 123)

    def test_council_stands_in_no_command_line(self):
        d = self.daemon(**self.flags)
        run = d.client().start(council(*HANG, metadata={"script": HANG, "x": "find-me-not"}))
        with open(f"/proc/{run['pid']}/cmdline", "rb") as f:
            command = f.read()
        self.assertEqual(command.count(b"\0"), 1, "started without arguments")
        with open(f"/proc/{run['pid']}/environ", "rb") as f:
            self.assertNotIn(b"find-me-not", command + f.read())


class WhatARunnerGetsInGroups(WhatARunnerGets):
    flags = {"cgroup": "off"}


class Spares(harness.Case):
    def test_in_no_list_and_no_count(self):
        d = self.daemon(spares=3, max_children=2)
        c = d.client()
        self.assertEqual(len(d.spares()), 3)
        self.assertFalse(any(c.counts().values()))
        self.assertEqual(c.listed(), {})
        run = c.start(GOOD)
        self.assertEqual(list(c.listed()), [run["run_id"]])
        wait_until(lambda: len(d.spares()) == 4, what="a spare for the one that was taken")

    def test_start_takes_the_spare(self):
        d = self.daemon(spares=1)
        spare = d.spares()[0]
        self.assertEqual(d.client().start(GOOD)["pid"], spare)

    def test_spare_that_dies_is_replaced(self):
        d = self.daemon(spares=2)
        for pid in d.spares():
            os.kill(pid, signal.SIGKILL)
            wait_until(lambda: pid not in d.spares() and len(d.spares()) == 2)
        self.assertTrue(d.client().start(GOOD)["pid"])

    def test_spares_that_keep_dying_hold_back_no_start(self):
        d = self.new_daemon(spares=1)
        with open(d.runner + ".early", "w") as f:
            f.write('[{"exit": 3}]')
        d.launch()
        wait_until(d.answers)
        c = d.client()
        cpu = harness.cpu_seconds(d.pid)
        wait_until(lambda: c.call("supervisor.info")["uptime_ms"] > 1500, 20)
        self.assertLess(harness.cpu_seconds(d.pid) - cpu, 0.75, "a growing pause")
        watch = Stopwatch()
        self.fails_as_its_spare_does(c.start_error(GOOD))
        self.assertLess(watch.seconds, PROMPTLY)
        os.unlink(d.runner + ".early")
        watch = Stopwatch()
        self.assertTrue(self.first_that_starts(c)["pid"])
        self.assertLess(watch.seconds, PROMPTLY)
        c.call("supervisor.terminate_all")
        c.close()
        self.assertEqual(d.stop(), 0)

    def fails_as_its_spare_does(self, error):
        self.assertError(error, "start_failed", -32004, cause={"kind": "exit", "code": 3})

    def first_that_starts(self, client):
        """A spare that has read that it must die may still be taken: one that is there, and one that is being born."""
        for _ in range(2):
            try:
                return client.start(GOOD)
            except harness.RpcError as error:
                self.fails_as_its_spare_does(error)
        return client.start(GOOD)

    def test_dead_spare_is_never_taken(self):
        d = self.daemon(spares=1)
        c = d.client()
        for n in range(15):
            for pid in d.spares():
                if pid not in [e["pid"] for e in c.listed().values()]:
                    spare = harness.Process(pid)
                    os.kill(pid, signal.SIGKILL)
                    wait_until(lambda: not spare.alive())
            self.assertTrue(c.start(GOOD)["pid"])

    def test_spares_end_with_the_daemon(self):
        for how in (signal.SIGTERM, signal.SIGQUIT):
            d = self.daemon(f"d{how}", spares=3)
            d.signal(how)
            self.assertEqual(d.wait(), 0)
            self.assertEqual(d.processes(), [])

    def test_t_counts_from_the_sending_of_the_spec(self):
        d = self.daemon(spares=1, start_timeout_ms=400)
        c = d.client()
        wait_until(lambda: c.call("supervisor.info")["uptime_ms"] > 600)
        self.assertTrue(c.start(council(step("sleep", 200), *HANG))["pid"])


class Output(harness.Case):
    def setUp(self):
        super().setUp()
        self.d = self.daemon()
        self.c = self.d.client(60)

    def test_floods_block_neither_runner_nor_daemon(self):
        before = harness.memory_kib(self.d.pid)
        refs = []
        for kind in ("text", "binary", "noline"):
            for fd in (1, 2):
                run = self.c.start(council(READY, step("output", {"fd": fd, "bytes": (2 << 20) + 5 if kind == "noline" else 16 << 20,
                                                                  "kind": kind}), step("exit", 4)), monitor=True)
                refs.append(run["ref"])
        while len(self.c.notifications("run.down")) < len(refs):
            watch = Stopwatch()
            self.c.call("supervisor.info")
            self.assertLess(watch.seconds, PROMPTLY)
            self.c.drain(0.1)
        for ref in refs:
            self.assertReason(self.c.down(ref), kind="exit", code=4)
        grown = harness.memory_kib(self.d.pid, "VmHWM") - before
        self.assertLess(grown, 16 * 1024 * (4 if harness.SANITIZED else 1))
        with open(self.d.log_path, "rb") as f:
            log = f.read()
        log.decode("utf-8")
        self.assertLess(max(map(len, log.splitlines())), 8192)

    def test_what_a_runner_prints_is_logged_with_its_run_id_and_escaped(self):
        run = self.c.start(council(READY, step("print", {"fd": 2, "text": "told you so \u001b[31m\u0007\r<3>x\nsecond line\n"}), step("exit", 0)),
                           monitor=True, run_id="talker")
        self.c.down(run["ref"])
        lines = wait_until(lambda: self.d.log_lines("told you so"), PROMPTLY)
        self.assertIn("talker", lines[0])
        self.assertNotRegex(lines[0], "[\x00-\x09\x0b-\x1f]")
        self.assertTrue(self.d.log_lines("second line"))

    def test_junk_on_the_link_after_ready_is_dropped(self):
        before = harness.memory_kib(self.d.pid)
        run = self.c.start(council(READY, step("junk", {"count": 2000, "bytes": 100}), step("junk", {"kind": "noise", "count": 50}),
                                   step("junk", {"kind": "endless", "bytes": 24 << 20}), step("junk", {"bytes": 10}),
                                   step("events", {"count": 2}), step("exit", 5)), monitor=True, subscribe=True)
        self.assertReason(self.c.down(run["ref"]), kind="exit", code=5)
        self.assertEqual(len(self.c.notifications("run.event")), 2)
        self.assertLess(harness.memory_kib(self.d.pid, "VmHWM") - before, 40 * 1024 * (4 if harness.SANITIZED else 1))

    def test_link_closed_after_ready_leaves_the_run_running(self):
        run = self.c.start(council(READY, step("close_link")), monitor=True)
        wait_until(lambda: not any(t.startswith("socket:") for t in harness.fds(run["pid"]).values()))
        self.c.drain(0.1)
        self.assertEqual(self.c.listed()[run["run_id"]]["state"], "running")
        self.c.call("run.terminate", run_id=run["run_id"])
        self.assertReason(self.c.down(run["ref"]), kind="shutdown")

    def test_runner_that_writes_without_pause_is_stopped_like_any_other(self):
        run = self.c.start(council(READY, step("write_for_ever", 1)), monitor=True)
        watch = Stopwatch()
        self.c.call("run.terminate", run_id=run["run_id"])
        self.assertLess(watch.seconds, PROMPTLY)
        self.assertReason(self.c.down(run["ref"]), kind="shutdown")

    def test_second_spec_of_nothing_else_reaches_the_runner(self):
        # The link carries the spec once; what comes after it are cancel and deltas.
        run = self.c.start(council(READY, step("listen", {"want": "spec", "ms": 200}), *HANG), subscribe=True)
        self.c.drain(0.4)
        self.assertEqual(self.c.notifications("run.event"), [])
        self.assertIn(run["run_id"], self.c.listed())


class Containment(harness.Case):
    def test_names_what_holds(self):
        for flags in ({}, {"cgroup": "off"}):
            d = self.daemon("c" + "".join(flags), **flags)
            c = d.client()
            said = str(c.call("supervisor.info")["containment"])
            self.assertRegex(said, "cgroup|group")
            run = c.start(GOOD, monitor=True)
            with open(f"/proc/{run['pid']}/cgroup") as f:
                path = re.search(r"^0::(.*)$", f.read(), re.M)
            c.call("run.terminate", run_id=run["run_id"])
            down = c.down(run["ref"])
            if flags:
                self.assertNotIn("cgroup", said)
                self.assertIn("group", str(down["containment"]))
            elif "cgroup" in said:
                self.assertRegex(path.group(1), r"/r\d+\Z")
                self.assertIn("cgroup", str(down["containment"]))

    def test_containment_that_is_lost_is_told_everywhere(self):
        """From then on processes could leave their run, and info, log and DOWN still said that none could."""
        d = self.daemon()
        c = d.client()
        harness.needs_cgroup(c)
        first = c.start(GOOD, monitor=True)
        place = os.path.dirname(harness.cgroup_of(first["pid"]))
        harness.write_text(place + "/cgroup.max.descendants", "1")      # no group can be made beside this one
        second = c.start(GOOD, monitor=True)
        containment = c.call("supervisor.info")["containment"]
        self.assertEqual((containment["kind"], containment["lost"]), ("group", True))
        self.assertEqual((containment["memory"], containment["processes"]), (False, False))
        self.assertTrue(d.log_lines("error: containment is lost"), d.log())
        harness.write_text(place + "/cgroup.max.descendants", "max")
        third = c.start(GOOD, monitor=True)
        containment = c.call("supervisor.info")["containment"]
        self.assertEqual((containment["kind"], containment["lost"]), ("cgroup", False))
        for run, said in ((first, "cgroup"), (second, "group"), (third, "cgroup")):
            c.call("run.terminate", run_id=run["run_id"])
            self.assertEqual(c.down(run["ref"])["containment"], said)

    def test_cgroups_are_removed(self):
        d = self.daemon(spares=1)
        c = d.client()
        harness.needs_cgroup(c)
        run = c.start(GOOD)
        with open(f"/proc/{run['pid']}/cgroup") as f:
            path = re.search(r"^0::(.*)$", f.read(), re.M).group(1)
        mounts = [line.split()[1] for line in open("/proc/mounts") if line.split()[2] == "cgroup2"]
        folders = [m + path for m in mounts if os.path.isdir(m + path)]
        c.call("run.terminate", run_id=run["run_id"])
        for folder in folders:
            self.assertFalse(os.path.exists(folder))
        c.close()
        self.assertEqual(d.stop(), 0)
        for folder in folders:
            parent = os.path.dirname(folder)
            left = [n for n in os.listdir(parent) if re.fullmatch(r"r\d+", n)] if os.path.isdir(parent) else []
            self.assertEqual(left, [])

    def test_processes_limit_needs_the_controller(self):
        c = self.daemon(cgroup="off").client()
        self.assertError(c.start_error(GOOD, limits={"processes": 10}), "invalid_option", -32602)

    def test_memory_limit(self):
        c = self.daemon(cgroup="off").client()
        run = c.start(council(READY, step("memory", 200), step("exit", 0)), limits={"memory_bytes": 64 << 20}, monitor=True)
        self.assertReason(c.down(run["ref"]), kind="exit", code=70)
        run = c.start(council(READY, step("memory", 8), step("exit", 0)), limits={"memory_bytes": 64 << 20}, monitor=True)
        self.assertReason(c.down(run["ref"]), kind="normal")

    def test_stubborn_family_of_many_runs(self):
        d = self.daemon()
        c = d.client()
        for n in range(6):
            c.start(council(step("grandchildren", {"n": 4, "ignore_term": True, "way": ("group", "setsid", "double")[n % 3],
                                                   "life_ms": 6000}), *STUBBORN), shutdown=200)
        self.assertEqual(c.call("supervisor.terminate_all"), {"count": 6})
        if "cgroup" in str(c.call("supervisor.info")["containment"]):
            self.assertEqual(d.processes(), [])
        else:
            wait_until(lambda: not d.processes(), 15)
