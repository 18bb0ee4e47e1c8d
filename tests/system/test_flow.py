"""docs/rules.md, Protocol: slow readers, gaps, replay, half close, full close."""
import json
import os
import socket

import harness
from harness import HANG, PROMPTLY, READY, STUBBORN, Stopwatch, council, step, wait_until

GOOD = council(*HANG)


class SlowReaders(harness.Case):
    def setUp(self):
        super().setUp()
        self.d = self.daemon()
        self.c = self.d.client(30)

    def flood(self, count, size, **more):
        """A gate, and a council that sends events behind it."""
        gate = self.path("gate")
        return gate, council(READY, step("wait_file", gate), step("events", {"count": count, "size": size, **more}), step("exit", 0))

    def test_reader_that_keeps_up_sees_no_gap(self):
        # It keeps up whatever the machine does: each piece, well below what is queued for it, waits until the last was read.
        pieces, size = 10, 500
        gates = [self.path(f"go{n}") for n in range(pieces)]
        script = [part for gate in gates for part in (step("wait_file", gate), step("events", {"count": size, "size": 200}))]
        run = self.c.start(council(READY, *script, step("exit", 0)), subscribe=True, monitor=True)
        for n, gate in enumerate(gates):
            open(gate, "w").close()
            wait_until(lambda: self.c.drain(0.01) or len(self.c.notifications("run.event")) >= (n + 1) * size, 60)
        self.c.down(run["ref"], 60)
        events = self.c.notifications("run.event", ref=run["subscription"])
        self.assertEqual([e["event"]["seq"] for e in events], list(range(1, pieces * size + 1)))
        self.assertEqual(self.c.notifications("run.gap"), [])

    def farewells_of_two(self, method):
        """A connection replays two runs, reads nothing, and asks for the end of both; `long` ends first and is replayed
        last. Gives what it read, and the refs of its monitors."""
        gates = {name: self.path(name) for name in ("long", "short")}
        for name, count in (("long", 3500), ("short", 1300)):
            self.c.start(council(step("sigterm", {"cleanup_ms": 1, "marker": gates[name]} if name == "long" else {"then": "go_on"}),
                                 READY, step("events", {"count": count, "size": 1000}), step("wait_file", gates["long"]),
                                 step("exit", 0)), run_id=name)
            wait_until(lambda: self.c.call("run.info", run_id=name)["last_seq"] == count, 30)
        slow = self.d.client(30)
        ids = {name: (slow.next_id + 2 * n, slow.next_id + 2 * n + 1) for n, name in enumerate(gates)}
        asks = [(m, {"run_id": name, **({"after_seq": 0} if m == "run.subscribe" else {})})
                for name in gates for m in ("run.monitor", "run.subscribe")] + [(method, {})]
        lines = [json.dumps({"jsonrpc": "2.0", "id": slow.next_id + n, "method": m, "params": p}) for n, (m, p) in enumerate(asks)]
        slow.raw("".join(line + "\n" for line in lines).encode())
        last = slow.next_id + len(asks) - 1
        wait_until(lambda: not self.d.runners() or not self.d.alive(), PROMPTLY)
        slow.swallow(last)
        slow.answer(last)
        return slow, last, [slow.answer(ids[name][0])["result"]["ref"] for name in gates]

    def after_all_downs(self, method):
        slow, last, refs = self.farewells_of_two(method)
        kinds = [m["params"]["ref"] if m.get("method") == "run.down" else "reply" for m in slow.log
                 if m.get("method") == "run.down" or m.get("id") == last]
        self.assertEqual(kinds[-1], "reply")
        self.assertEqual(sorted(kinds[:-1]), sorted(refs))

    def test_reply_of_terminate_all_follows_the_downs_of_every_replay(self):
        """A reply means that nothing is outstanding; it waited for the farewell that began last, and farewells end in any
        order."""
        self.after_all_downs("supervisor.terminate_all")

    def test_reply_of_a_stop_follows_the_downs_of_every_replay(self):
        self.after_all_downs("supervisor.stop")
        self.d.wait()

    def test_reader_that_never_reads_loses_events_and_is_told_how_many(self):
        count = 8000
        gate, document = self.flood(count, 1000)
        run = self.c.start(document, monitor=True)
        slow = self.d.client(30)
        sub = slow.call("run.subscribe", run_id=run["run_id"])["ref"]
        ref = slow.call("run.monitor", run_id=run["run_id"])["ref"]
        before = harness.memory_kib(self.d.pid)
        open(gate, "w").close()
        self.c.down(run["ref"], 60)          # the run does not wait for the slow reader
        grown = harness.memory_kib(self.d.pid, "VmHWM") - before
        self.assertLess(grown, (16 + 8) * 1024 * (4 if harness.SANITIZED else 1))
        slow.down(ref, 30)
        seen, dropped = 0, 0
        for m in slow.log:
            if m.get("method") == "run.gap":
                self.assertEqual((m["params"]["ref"], m["params"]["run_id"]), (sub, run["run_id"]))
                dropped += m["params"]["dropped"]
                seen += m["params"]["dropped"]
            elif m.get("method") == "run.event":
                seen += 1
                self.assertEqual(m["params"]["event"]["seq"], seen, "the gap stands in the place of what was dropped")
        self.assertEqual(seen, count)
        self.assertGreater(dropped, 0)
        self.assertEqual([m["params"]["last_seq"] for m in slow.log if m.get("method") == "run.end"], [count])
        # What was dropped can be fetched again.
        again = slow.call("run.subscribe", run_id=run["run_id"], after_seq=0)["ref"]
        slow.notification("run.end", 60, ref=again)
        self.assertEqual([e["event"]["seq"] for e in slow.notifications("run.event", ref=again)], list(range(1, count + 1)))

    def test_stuck_subscriber_does_not_slow_the_run(self):
        def lasts(stuck):
            gate, document = self.flood(6000, 600)
            run = self.c.start(document, monitor=True)
            if stuck:
                self.d.client().call("run.subscribe", run_id=run["run_id"])
            watch = Stopwatch()
            open(gate, "w").close()
            self.c.down(run["ref"], 60)
            os.unlink(gate)
            return watch.seconds
        alone = max(lasts(False), lasts(False))
        self.assertLess(lasts(True), 2 * alone + 1)

    def test_replies_and_downs_are_never_dropped(self):
        gate, document = self.flood(8000, 1000)
        run = self.c.start(document, monitor=True)
        slow = self.d.client(30)
        slow.call("run.subscribe", run_id=run["run_id"])
        refs = [slow.call("run.monitor", run_id=run["run_id"])["ref"] for _ in range(50)]
        open(gate, "w").close()
        awaiting = slow.send("run.await", run_id=run["run_id"])
        self.c.down(run["ref"], 60)
        for ref in refs:
            slow.down(ref)
        slow.reply(awaiting)

    def test_requests_are_not_read_while_the_queue_is_long(self):
        # A client that only sends may not make the daemon hoard replies.
        c = self.d.client()
        c.call("rpc.discover")
        line = b'{"jsonrpc":"2.0","id":7,"method":"rpc.discover"}\n'
        c.sock.setblocking(False)
        sent, stuck = 0, 0
        while sent < 64 << 20 and stuck < 20:
            try:
                sent += c.sock.send(line * 1000)
                stuck = 0
            except BlockingIOError:
                stuck += 1
                self.c.call("supervisor.info", PROMPTLY)
        self.assertLess(sent, 64 << 20)
        self.assertLess(harness.memory_kib(self.d.pid), 400 * 1024)
        self.c.call("supervisor.info", PROMPTLY)

    def test_over_q_the_connection_is_closed(self):
        # Replies are never dropped, so that only closing remains: 30 results of 1 MiB for a client that does not read.
        gate = self.path("gate")
        run = self.c.start(council(READY, step("wait_file", gate), *harness.ended(text="r" * (1 << 20))), monitor=True)
        slow = self.d.client(30)
        for _ in range(30):
            slow.send("run.await", run_id=run["run_id"])
        slow.call("supervisor.info")
        open(gate, "w").close()
        self.c.down(run["ref"], 30)
        slow.read_to_eof(30)
        self.assertLess(len(slow.log), 31)
        self.c.call("supervisor.info", PROMPTLY)


