"""The end of a record used to be left to the kernel: a power cut seconds after a DOWN took it away. A process beside the daemon syncs
it; and as a sync may hang, nobody waits for that process, which can be stopped or killed without being missed."""
import os
import signal

import harness
import syncs
from harness import HANG, PROMPTLY, READY, Process, Stopwatch, council, step, wait_until
from traced import Traced

SHORT = council(READY, step("exit", 0))
KEY = "sk-test-0011223344556677"


class Case(harness.Case):
    def setUp(self):
        super().setUp()
        self.d = self.new_daemon("d")
        self.begin()

    def begin(self, **env):
        self.c = self.d.start(env={"TEST_KEY": KEY, **env}).client()

    def end_a_run(self):
        """A run from start to DOWN: its record's path."""
        run = self.c.start(SHORT, monitor=True)
        self.assertReason(self.c.down(run["ref"]), kind="normal")
        return self.d.record_path(run["run_id"])

    def helper(self):
        return Process(wait_until(self.d.helper, 5, "a process that syncs"))

    def syncs_again(self, helper):
        with Traced(helper.pid) as traced:
            traced.until(("fdatasync", self.end_a_run()))


class Syncs(Case):
    def begin(self):
        # Nothing but what is preloaded into the daemon would see that it syncs by itself.
        self.stopper = syncs.Stopper(self.path("syncs"))
        self.addCleanup(self.stopper.close)
        super().begin(**self.stopper.env)

    def test_an_end_is_synced_by_another_process(self):
        helper = self.helper()
        self.stopper.on = True
        with Traced(helper.pid) as traced:
            traced.until(("fdatasync", self.end_a_run()))
            self.assertEqual(traced.syncs(2), [("fsync", os.path.join(self.d.state, "runs")), ("fsync", os.path.join(self.d.state, "open"))])
        self.assertIsNone(self.stopper.next(), "neither the daemon nor the runner syncs")
        self.stopper.close()

    def test_ends_of_lost_runs_too(self):
        run = self.c.start(council(*HANG))
        self.d.expected_status = -signal.SIGKILL
        self.d.kill()
        self.d.expected_status = 0
        self.d.clients = []
        self.d.restart()
        self.assertTrue(self.d.record_path(run["run_id"]))
        helper = wait_until(self.d.helper, 5, "a process that syncs")
        if harness.cgroup_mount():
            self.assertEqual(harness.cgroup_of(helper), harness.cgroup_of(self.d.pid))


class Nobody(Case):
    """It is no run, and holds nothing of others."""

    def test_it_is_in_no_list_and_no_count(self):
        helper = self.helper()
        self.assertEqual(self.c.listed(), {})
        self.assertFalse(any(self.c.counts().values()), self.c.counts())
        self.assertEqual(self.c.call("supervisor.terminate_all"), {"count": 0})
        self.assertTrue(helper.alive())
        run = self.c.start(council(*HANG), monitor=True)
        self.assertEqual([e["pid"] for e in self.c.listed().values()], [run["pid"]])
        if harness.cgroup_mount():
            self.assertEqual(harness.cgroup_of(helper.pid), harness.cgroup_of(self.d.pid))
            self.assertNotRegex(harness.cgroup_of(helper.pid), r"/r\d+\Z")

    def test_it_holds_its_socket_alone(self):
        live = self.c.start(council(*HANG), monitor=True)
        helper = self.helper()
        wait_until(lambda: len(harness.fds(helper.pid)) == 4, 5, lambda: harness.fds(helper.pid))
        found = harness.fds(helper.pid)
        self.assertEqual([found[0], found[1], found[2]], ["/dev/null", "/dev/null", self.d.log_path])
        self.assertRegex(found[3], r"\Asocket:")
        self.assertEqual(harness.read_text(f"/proc/{helper.pid}/environ"), "")
        self.assertNotIn(KEY, harness.read_text(f"/proc/{helper.pid}/cmdline"))
        self.assertEqual(harness.proc_stat(helper.pid)["sid"], helper.pid)
        self.assertTrue(live["pid"] in self.d.runners() and helper.pid not in self.d.runners())

    def test_it_is_there_before_it_is_needed(self):
        """Made at the end of a run it took the place of the next one where processes are running out."""
        self.assertEqual(harness.children(self.d.pid), [self.helper().pid])


class Trouble(Case):
    def test_a_stopped_one_delays_nothing(self):
        helper = self.helper()
        os.kill(helper.pid, signal.SIGSTOP)
        run = self.c.start(council(*HANG), monitor=True)
        for _ in range(20):
            watch = Stopwatch()
            self.end_a_run()
            self.assertLess(watch.seconds, PROMPTLY)
        self.assertTrue(helper.alive())
        watch = Stopwatch()
        self.assertEqual(self.c.call("run.terminate", run_id=run["run_id"]), {})
        self.assertEqual(self.d.stop(), 0)
        self.assertLess(watch.seconds, PROMPTLY)
        wait_until(lambda: not helper.alive(), 5)

    def test_one_that_goes_on_syncs_again(self):
        helper = self.helper()
        os.kill(helper.pid, signal.SIGSTOP)
        self.end_a_run()
        os.kill(helper.pid, signal.SIGCONT)
        self.syncs_again(helper)

    def test_a_killed_one_is_replaced(self):
        helper = self.helper()
        live = self.c.start(council(*HANG), monitor=True)
        os.kill(helper.pid, signal.SIGKILL)
        wait_until(helper.gone, 5, "reaped")

        def another():
            self.end_a_run()
            return self.d.helper()
        other = Process(wait_until(another, 10))
        self.assertNotEqual(other.pid, helper.pid)
        self.syncs_again(other)
        self.assertEqual(list(self.c.listed()), [live["run_id"]])
        self.assertEqual(len(self.d.log_lines("the process that syncs records has died")), 1)

    def test_it_dies_with_the_daemon(self):
        for how in ("stopped", "running"):
            with self.subTest(how):
                helper = self.helper()
                if how == "stopped":
                    os.kill(helper.pid, signal.SIGSTOP)
                self.d.kill()
                wait_until(lambda: not helper.alive(), 5)
                self.d.clients = []
                self.c = self.d.restart().client()
