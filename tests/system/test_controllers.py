"""docs/rules.md, Exhaustion: what the kernel's memory and pids controllers do to a run that wants too much, in a delegated
cgroup. `make test-kernel` runs them on an emulated kernel where the machine's own does not hand these controllers out."""
import os
import re

import harness
from harness import HANG, READY, STUBBORN, Process, council, step, wait_until

GOOD = council(*HANG)
LIMIT = 64 << 20
OOM = {"kind": "killed", "by": "oom"}


class Delegated(harness.Case):
    """A daemon that was started alone in a cgroup, as systemd does it with Delegate=yes."""

    def setUp(self):
        super().setUp()
        self.base = harness.delegated_cgroup(self)
        self.d = self.new_daemon()

    def serve(self, **how):
        self.d.start(before=lambda: harness.write_text(os.path.join(self.base, "cgroup.procs"), "0"), **how)
        self.c = self.d.client(30)
        return self.c

    def folder(self, pid):
        """The cgroup of a run as a directory."""
        found = harness.cgroup_of(pid)
        self.assertRegex(found, "^" + re.escape(self.base) + r"/councild-default-[0-9a-f]{8}/r\d+$")
        return found

    def says(self, pid, file):
        return harness.read_text(os.path.join(self.folder(pid), file)).strip()

    def lives(self, run):
        self.assertIn(run["run_id"], self.c.listed())
        self.assertTrue(Process(run["pid"]).alive())

    def next_start_works(self):
        run = self.c.start(GOOD, monitor=True, limits={"memory_bytes": LIMIT, "processes": 8})
        self.c.call("run.terminate", run_id=run["run_id"])
        self.assertReason(self.c.down(run["ref"]), kind="shutdown")


class Controllers(Delegated):
    def test_daemon_hands_them_on_and_leaves_the_group_as_it_was(self):
        c = self.serve()
        self.assertEqual(c.call("supervisor.info")["containment"],
                         {"kind": "cgroup", "lost": False, "memory": True, "processes": True})
        self.assertEqual(set(harness.read_text(self.base + "/cgroup.subtree_control").split()), {"memory", "pids"})
        self.assertRegex(harness.read_text(f"/proc/{self.d.pid}/cgroup"), r"/councild-default-[0-9a-f]{8}/daemon\n")
        c.close()
        self.assertEqual(self.d.stop(), 0)
        self.assertEqual(harness.read_text(self.base + "/cgroup.subtree_control").split(), [])
        self.assertEqual([n for n in os.listdir(self.base) if n.startswith("councild")], [])

    def test_daemon_after_a_killed_one(self):
        # In a group that is named and that the daemon does not live in itself.
        self.d.flags["cgroup"] = self.base
        self.d.start()
        self.c = self.d.client()
        run = self.c.start(council(*STUBBORN), limits={"memory_bytes": LIMIT})
        folder = os.path.dirname(self.folder(run["pid"]))
        self.d.kill()
        self.d.restart()
        self.c = self.d.client()
        self.assertFalse(os.path.exists(folder))
        self.assertTrue(self.c.call("supervisor.info")["containment"]["memory"])
        self.next_start_works()

    def test_user_to_whom_a_group_is_delegated(self):
        os.chmod(self.dir, 0o755)
        for place in (self.base, *(os.path.join(self.base, f) for f in ("cgroup.procs", "cgroup.threads", "cgroup.subtree_control"))):
            os.chown(place, 54023, 54023)
        for folder, _, _ in os.walk(self.d.dir):
            os.chown(folder, 54023, 54023)
        self.serve(user=54023)
        run = self.c.start(council(READY, step("memory", 200)), monitor=True, limits={"memory_bytes": LIMIT})
        self.assertReason(self.c.down(run["ref"]), **OOM)
        self.next_start_works()