class Subscriptions(harness.Case):
    def setUp(self):
        super().setUp()
        self.d = self.daemon()
        self.c = self.d.client(30)

    def test_replay_turns_live_without_a_seam(self):
        run = self.c.start(council(READY, step("events", {"count": 400, "interval_ms": 1}), step("exit", 0)), monitor=True)
        subs = []
        for n in range(8):
            wait_until(lambda n=n: (self.c.call("run.info", run_id=run["run_id"]), True)[1])
            reply = self.c.call("run.subscribe", run_id=run["run_id"], after_seq=n * 10)
            subs.append((reply["ref"], n * 10))
        self.c.down(run["ref"], 60)
        for ref, after in subs:
            self.c.notification("run.end", 10, ref=ref)
            seqs = [e["event"]["seq"] for e in self.c.notifications("run.event", ref=ref)]
            self.assertEqual(seqs, list(range(after + 1, 401)))

    def test_from_the_beginning_or_from_a_given_event_on(self):
        gate = self.path("gate")
        run = self.c.start(council(READY, step("events", {"count": 5}), step("mark", self.path("five")), step("wait_file", gate),
                                   step("events", {"count": 2}), step("exit", 0)))
        wait_until(lambda: os.path.exists(self.path("five")))
        last = wait_until(lambda: (n := self.c.call("run.subscribe", run_id=run["run_id"])["last_seq"]) == 5 and n)
        subs = {self.c.call("run.subscribe", run_id=run["run_id"], **more)["ref"]: first
                for more, first in (({}, 1), ({"after_seq": 0}, 1), ({"after_seq": 3}, 4), ({"after_seq": last}, 6))}
        open(gate, "w").close()
        for ref, first in subs.items():
            self.c.notification("run.end", ref=ref)
            self.assertEqual([e["event"]["seq"] for e in self.c.notifications("run.event", ref=ref)], list(range(first, 8)))

    def test_recorded_run(self):
        run = self.c.start(council(READY, step("events", {"count": 6}), step("exit", 0)), monitor=True)
        self.c.down(run["ref"])
        for after, expected in ((0, [1, 2, 3, 4, 5, 6]), (4, [5, 6]), (6, []), (99, [])):
            sub = self.c.call("run.subscribe", run_id=run["run_id"], after_seq=after)
            self.assertEqual(sub["last_seq"], 6)
            self.assertEqual(self.c.notification("run.end", ref=sub["ref"])["last_seq"], 6)
            self.assertEqual([e["event"]["seq"] for e in self.c.notifications("run.event", ref=sub["ref"])], expected)

    def test_events_that_stand_in_no_journal_are_a_gap(self):
        # A runner that sends events without writing them down: a late subscriber used to miss them without a word.
        events = [step("raw", json.dumps({"type": "event", "event": {"v": 1, "seq": n, "type": "x"}})) for n in (1, 2, 3)]
        gate = self.path("gate")
        run = self.c.start(council(READY, *events, step("wait_file", gate), step("raw", '{"type":"event","event":{"seq":4,"type":"x"}}'),
                                   step("exit", 0)), monitor=True)
        wait_until(lambda: self.c.call("run.info", run_id=run["run_id"])["last_seq"] == 3)
        ref = self.c.call("run.subscribe", run_id=run["run_id"], after_seq=1)["ref"]
        open(gate, "w").close()
        self.c.down(run["ref"])
        self.assertEqual([(m["method"], m["params"].get("dropped")) for m in self.c.log if m.get("params", {}).get("ref") == ref],
                         [("run.gap", 2), ("run.event", None), ("run.end", None)])

    def test_live_and_replayed_lines_are_the_same_bytes(self):
        run = self.c.start(council(READY, step("events", {"count": 4, "size": 30}), step("exit", 0)), monitor=True, subscribe=True)
        self.c.down(run["ref"])
        live = [line.split(b'"event":', 1)[1] for line in self.c.lines if b'"run.event"' in line]
        mark = len(self.c.lines)
        self.c.notification("run.end", ref=self.c.call("run.subscribe", run_id=run["run_id"], after_seq=0)["ref"])
        again = [line.split(b'"event":', 1)[1] for line in self.c.lines[mark:] if b'"run.event"' in line]
        self.assertEqual([b[:b.rindex(b"}")] for b in live], [b[:b.rindex(b"}")] for b in again])
        journal = self.d.record(run["run_id"])["journal"].splitlines()
        for line, body in zip(journal, live):
            self.assertIn(line, body)

    def test_deltas_only_for_those_who_want_them(self):
        gate = self.path("gate")
        run = self.c.start(council(READY, step("wait_file", gate), step("events", {"count": 5, "delta": True}),
                                   step("events", {"count": 1}), step("exit", 0)), subscribe=True, monitor=True)
        wanted = self.c.call("run.subscribe", run_id=run["run_id"], deltas=True)["ref"]
        open(gate, "w").close()
        self.c.down(run["ref"])
        types = [e["event"]["type"] for e in self.c.notifications("run.event", ref=wanted)]
        self.assertEqual(types, ["member_token"] * 5 + ["warning"])
        self.assertEqual([e["event"]["type"] for e in self.c.notifications("run.event", ref=run["subscription"])], ["warning"])
        self.assertNotIn(b"member_token", self.d.record(run["run_id"])["journal"])

    def test_runner_is_told_whether_somebody_wants_deltas(self):
        run = self.c.start(council(READY, step("listen", {"want": "deltas"}), step("listen", {"want": "deltas"}), *HANG), subscribe=True)
        ref = self.c.call("run.subscribe", run_id=run["run_id"], deltas=True)["ref"]
        self.assertIs(self.c.report(run["subscription"])["heard"]["on"], True)
        self.assertIs(self.c.call("run.unsubscribe", ref=ref), True)
        self.assertIs(self.c.report(run["subscription"])["heard"]["on"], False)

    def test_deltas_are_on_from_the_first_token(self):
        """They were asked for once the run was ready, and what it said until it had read that was lost."""
        for wanted in (True, False):
            run = self.c.start(council(READY, step("report", "event"), step("events", {"count": 3, "delta": True}), *harness.ended()),
                               subscribe={"deltas": wanted}, monitor=True)
            self.assertIs(self.c.report(run["subscription"])["spec"].get("deltas"), wanted)
            self.c.down(run["ref"])

    def test_deltas_end_with_a_starter_who_left(self):
        c = self.d.client()
        heard = self.path("gate")
        c.send("run.start", run_id="r", subscribe={"deltas": True}, input="x", council=council(
            step("wait_file", heard), READY, step("listen", {"want": "deltas"}), *HANG))
        wait_until(lambda: self.c.counts()["starting"] == 1)
        before = len(harness.fds(self.d.pid))
        c.close()
        wait_until(lambda: len(harness.fds(self.d.pid)) < before)
        open(heard, "w").close()
        wait_until(lambda: "r" in self.c.listed())
        watch = self.c.call("run.subscribe", run_id="r")
        self.assertIs(self.c.report(watch["ref"])["heard"]["on"], False)

    def test_unsubscribe(self):
        gate = self.path("gate")
        run = self.c.start(council(READY, step("wait_file", gate), step("events", {"count": 5}), step("exit", 0)), subscribe=True,
                           monitor=True)
        self.assertIs(self.c.call("run.unsubscribe", ref=run["subscription"]), True)
        open(gate, "w").close()
        self.c.down(run["ref"])
        self.assertEqual(self.c.notifications("run.event") + self.c.notifications("run.end"), [])
        other = self.d.client()
        live = self.c.start(GOOD, subscribe=True)
        self.assertError(other.error("run.unsubscribe", ref=live["subscription"]), "bad_ref", -32006)
        self.assertError(self.c.error("run.unsubscribe", ref="x"), "invalid_parameter", -32602, field="ref")

    def test_events_that_strangers_wrote_go_out_as_valid_utf8(self):
        run = self.c.start(council(READY, step("junk", {"kind": "noise", "count": 3}), step("raw", '{"type":"event"}'),
                                   step("raw", "[1,2"), step("raw", '{"type":"no-such"}'), step("events", {"count": 1}),
                                   step("exit", 0)), subscribe=True, monitor=True)
        self.assertReason(self.c.down(run["ref"]), kind="normal")
        self.assertEqual(len(self.c.notifications("run.event")), 1)


