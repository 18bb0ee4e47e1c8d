"""docs/rules.md, Limits: one client that asks for much, in one write, does not keep the daemon from all others.

Everything is asserted by order: what another client asks is answered while the answers of the greedy one are still to come."""
import json
import os
import resource
import shutil

import harness
from harness import HANG, PROMPTLY, READY, council, ended, step, wait_until

GOOD = council(*HANG)


class FairTurns(harness.Case):
    def with_records(self, count):
        """A daemon that finds so many records, all copies of one."""
        d = self.daemon()
        c = d.client()
        c.down(c.start(council(READY, step("events", {"count": 3}), *ended()), monitor=True, run_id="r")["ref"])
        c.close()
        self.assertEqual(d.stop(), 0)
        runs = os.path.join(d.state, "runs")
        only, = os.listdir(runs)
        for n in range(count - 1):
            shutil.copy(os.path.join(runs, only), os.path.join(runs, only.replace("-r", f"-r{n}", 1)))
        return d.restart()

    def flood(self, c, count, method, **params):
        """Asks in one write; gives the ids."""
        ids = range(c.next_id, c.next_id + count)
        c.next_id += count
        c.raw(b"".join(json.dumps({"jsonrpc": "2.0", "id": i, "method": method, "params": params}).encode() + b"\n" for i in ids))
        return ids

    def answered(self, c):
        c.drain(0.01)
        return sum("id" in m for m in c.log)

    def test_many_costly_requests_hold_up_nobody(self):
        """Six hundred lists over two thousand records were worked in one turn: others waited 17 s."""
        d = self.with_records(400)
        greedy, other = d.client(60), d.client(60)
        ids = self.flood(greedy, 300, "run.list", outcome="refused")
        wait_until(lambda: self.answered(greedy) > 0, 60)
        for _ in range(5):
            other.call("supervisor.info", 60)
        self.assertLess(self.answered(greedy), len(ids) // 2)
        greedy.close()
        other.call("supervisor.info", PROMPTLY)

    def test_a_stop_does_not_wait_for_a_flood(self):
        d = self.with_records(400)
        greedy, other = d.client(60), d.client(60)
        run = other.start(council(*HANG), shutdown=100, monitor=True)
        ids = self.flood(greedy, 300, "run.list", outcome="refused")
        wait_until(lambda: self.answered(greedy) > 0, 60)
        self.assertEqual(other.call("run.terminate", 60, run_id=run["run_id"]), {})
        self.assertLess(self.answered(greedy), len(ids) // 2)

    def test_answers_of_costly_requests_keep_their_order(self):
        c = self.with_records(100).client(60)
        lists = self.flood(c, 20, "run.list", outcome="refused")
        counts = self.flood(c, 20, "supervisor.count_children")
        c.answer(counts[-1], 60)
        self.assertEqual([m["id"] for m in c.log], [*lists, *counts])

    def test_a_half_closed_client_gets_its_list(self):
        d = self.with_records(400)
        c = d.client(60)
        self.flood(c, 3, "run.list", limit=500)
        c.half_close()
        c.read_to_eof(60)
        self.assertEqual([len(m["result"]["runs"]) for m in c.log], [400] * 3)

    def test_records_that_cannot_be_read_are_told(self):
        d = self.with_records(5)
        broken = os.path.join(d.state, "runs", d.records()[2] + ".jsonl")
        os.unlink(broken)
        os.mkfifo(broken)
        os.truncate(os.path.join(d.state, "index.jsonl"), 0)
        page = d.client().call("run.list")
        self.assertEqual((len(page["runs"]), page["unreadable"]), (4, 1))


class ManyReplays(harness.Case):
    def test_subscriptions_to_records_take_no_descriptors_from_others(self):
        """Seven hundred of them took all that there were: starts and new clients were refused."""
        d = self.daemon(how={"rlimits": ((resource.RLIMIT_NOFILE, 400, 400),)})
        c = d.client(60)
        c.down(c.start(council(READY, step("events", {"count": 4}), *ended()), monitor=True, run_id="r")["ref"], 60)
        c.raw(b"".join(json.dumps({"jsonrpc": "2.0", "id": 1000 + n, "method": "run.subscribe",
                                   "params": {"run_id": "r", "after_seq": 0}}).encode() + b"\n" for n in range(700)))
        more = d.client(60)
        self.assertIn("pid", more.start(GOOD))
        self.assertEqual(sum("result" in c.answer(1000 + n, 60) for n in range(700)), 700)
        wait_until(lambda: self.ended(c) == 700, 60, lambda: self.ended(c))
        self.assertEqual(c.notifications("run.gap"), [])

    def ended(self, c):
        c.drain(0.05)
        return len(c.notifications("run.end"))