class Memory(Delegated):
    def setUp(self):
        super().setUp()
        self.serve()
        self.sibling = self.c.start(GOOD, run_id="sibling", limits={"memory_bytes": LIMIT})

    def tearDown(self):
        if not self._failed():
            self.lives(self.sibling)
            self.assertTrue(self.d.alive())
            self.next_start_works()
        super().tearDown()

    def test_limit_stands_before_the_runner_has_its_spec(self):
        run = self.c.start(council(READY, step("report"), *HANG), subscribe=True, limits={"memory_bytes": LIMIT})
        self.assertEqual(self.says(run["pid"], "memory.max"), str(LIMIT))
        self.assertEqual(self.says(run["pid"], "memory.oom.group"), "0")
        swap = os.path.join(self.folder(run["pid"]), "memory.swap.max")
        if os.path.exists(swap):
            self.assertEqual(harness.read_text(swap).strip(), "0")
        without = self.c.start(GOOD)
        self.assertEqual(self.says(without["pid"], "memory.max"), "max")

    def test_runner_over_its_memory_is_killed_by_oom(self):
        run = self.c.start(council(READY, step("memory", 200), step("exit", 0)), monitor=True, limits={"memory_bytes": LIMIT})
        down = self.c.down(run["ref"])
        self.assertReason(down, **OOM)
        self.assertEqual(down["containment"], "cgroup")
        self.assertIsNone(down["stopped_by"])
        # The peak is that of the whole run, and it went up to the limit.
        self.assertBetween(down["rusage"]["max_rss_bytes"], LIMIT // 2, LIMIT)
        self.assertEqual(self.c.call("run.info", run_id=run["run_id"])["down"]["reason"], OOM)
        self.assertTrue(self.d.log_lines(f"warning.*{run['run_id']}.*oom"), self.d.log())

    def test_runner_below_its_memory_ends_as_usual(self):
        run = self.c.start(council(READY, step("memory", 32), step("exit", 0)), monitor=True, limits={"memory_bytes": LIMIT})
        down = self.c.down(run["ref"])
        self.assertReason(down, kind="normal")
        self.assertBetween(down["rusage"]["max_rss_bytes"], 32 << 20, LIMIT)

    def test_memory_is_that_of_the_whole_run(self):
        # Each of them alone would fit; and one that left the session does not escape.
        pids = self.path("pids")
        run = self.c.start(council(READY, step("grandchildren", {"n": 4, "way": "double", "memory": 30, "pids": pids}),
                                   step("wait_file", self.path("go")), step("exit", 5)), monitor=True,
                           limits={"memory_bytes": LIMIT})
        folder = self.folder(run["pid"])

        def kills():
            return int(re.search(r"^oom_kill (\d+)$", harness.read_text(folder + "/memory.events"), re.M).group(1))
        wait_until(lambda: os.path.exists(pids) and len(open(pids).readlines()) == 4, 30)
        wait_until(lambda: kills() >= 2, 30, lambda: harness.read_text(folder + "/memory.events"))
        # The greedy ones die, one by one; the runner can go on and tell.
        self.lives(run)
        self.assertLessEqual(int(harness.read_text(folder + "/memory.peak")), LIMIT)
        harness.write_text(self.path("go"), "")
        self.assertReason(self.c.down(run["ref"]), kind="exit", code=5)
        self.assertEqual(self.d.processes(), [self.sibling["pid"]])

    def test_kill_by_the_supervisor_is_not_taken_for_oom(self):
        pids = self.path("pids")
        run = self.c.start(council(step("sigterm", "ignore"), READY, step("grandchildren", {"memory": 200, "pids": pids}), *HANG),
                           monitor=True, limits={"memory_bytes": LIMIT}, shutdown="brutal_kill")
        folder = self.folder(run["pid"])
        wait_until(lambda: "\noom_kill 1\n" in "\n" + harness.read_text(folder + "/memory.events"), 30)
        self.lives(run)
        self.c.call("run.terminate", run_id=run["run_id"])
        self.assertReason(self.c.down(run["ref"]), kind="killed", by="supervisor")

    def test_start_that_runs_out_of_memory_before_it_is_ready(self):
        error = self.c.start_error(council(step("memory", 200), READY), limits={"memory_bytes": LIMIT})
        self.assertError(error, "start_failed", -32004, cause=OOM)


class Processes(Delegated):
    def setUp(self):
        super().setUp()
        self.serve()

    def test_run_over_its_processes_harms_nobody_else(self):
        sibling = self.c.start(GOOD)
        pids, gate = self.path("pids"), self.path("gate")
        run = self.c.start(council(READY, step("wait_file", gate),
                                   step("grandchildren", {"n": 40, "way": "setsid", "ignore_term": True, "pids": pids})),
                           monitor=True, limits={"processes": 10})
        folder = self.folder(run["pid"])
        self.assertEqual(self.says(run["pid"], "pids.max"), "10")
        harness.write_text(gate, "")
        self.assertReason(self.c.down(run["ref"]), kind="exit", code=99)        # its fork was refused
        self.assertIn(len(open(pids).readlines()), range(1, 10))               # the last may be killed before it says so
        self.assertEqual(self.d.processes(), [sibling["pid"]])
        self.assertFalse(os.path.exists(folder))
        self.lives(sibling)
        self.next_start_works()

    def test_processes_are_counted_for_each_run(self):
        runs = [self.c.start(council(step("grandchildren", {"n": 6}), READY), limits={"processes": 8}) for _ in range(4)]
        for run in runs:
            self.lives(run)
            self.assertEqual(self.says(run["pid"], "pids.current"), "7")
        self.assertEqual(self.c.call("supervisor.terminate_all"), {"count": 4})
        self.assertEqual(self.d.processes(), [])

    def test_limits_of_the_configuration_hold_for_runs_made_of_spares(self):
        self.c.close()
        self.assertEqual(self.d.stop(), 0)
        self.d.flags.update(spares=2, limits={"processes": 5, "memory_bytes": LIMIT})
        self.serve()
        run = self.c.start(GOOD)
        self.assertEqual((self.says(run["pid"], "pids.max"), self.says(run["pid"], "memory.max")), ("5", str(LIMIT)))

    def test_fork_bomb_is_ended_by_a_stop(self):
        # As many processes as it may have, each in a session of its own and deaf: one write to cgroup.kill ends them.
        pids = self.path("pids")
        run = self.c.start(council(step("sigterm", "ignore"), READY,
                                   step("grandchildren", {"n": 60, "way": "double", "ignore_term": True, "pids": pids})),
                           monitor=True, limits={"processes": 64}, shutdown=0)
        wait_until(lambda: os.path.exists(pids) and len(open(pids).readlines()) == 60, 30)
        self.assertEqual(len(self.d.processes()), 61)
        self.c.call("run.terminate", run_id=run["run_id"])
        self.assertReason(self.c.down(run["ref"]), kind="killed", by="supervisor")
        self.assertEqual(self.d.processes(), [])