class EndOfAClient(harness.Case):
    def setUp(self):
        super().setUp()
        self.d = self.daemon()

    def test_half_close_is_answered_also_after_seconds(self):
        c = self.d.client()
        pending = c.send("run.start", council=council(step("sleep", 1200), *HANG), input="x", run_id="r")
        info = c.send("supervisor.info")
        c.half_close()
        self.assertIn("result", c.answer(info))
        self.assertEqual(c.reply(pending)["run_id"], "r")
        c.read_to_eof()
        self.assertIn("r", self.d.client().listed())

    def test_only_pending_replies_keep_a_half_closed_connection_open(self):
        c = self.d.client()
        run = c.start(GOOD, monitor=True, subscribe=True)
        c.half_close()
        c.read_to_eof(PROMPTLY)
        self.assertEqual(c.notifications("run.down"), [])
        self.assertIn(run["run_id"], self.d.client().listed())

    def test_half_close_at_once(self):
        c = self.d.client()
        c.half_close()
        c.read_to_eof(PROMPTLY)
        self.assertEqual(c.log, [])

    def test_full_close_drops_all_and_others_see_an_uninterrupted_stream(self):
        watcher = self.d.client(30)
        gate = self.path("gate")
        run = watcher.start(council(READY, step("wait_file", gate), step("events", {"count": 1500, "size": 400, "interval_ms": 0}),
                                    step("exit", 0)), subscribe=True, monitor=True)
        base = len(harness.fds(self.d.pid))
        others = [harness.Client(self.d.socket) for _ in range(20)]
        for n, c in enumerate(others):
            c.call("run.subscribe", run_id=run["run_id"], deltas=True)
            c.call("run.monitor", run_id=run["run_id"])
            c.send("run.await", run_id=run["run_id"])
        open(gate, "w").close()
        for n, c in enumerate(others):
            if n % 2:       # with a reset instead of an end
                c.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            c.close()
        watcher.down(run["ref"], 60)
        self.assertEqual(len(watcher.notifications("run.event", ref=run["subscription"])), 1500)
        self.assertEqual(watcher.notifications("run.gap"), [])
        wait_until(lambda: len(harness.fds(self.d.pid)) <= base, PROMPTLY)

    def test_many_connections_leave_no_descriptor(self):
        base = len(harness.fds(self.d.pid))
        for n in range(300):
            c = harness.Client(self.d.socket)
            if n % 3:
                c.raw(b'{"jsonrpc":"2.0","id":1,"method":"supervisor.info"}\n' if n % 2 else b'{"half')
            c.close()
        wait_until(lambda: len(harness.fds(self.d.pid)) <= base, PROMPTLY)

    def test_late_replies_carry_their_id(self):
        c = self.d.client()
        run = c.start(council(*STUBBORN), shutdown=300)
        a = c.send("run.await", run_id=run["run_id"])
        b = c.send("run.terminate", run_id=run["run_id"])
        self.assertEqual(c.reply(b), {})
        self.assertEqual(c.reply(a)["reason"], {"kind": "killed", "by": "supervisor"})
