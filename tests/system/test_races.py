"""Two things at once: each pair has more than one allowed outcome, and none that contradicts itself."""
import os
import signal
import threading

import harness
from harness import HANG, READY, RpcError, council, step, wait_until

GOOD = council(*HANG)
REASONS = ({"kind": "shutdown"}, {"kind": "normal"})


class Races(harness.Case):
    def setUp(self):
        super().setUp()
        self.d = self.daemon(spares=1)
        self.c = self.d.client(30)

    def brief(self, n):
        """A council that ends by itself within the next milliseconds."""
        return council(READY, *([step("sleep", n % 5)] if n % 5 else []), step("events", {"count": 2}), step("exit", 0))

    def one_down(self, c, ref):
        down = c.down(ref)
        c.call("supervisor.info")
        self.assertEqual(len(c.notifications("run.down", ref=ref)), 1)
        return down

    def test_terminate_and_exit(self):
        for n in range(30):
            run = self.c.start(self.brief(n), monitor=True)
            answer = self.c.answer(self.c.send("run.terminate", run_id=run["run_id"]))
            self.assertIn(self.one_down(self.c, run["ref"])["reason"], REASONS)
            if "error" in answer:
                self.assertEqual(answer["error"]["data"]["reason"], "not_found")

    def test_monitor_and_exit(self):
        for n in range(40):
            run = self.c.start(self.brief(n))
            down = self.one_down(self.c, self.c.call("run.monitor", run_id=run["run_id"])["ref"])
            self.assertIn(down["reason"], ({"kind": "normal"}, {"kind": "noproc"}))

    def test_demonitor_and_exit(self):
        for n in range(40):
            run = self.c.start(self.brief(n), monitor=True)
            self.c.drain(0.001 * (n % 7))
            id = self.c.send("run.demonitor", ref=run["ref"], info=True)
            answer = self.c.answer(id)
            self.c.call("run.await", run_id=run["run_id"])
            downs = [m for m in self.c.log if m.get("method") == "run.down" and m["params"]["ref"] == run["ref"]]
            self.assertEqual(len(downs), 0 if answer["result"] else 1)
            for down in downs:
                self.assertLess(self.c.position(down), self.c.position(answer))

    def test_subscribe_and_exit(self):
        for n in range(40):
            run = self.c.start(self.brief(n))
            ref = self.c.call("run.subscribe", run_id=run["run_id"], after_seq=0)["ref"]
            self.assertEqual(self.c.notification("run.end", ref=ref)["last_seq"], 2)
            self.assertEqual([e["event"]["seq"] for e in self.c.notifications("run.event", ref=ref)], [1, 2])

    def test_unsubscribe_and_exit(self):
        for n in range(30):
            run = self.c.start(self.brief(n), subscribe=True, monitor=True)
            self.c.drain(0.001 * (n % 7))
            answer = self.c.answer(self.c.send("run.unsubscribe", ref=run["subscription"]))
            self.c.down(run["ref"])
            self.assertIn("result", answer)
            later = [m for m in self.c.log[self.c.position(answer) + 1:] if m.get("params", {}).get("ref") == run["subscription"]]
            self.assertEqual(later, [])

    def test_await_and_exit(self):
        for n in range(40):
            run = self.c.start(self.brief(n))
            self.assertEqual(self.c.call("run.await", run_id=run["run_id"])["reason"], {"kind": "normal"})

    def test_two_terminates(self):
        other = self.d.client()
        for n in range(30):
            run = self.c.start(GOOD, monitor=True)
            a, b = self.c.send("run.terminate", run_id=run["run_id"]), other.send("run.terminate", run_id=run["run_id"])
            answers = [self.c.answer(a), other.answer(b)]
            self.assertEqual(sum("result" in m for m in answers), 1)
            self.assertReason(self.one_down(self.c, run["ref"]), kind="shutdown")

    def test_terminate_and_foreign_kill(self):
        for n in range(20):
            run = self.c.start(GOOD, monitor=True, shutdown=30000)
            id = self.c.send("run.terminate", run_id=run["run_id"])
            victim = harness.Process(run["pid"])
            if victim.alive():
                os.kill(run["pid"], signal.SIGKILL)
            answer = self.c.answer(id)
            if "error" in answer:
                self.assertEqual(answer["error"]["data"]["reason"], "not_found")
            self.assertIn(self.one_down(self.c, run["ref"])["reason"], ({"kind": "shutdown"}, {"kind": "killed", "by": "unknown"}))

    def test_cancel_and_exit(self):
        for n in range(30):
            run = self.c.start(self.brief(n), monitor=True)
            answer = self.c.answer(self.c.send("run.cancel", run_id=run["run_id"]))
            if "error" in answer:
                self.assertEqual(answer["error"]["data"]["reason"], "not_found")
            self.assertReason(self.one_down(self.c, run["ref"]), kind="normal")

    def test_start_and_terminate_of_one_id(self):
        other = self.d.client()
        for n in range(40):
            a = self.c.send("run.start", council=GOOD, input="x", run_id="one", monitor=True)
            b = other.send("run.terminate", run_id="one")
            started, ended = self.c.answer(a), other.answer(b)
            if "error" in started:
                self.assertEqual(started["error"]["data"]["cause"], {"kind": "shutdown"})
                self.assertIn("result", ended)
            elif "result" in ended:
                self.assertReason(self.one_down(self.c, started["result"]["ref"]), kind="shutdown")
            else:
                self.assertEqual(ended["error"]["data"]["reason"], "not_found")
                self.c.call("run.terminate", run_id="one")

    def test_terminate_all_and_starts(self):
        other = self.d.client(30)
        for n in range(10):
            starts = [self.c.send("run.start", council=GOOD, input="x", run_id=f"r{n}-{k}", monitor=True) for k in range(6)]
            count = other.call("supervisor.terminate_all")["count"]
            runs = [self.c.reply(id) for id in starts]
            left = self.c.listed()
            self.assertEqual(len(left), 6 - count)
            for run in runs:
                if run["run_id"] not in left:
                    self.assertReason(self.one_down(self.c, run["ref"]), kind="shutdown")
            self.assertEqual(self.c.call("supervisor.terminate_all")["count"], len(left))

    def test_spare_that_dies_while_it_is_taken(self):
        for n in range(25):
            spares = wait_until(lambda: [p for p in self.d.spares() if p not in [e["pid"] for e in self.c.listed().values()]])
            id = self.c.send("run.start", council=GOOD, input="x", run_id="taken")
            os.kill(spares[0], signal.SIGKILL)
            answer = self.c.answer(id)
            if "error" in answer:
                self.assertEqual(answer["error"]["data"]["cause"], {"kind": "killed", "by": "unknown"})
            else:
                self.c.answer(self.c.send("run.terminate", run_id="taken"))
            wait_until(lambda: not any(self.c.counts().values()))

    def test_clients_that_close_while_downs_are_sent(self):
        for n in range(10):
            run = self.c.start(GOOD, monitor=True)
            others = [harness.Client(self.d.socket) for _ in range(10)]
            for other in others:
                other.call("run.monitor", run_id=run["run_id"])
            closer = threading.Thread(target=lambda: [other.close() for other in others])
            closer.start()
            os.kill(run["pid"], signal.SIGKILL)
            self.one_down(self.c, run["ref"])
            closer.join()

    def test_stop_of_the_daemon_and_starts(self):
        for how in (signal.SIGTERM, signal.SIGQUIT):
            for n in range(4):
                d = self.daemon(f"d{how}-{n}", spares=n % 2)
                c = d.client()
                starts = [c.send("run.start", council=GOOD, input="x", monitor=True) for _ in range(8)]
                for _ in range(n):
                    c.drain(0.001)
                d.signal(how)
                self.assertEqual(d.wait(), 0)
                c.read_to_eof()
                for id in starts:
                    if not c.answered(id):
                        continue        # the daemon was gone before it read this request
                    try:
                        run = c.reply(id)
                    except RpcError as e:
                        self.assertIn(e.reason, ("shutting_down", "start_failed"))
                        continue
                    self.assertIn(c.down(run["ref"])["reason"], ({"kind": "shutdown"}, {"kind": "killed", "by": "supervisor"}))
