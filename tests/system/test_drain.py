"""docs/rules.md, Life of the daemon: while it drains nothing is started, what runs goes on, and the last run ends it."""
import json
import os
import signal
import subprocess

import harness
from harness import BUILD, HANG, PROMPTLY, READY, STUBBORN, council, step, wait_until
from patience import patience

GOOD = council(*HANG)


class Drain(harness.Case):
    """A stop for an upgrade ended every run that lived."""

    def setUp(self):
        super().setUp()
        self.d = self.daemon()
        self.c = self.d.client()
        self.go_on = self.path("go-on")

    def waiting(self, *before, **options):
        """A run that ends in peace when self.go_on is there."""
        return council(*before, step("wait_file", self.go_on), *harness.ended(), **options)

    def let_them_end(self):
        with open(self.go_on, "w"):
            pass

    def ends(self, *clients):
        for c in clients:
            c.read_to_eof(PROMPTLY)
        self.assertEqual(self.d.wait(), 0)
        self.assertFalse(os.path.exists(self.d.socket))

    def test_what_runs_goes_on_and_ends_the_daemon(self):
        run = self.c.start(self.waiting(READY), monitor=True, subscribe=True)
        self.assertEqual(self.c.call("supervisor.info")["state"], "serving")
        self.assertEqual(self.c.call("supervisor.drain"), {"live": 1})
        late = self.d.client()
        self.assertEqual(late.call("supervisor.info")["state"], "draining")
        self.assertEqual(late.listed()[run["run_id"]]["state"], "running")
        ref = late.call("run.monitor", run_id=run["run_id"])["ref"]
        awaiting = late.send("run.await", run_id=run["run_id"])
        wait_until(lambda: self.d.spares() == [run["pid"]], what="no spare is kept")
        self.assertEqual(self.c.call("supervisor.drain"), {"live": 1})
        self.let_them_end()
        for client, its in ((self.c, run["ref"]), (late, ref)):
            down = client.down(its)
            self.assertEqual((down["reason"], down["stopped_by"], down["outcome"]), ({"kind": "normal"}, None, "complete"))
        self.assertEqual(late.reply(awaiting)["outcome"], "complete")
        self.ends(self.c, late)
        self.assertTrue(self.d.log_lines("notice: draining runs=1"))
        self.assertTrue(self.d.log_lines("notice: stopping runs=0"))

    def test_nothing_is_started(self):
        self.c.start(self.waiting(READY))
        self.c.call("supervisor.drain")
        self.assertEqual(self.c.start_error(GOOD).reason, "shutting_down")
        self.assertEqual(self.c.start_error({"schema_version": 1}).reason, "invalid_council")
        self.assertEqual(self.c.start_error(GOOD, shutdown=-1).reason, "invalid_option")
        self.assertEqual(self.c.error("provider.models", provider="mock").reason, "shutting_down")
        self.assertEqual(self.c.call("supervisor.reload"), {})
        self.assertEqual(self.c.counts()["active"], 1)
        self.let_them_end()
        self.ends(self.c)

    def test_a_start_that_has_begun_is_finished(self):
        starting = self.c.send("run.start", council=self.waiting(step("wait_file", self.path("ready")), READY), input="x",
                               monitor=True)
        wait_until(lambda: self.c.counts()["starting"] == 1)
        self.assertEqual(self.c.call("supervisor.drain"), {"live": 1})
        with open(self.path("ready"), "w"):
            pass
        run = self.c.reply(starting)
        self.assertEqual(self.c.listed()[run["run_id"]]["state"], "running")
        self.let_them_end()
        self.assertEqual(self.c.down(run["ref"])["reason"], {"kind": "normal"})
        self.ends(self.c)

    def test_a_start_that_fails_is_waited_for(self):
        starting = self.c.send("run.start", council=council(step("wait_file", self.go_on), step("exit", 3)), input="x")
        wait_until(lambda: self.c.counts()["starting"] == 1)
        self.assertEqual(self.c.call("supervisor.drain"), {"live": 1})
        self.let_them_end()
        self.assertEqual(self.c.answer(starting)["error"]["data"]["cause"], {"kind": "exit", "code": 3})
        self.ends(self.c)

    def test_with_no_run_it_is_a_stop(self):
        self.assertEqual(self.c.call("supervisor.drain"), {"live": 0})
        self.ends(self.c)

    def test_runs_can_be_ended(self):
        run = self.c.start(GOOD, monitor=True)
        self.c.call("supervisor.drain")
        self.assertEqual(self.c.call("run.terminate", run_id=run["run_id"]), {})
        down = self.c.down(run["ref"])
        self.assertEqual((down["reason"], down["stopped_by"]), ({"kind": "shutdown"}, "client"))
        self.ends(self.c)

    def test_a_signal_of_somebody_else_is_no_shutdown(self):
        run = self.c.start(GOOD, monitor=True)
        self.c.call("supervisor.drain")
        os.kill(run["pid"], signal.SIGTERM)
        self.assertEqual(self.c.down(run["ref"])["reason"]["kind"], "signal")
        self.ends(self.c)

    def test_the_level_only_rises(self):
        """From draining to an orderly stop, from there to an immediate one, and never back."""
        run = self.c.start(council(*STUBBORN), shutdown=60000, monitor=True)
        self.c.call("supervisor.drain")
        stopping = self.c.send("supervisor.stop")
        self.assertEqual(self.c.call("supervisor.info")["state"], "stopping")
        self.assertEqual(self.c.call("supervisor.drain"), {"live": 1})
        self.assertEqual(self.c.listed()[run["run_id"]]["state"], "terminating")
        self.assertEqual(self.c.error("supervisor.reload").reason, "shutting_down")
        self.d.signal(signal.SIGQUIT)
        down = self.c.down(run["ref"])
        self.assertEqual((down["reason"], down["stopped_by"]), ({"kind": "killed", "by": "supervisor"}, "stop"))
        self.assertEqual(self.c.reply(stopping), {})
        self.ends(self.c)

    def test_councilctl_says_how_many_go_on(self):
        ctl = [os.path.join(BUILD, "councilctl"), "--socket", self.d.socket, "stop", "--drain"]
        self.c.start(self.waiting(READY))
        done = subprocess.run(ctl, capture_output=True, text=True, timeout=patience(60), stdin=subprocess.DEVNULL)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "draining, 1 run\n", ""))
        done = subprocess.run([*ctl, "--json"], capture_output=True, text=True, timeout=patience(60), stdin=subprocess.DEVNULL)
        self.assertEqual((done.returncode, json.loads(done.stdout)), (0, {"live": 1}))
        self.let_them_end()
        self.ends(self.c)
