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

    def test_a_failed_one_changes_no_key(self):
        # The keys that stood before the fault were already the new ones, or gone.
        d = self.new_daemon()
        folder, d.flags["config"] = os.path.join(d.dir, "keys"), os.path.join(d.dir, "config.json")
        d.flags["credentials_dir"] = folder
        os.mkdir(folder, 0o700)

        def put(name, key):
            with open(os.open(os.path.join(folder, name), os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as f:
                f.write(key)

        for name in ("A_KEY", "B_KEY"):
            put(name, "sk-of-" + name.lower())
        provider = {"type": "openai", "base_url": "http://127.0.0.1:1/v1"}
        self.write(d, providers={name: {**provider, "key_env": name.upper() + "_KEY"} for name in ("a", "b")})
        c = d.start().client()

        def has(name):
            return next(p["key"] == "present" for p in c.call("provider.list")["providers"] if p["name"] == name)

        self.assertTrue(has("a") and has("b"))
        os.unlink(os.path.join(folder, "A_KEY"))
        put("B_KEY", "no key, with blanks")
        self.assertIn("B_KEY", c.error("supervisor.reload").data["why"])
        self.assertTrue(has("a") and has("b"))
        os.unlink(os.path.join(folder, "B_KEY"))
        c.call("supervisor.reload")
        self.assertFalse(has("a") or has("b"))
