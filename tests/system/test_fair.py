"""docs/rules.md, Limits: one client that asks for much, in one write, does not keep the daemon from all others.

Everything is asserted by order: the daemon's log says what it worked when."""
import contextlib
import json
import os
import re
import resource
import shutil
import threading

import harness
from harness import HANG, READY, council, ended, step, wait_until

GOOD = council(*HANG)


class FairTurns(harness.Case):
    def with_records(self, count, **start):
        """A daemon that finds so many records, all copies of one."""
        d = self.daemon(log_level="debug")
        c = d.client()
        c.down(c.start(council(READY, step("events", {"count": 3}), *ended()), monitor=True, run_id="r", **start)["ref"])
        c.close()
        self.assertEqual(d.stop(), 0)
        runs = os.path.join(d.state, "runs")
        only, = os.listdir(runs)
        for n in range(count - 1):
            shutil.copy(os.path.join(runs, only), os.path.join(runs, only.replace("-r", f"-r{n}", 1)))
        return d.restart()

    def flood(self, c, count, method, **params):
        """Asks in one write, which goes on while answers are read; gives the ids."""
        ids = range(c.next_id, c.next_id + count)
        c.next_id += count
        text = b"".join(json.dumps({"jsonrpc": "2.0", "id": i, "method": method, "params": params}).encode() + b"\n" for i in ids)
        out = c.sock.dup()
        out.settimeout(60)
        self.writer = threading.Thread(target=self.write, args=(out, text))
        self.writer.start()
        self.addCleanup(self.writer.join)
        return ids

    @staticmethod
    def write(out, text):
        with out, contextlib.suppress(OSError):
            out.sendall(text)

    def served_between(self, d, method, asked):
        """How many requests of others stand between the first and the last of these in the daemon's log."""
        order = [asked in line for line in d.log_lines(f"request method=({re.escape(method)}|{re.escape(asked)}) ")]
        first, last = order.index(False), len(order) - order[::-1].index(False)
        return sum(order[first:last])

    def passes(self, d, greedy, ids, method):
        """Others who ask again and again are served many times while the greedy one still is."""
        other = d.client(60)
        while not greedy.answered(ids[-1]):
            for _ in range(5):
                other.call("supervisor.info", 60)
            greedy.drain(0.001)
        # A read of a connection has at most three pieces.
        self.assertGreater(self.served_between(d, method, "supervisor.info"), 4)
        return [greedy.answer(i, 60) for i in ids]

    def test_many_costly_requests_hold_up_nobody(self):
        """Six hundred lists over two thousand records were worked in one turn: others waited 17 s."""
        d = self.with_records(400)
        greedy = d.client(60)
        self.passes(d, greedy, self.flood(greedy, 300, "run.list", outcome="refused"), "run.list")

    def test_a_stop_does_not_wait_for_a_flood(self):
        d = self.with_records(400)
        greedy, other = d.client(60), d.client(60)
        run = other.start(council(*HANG), shutdown=100, monitor=True)
        ids = self.flood(greedy, 300, "run.list", outcome="refused")
        wait_until(lambda: greedy.drain(0.01) or greedy.answered(ids[0]), 60)
        self.assertEqual(other.call("run.terminate", 60, run_id=run["run_id"]), {})
        greedy.answer(ids[-1], 60)
        ended = f"run ended run_id={run['run_id']} "
        order = [ended in line for line in d.log_lines("request method=run.list |" + ended)]
        self.assertLess(order.index(True), len(order) - 1, "the stop came after all lists")

    def test_answers_of_costly_requests_keep_their_order(self):
        c = self.with_records(100).client(60)
        lists = self.flood(c, 20, "run.list", outcome="refused")
        self.writer.join()
        counts = self.flood(c, 20, "supervisor.count_children")
        c.answer(counts[-1], 60)
        self.assertEqual([m["id"] for m in c.log], [*lists, *counts])

    def test_a_half_closed_client_gets_its_list(self):
        d = self.with_records(400)
        c = d.client(60)
        self.flood(c, 3, "run.list", limit=500)
        self.writer.join()
        c.half_close()
        c.read_to_eof(60)
        self.assertEqual([len(m["result"]["runs"]) for m in c.log], [400] * 3)

    def test_a_page_is_full_at_a_mebibyte(self):
        """Of rows as long as that no limit of their number keeps a page short."""
        c = self.with_records(20, labels={f"l{n}": "x" * 1000 for n in range(100)}).client(60)
        pages, after = [], {}
        while after is not None:
            page = c.call("run.list", limit=500, **after)
            pages.append(page["runs"])
            after = {"after": page["next"]} if page["next"] else None
        row = len(json.dumps(pages[0][0], separators=(",", ":")))
        self.assertGreater(row, 100000)
        most = -(-(1 << 20) // row)
        self.assertEqual([len(p) for p in pages], [most, 20 - most])
        self.assertEqual(len({r["run_id"] for p in pages for r in p}), 20)

    def test_records_that_cannot_be_read_are_told(self):
        d = self.with_records(5)
        broken = os.path.join(d.state, "runs", d.records()[2] + ".jsonl")
        os.unlink(broken)
        os.mkfifo(broken)
        os.truncate(os.path.join(d.state, "index.jsonl"), 0)
        page = d.client().call("run.list")
        self.assertEqual((len(page["runs"]), page["unreadable"]), (4, 1))

    def test_many_starts_in_one_write_hold_up_nobody(self):
        """Seven hundred and sixty of them were made in one turn: others waited two seconds."""
        d = self.daemon(max_children=200, log_level="debug")
        greedy = d.client(60)
        ids = self.flood(greedy, 150, "run.start", council=GOOD, input="x")
        answers = self.passes(d, greedy, ids, "run.start")
        self.assertEqual(len({a["result"]["run_id"] for a in answers}), 150)
        self.assertEqual(greedy.call("supervisor.terminate_all", 60), {"count": 150})

    def test_many_documents_to_check_hold_up_nobody(self):
        """Costly ones that are short: what a turn reads holds many of them."""
        d = self.daemon(log_level="debug")
        many = council(*HANG, members=[{"id": f"m{n}", "provider": "mock", "model": "m"} for n in range(64)])
        greedy = d.client(60)
        for answer in self.passes(d, greedy, self.flood(greedy, 100, "council.validate", council=many), "council.validate"):
            self.assertEqual(len(answer["result"]["document"]["members"]), 64)

    def test_many_lists_of_many_runs_hold_up_nobody(self):
        d = self.daemon(max_children=100, log_level="debug")
        greedy = d.client(60)
        for i in self.flood(greedy, 60, "run.start", council=GOOD, input="x", labels={"why": "w" * 60}):
            greedy.reply(i, 60)
        ids = self.flood(greedy, 400, "supervisor.which_children")
        for answer in self.passes(d, greedy, ids, "supervisor.which_children"):
            self.assertEqual(len(answer["result"]["children"]), 60)


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
