"""docs/rules.md, Life of the daemon: SIGHUP takes everything or nothing, and touches no run."""
import json
import os
import signal

import harness
from harness import HANG, council, wait_until
from test_ctl_commands import ctl

GOOD = council(*HANG)


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

    def test_asked_for_over_the_socket(self):
        # A signal says nothing back: what asks, as systemd does, has to know that it is done, and whether.
        d = self.with_file(max_children=3)
        c = d.client()
        self.write(d, max_children=4)
        self.assertEqual(c.call("supervisor.reload"), {})
        self.assertEqual(c.call("supervisor.info")["max_children"], 4)
        self.write(d, max_children=-1)
        error = c.error("supervisor.reload")
        self.assertError(error, "reload_failed", -32023)
        self.assertIn("max_children", error.data["why"])
        self.assertEqual(c.call("supervisor.info")["max_children"], 4)
        done = ctl("--socket", d.socket, "reload")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("max_children: must be", done.stderr)
        self.write(d, max_children=5)
        done = ctl("--socket", d.socket, "reload")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
        self.assertEqual(c.call("supervisor.info")["max_children"], 5)

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
