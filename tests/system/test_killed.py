"""docs/rules.md, Life of the daemon: SIGKILL of the daemon, and the one that comes after it."""
import os
import time

import harness
from harness import HANG, PROMPTLY, QUICK, READY, STUBBORN, Closed, Process, Stopwatch, council, step, wait_until

GOOD = council(*HANG)


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
