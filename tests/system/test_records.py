"""Records of protocol.md: what stands on disk, run.info, run.await, run.list, retention, after the end and after a restart."""
import json
import os
import re

import harness
from harness import HANG, PROMPTLY, READY, STUBBORN, Stopwatch, council, step, wait_until

GOOD = council(*HANG)


class Records(harness.Case):
    def setUp(self):
        super().setUp()
        self.d = self.daemon()
        self.c = self.d.client()

    def test_files_of_a_record(self):
        text = '{"q": [1, 2.50]}'
        document = council(READY, step("events", {"count": 2}), *harness.ended(final={"content": "42"}))
        self.c.raw(b'{"jsonrpc":"2.0","id":5,"method":"run.start","params":{"monitor":true,"run_id":"kept","labels":{"a":"b"},'
                   b'"council":' + json.dumps(document).encode() + b',"input":' + text.encode() + b"}}\n")
        ref = self.c.reply(5)["ref"]
        down = self.c.down(ref)
        record = self.d.record("kept")
        self.assertEqual(set(record), {"spec", "journal", "result", "down"})
        self.assertEqual(self.d.records("open"), [])
        self.assertIn(json.dumps(document).encode(), record["spec"])
        self.assertIn(text.encode(), record["spec"])
        json.loads(record["spec"])
        self.assertEqual([json.loads(line)["seq"] for line in record["journal"].splitlines()], [1, 2])
        self.assertEqual(json.loads(record["down"])["reason"], down["reason"])
        self.assertIn("42", record["result"].decode())

    def test_record_is_complete_before_the_down(self):
        for n in range(10):
            run = self.c.start(council(READY, step("events", {"count": 3}), *harness.ended()), monitor=True)
            self.c.down(run["ref"])
            self.assertEqual(set(self.d.record(run["run_id"])), {"spec", "journal", "result", "down"})

    def test_await(self):
        run = self.c.start(council(READY, step("sleep", 100), *harness.ended(final={"content": "fine"})))
        result = self.c.call("run.await", run_id=run["run_id"])
        self.assertEqual((result["run_id"], result["outcome"], result["reason"]), (run["run_id"], "complete", {"kind": "normal"}))
        self.assertEqual(result["result"]["final"]["content"], "fine")
        self.assertEqual(self.c.call("run.await", run_id=run["run_id"]), result)
        died = self.c.start(council(READY, step("exit", 3)))
        result = self.c.call("run.await", run_id=died["run_id"])
        self.assertEqual((result["outcome"], result["result"], result["reason"]), (None, None, {"kind": "exit", "code": 3}))

    def test_result_may_be_any_json(self):
        # Runners that are not ours used to lose a result, outcome and all, for not being an object.
        for value in (7, "done", [1, 2], None, False):
            run = self.c.start(council(READY, step("result", {"outcome": "complete", "result": value}), step("exit", 0)), monitor=True)
            self.assertEqual(self.c.down(run["ref"])["outcome"], "complete", value)
            self.assertEqual(self.c.call("run.await", run_id=run["run_id"])["result"], value)

    def test_await_times_out_and_leaves_the_run_alone(self):
        run = self.c.start(GOOD)
        watch = Stopwatch()
        self.assertError(self.c.error("run.await", run_id=run["run_id"], timeout_ms=200), "timeout", -32008)
        self.assertBetween(watch.seconds, 0.2, 0.2 + PROMPTLY)
        self.assertIn(run["run_id"], self.c.listed())
        self.assertError(self.c.error("run.await", run_id="nobody"), "not_found", -32005)

    def test_info_of_live_and_recorded_runs(self):
        run = self.c.start(council(READY, step("progress", {"phase": "reviewing", "usage": {"input_tokens": 5}, "calls": 2,
                                                             "council_id": "dynamic:scripted"}), *HANG), labels={"a": "b"},
                           limits={"deadline_ms": 600000})
        info = wait_until(lambda: (i := self.c.call("run.info", run_id=run["run_id"]))["phase"] == "reviewing" and i)
        self.assertEqual((info["run_id"], info["pid"], info["state"], info["labels"]), (run["run_id"], run["pid"], "running", {"a": "b"}))
        self.assertEqual(info["usage"]["input_tokens"], 5)
        self.assertEqual(self.c.listed()[run["run_id"]]["phase"], "reviewing")
        self.c.call("run.terminate", run_id=run["run_id"])
        info = self.c.call("run.info", run_id=run["run_id"])
        self.assertEqual(info["down"]["reason"], {"kind": "shutdown"})
        self.assertEqual(info["labels"], {"a": "b"})
        self.assertNotIn(info["state"], ("running", "terminating"))

    def test_info_of_a_lost_run_tells_what_was_asked_whatever_its_labels(self):
        """A label of the name of a member kept the record from being asked for its limits."""
        run = self.c.start(GOOD, run_id="lost", labels={"limits": "none"}, limits={"deadline_ms": 600000}, shutdown=7000)
        self.d.kill()
        wait_until(lambda: not harness.proc_stat(run["pid"]))
        self.d.restart()
        info = self.d.client().call("run.info", run_id="lost")
        self.assertEqual(info["labels"], {"limits": "none"})
        self.assertEqual((info["limits"]["deadline_ms"], info["shutdown"]), (600000, 7000))

    def test_everything_works_after_a_restart(self):
        run = self.c.start(council(READY, step("events", {"count": 4}), *harness.ended("degraded", n=1)), monitor=True, run_id="old")
        self.c.down(run["ref"])
        before = self.c.call("run.await", run_id="old")
        epoch = self.c.call("supervisor.info")["epoch"]
        self.assertEqual(self.d.stop(), 0)
        self.d.restart()
        c = self.d.client()
        self.assertNotEqual(c.call("supervisor.info")["epoch"], epoch)
        self.assertEqual(c.call("run.await", run_id="old"), before)
        self.assertEqual(c.call("run.info", run_id="old")["down"]["outcome"], "degraded")
        sub = c.call("run.subscribe", run_id="old", after_seq=1)["ref"]
        c.notification("run.end", ref=sub)
        self.assertEqual([e["event"]["seq"] for e in c.notifications("run.event", ref=sub)], [2, 3, 4])
        self.assertReason(c.down(c.call("run.monitor", run_id="old")["ref"]), kind="noproc")
        self.assertEqual(c.listed(), {})
        self.assertTrue(c.start(GOOD, run_id="old")["pid"])

    def test_newest_incarnation_is_the_one_that_is_found(self):
        for outcome in ("complete", "failed"):
            self.c.down(self.c.start(council(READY, *harness.ended(outcome)), monitor=True, run_id="twice")["ref"])
        self.assertEqual(self.c.call("run.await", run_id="twice")["outcome"], "failed")
        self.assertEqual(self.d.stop(), 0)
        self.d.restart()
        self.assertEqual(self.d.client().call("run.await", run_id="twice")["outcome"], "failed")

    def test_recorder_none(self):
        run = self.c.start(council(READY, step("events", {"count": 2}), *harness.ended()), monitor=True, recorder="none", subscribe=True)
        self.assertEqual(self.c.down(run["ref"])["outcome"], "complete")
        self.assertEqual(len(self.c.notifications("run.event")), 2)
        wait_until(lambda: not self.d.records() and not self.d.records("open"), PROMPTLY)
        self.assertError(self.c.error("run.info", run_id=run["run_id"]), "not_found", -32005)

    def test_list(self):
        for n, outcome in enumerate(("complete", "degraded", "failed", "complete")):
            self.c.down(self.c.start(council(READY, *harness.ended(outcome)), monitor=True, run_id=f"r{n}")["ref"])
        self.c.start(GOOD, run_id="live")
        everything = self.c.call("run.list")
        self.assertEqual([r["run_id"] for r in everything["runs"]], ["live", "r3", "r2", "r1", "r0"])
        self.assertIsNone(everything["next"])
        for entry in everything["runs"]:
            self.assertLessEqual({"run_id", "incarnation", "council_id", "started_at", "ended_at", "outcome", "reason"}, set(entry))
        self.assertEqual([r["run_id"] for r in self.c.call("run.list", state="live")["runs"]], ["live"])
        self.assertEqual([r["run_id"] for r in self.c.call("run.list", outcome="complete")["runs"]], ["r3", "r0"])
        page = self.c.call("run.list", state="ended", limit=3)
        rest = self.c.call("run.list", state="ended", limit=3, after=page["next"])
        self.assertEqual([r["run_id"] for r in page["runs"] + rest["runs"]], ["r3", "r2", "r1", "r0"])
        self.assertIsNone(rest["next"])
        for wrong in (0, 501, "x"):
            self.assertError(self.c.error("run.list", limit=wrong), "invalid_parameter", -32602, field="limit")

    def test_list_tells_what_was_asked_of_whom_and_what_it_cost(self):
        usage = {"input_tokens": 5, "output_tokens": 2, "cost": 0.25}
        run = self.c.start(council(READY, step("progress", {"phase": "x", "usage": usage, "calls": 2}), *harness.ended()), run_id="old",
                           monitor=True, labels={"a": "b"}, registry="nightly", input="Tea or " + "coffee " * 40 + "?")
        self.c.down(run["ref"])
        self.c.start(GOOD, run_id="live", labels={"c": "d"}, input={"not": "a text"})
        live, old = self.c.call("run.list")["runs"]
        self.assertEqual(set(live), set(old))
        self.assertEqual((old["members"], old["labels"], old["registry"], old["tokens"], old["cost"]), (["a"], {"a": "b"}, "nightly", 7, 0.25))
        self.assertEqual(old["question"], ("Tea or " + "coffee " * 40)[:200], "its beginning")
        self.assertGreaterEqual(old["duration_ms"], 0)
        self.assertEqual((live["members"], live["labels"], live["question"]), (["a"], {"c": "d"}, '{"not": "a text"}'))
        self.assertEqual([live[name] for name in ("ended_at", "duration_ms", "outcome", "reason", "tokens", "cost")], [None] * 6)
        self.c.start(GOOD, run_id="text", input="What now?")
        self.assertEqual(self.c.call("run.list")["runs"][0]["question"], "What now?")
        self.assertEqual(self.d.stop(), 0)
        os.unlink(os.path.join(self.d.state, "index.jsonl"))
        self.d.restart()
        self.assertEqual(self.d.client().call("run.list")["runs"][-1], old, "made from the record again")

    def test_a_run_is_found_again(self):
        """By what was asked, its labels, when it was started, and by having died."""
        done = council(READY, *harness.ended())
        for run_id, question, team in (("tea", "Tea\nor coffee?", "blue"), ("ship", "Shall we ship on Friday?", "red")):
            self.c.down(self.c.start(done, run_id=run_id, input=question, labels={"team": team}, monitor=True)["ref"])
        self.c.down(self.c.start(council(READY, step("exit", 3)), run_id="died", input="Why?", monitor=True)["ref"])
        self.c.start(GOOD, run_id="live", input={"a": "Tea, again"}, labels={"team": "blue"})

        def found(**filters):
            return [run["run_id"] for run in self.c.call("run.list", **filters)["runs"]]

        self.assertEqual(found(text="tea"), ["live", "tea"])
        self.assertEqual(found(text="TEA OR"), ["tea"])
        self.assertEqual(found(label={"team": "blue"}), ["live", "tea"])
        self.assertEqual(found(label={"team": "blue"}, state="ended"), ["tea"])
        self.assertEqual(found(outcome="none"), ["died"])
        started = {run["run_id"]: run["started_at"] for run in self.c.call("run.list")["runs"]}
        self.assertEqual(found(since=started["died"]), ["live", "died"])
        self.assertEqual(found(until=started["died"]), ["ship", "tea"])
        self.assertEqual(found(since="2999-01-01T00:00:00Z"), [])
        self.assertError(self.c.error("run.list", since="yesterday"), "invalid_parameter", -32602, field="since")
        self.assertEqual(self.d.stop(), 0)
        self.d.restart()
        self.c = self.d.client()
        self.assertEqual(found(text="tea"), ["live", "tea"])
        self.assertEqual(found(outcome="none"), ["live", "died"])

    def test_lists_and_the_end_tell_what_was_asked(self):
        run = self.c.start(council(READY, step("progress", {"phase": "x", "usage": {"input_tokens": 5, "cost": 0.25}, "calls": 1}),
                                   *HANG), run_id="r", input=" Why\n not? ", labels={"a": "b"}, monitor=True)
        asked = {"question": "Why not?", "members": ["a"], "tokens": 5, "cost": 0.25, "labels": {"a": "b"}}
        live = wait_until(lambda: (child := self.c.listed()["r"])["tokens"] and child)
        info = self.c.call("run.info", run_id="r")
        self.c.call("run.terminate", run_id="r")
        down = self.c.down(run["ref"])
        ended = self.c.call("run.info", run_id="r")
        listed = self.c.call("run.list")["runs"][0]
        for told in (live, info, down, ended, listed):
            self.assertEqual({name: told[name] for name in asked}, asked)
        self.assertEqual(len({told["duration_ms"] for told in (down, ended, listed)}), 1)
        self.assertIsNone(info["duration_ms"])

    def test_a_page_is_bounded_by_its_bytes_too(self):
        labels = {f"l{n}": "x" * 1000 for n in range(300)}
        for n in range(10):
            self.c.down(self.c.start(council(READY, *harness.ended()), run_id=f"r{n}", labels=labels, monitor=True)["ref"])
        seen, after = [], None
        while True:
            page = self.c.call("run.list", **({"after": after} if after else {}))
            self.assertLess(len(json.dumps(page["runs"])), 3 << 19)
            seen += [run["run_id"] for run in page["runs"]]
            after = page["next"]
            if not after:
                break
            self.assertTrue(page["runs"])
        self.assertEqual(seen, [f"r{n}" for n in reversed(range(10))])

    def test_retention(self):
        d = self.daemon("small", retention={"max_runs": 3})
        c = d.client()
        for n in range(8):
            c.down(c.start(council(READY, step("exit", 0)), monitor=True, run_id=f"r{n}")["ref"])
        wait_until(lambda: len(d.records()) == 3, 10)
        self.assertEqual([re.sub(r"^\d{13}-", "", n) for n in d.records()], ["r5", "r6", "r7"])

    def test_prune(self):
        for n in range(5):
            self.c.down(self.c.start(council(READY, step("exit", 0)), monitor=True, run_id=f"r{n}")["ref"])
        live = self.c.start(GOOD, run_id="live")
        self.assertEqual(self.c.call("run.prune", older_than_days=1), {"removed": 0})
        self.assertEqual(self.c.call("run.prune", keep=2), {"removed": 3})
        self.assertEqual([re.sub(r"^\d{13}-", "", n) for n in self.d.records()], ["r3", "r4"])
        self.assertEqual(self.c.call("run.prune", keep=0), {"removed": 2})
        self.assertEqual(self.d.records(), [])
        self.assertEqual(len(self.d.records("open")), 1)
        self.assertEqual(list(self.c.listed()), [live["run_id"]])
        self.assertEqual(self.c.call("run.prune"), {"removed": 0})      # the daemon's own retention keeps far more
        self.assertError(self.c.error("run.prune", keep=-1), "invalid_parameter", -32602, field="keep")

    def test_failed_start_leaves_no_open_record(self):
        self.c.start_error(council(step("exit", 1)), run_id="failed-one")
        self.assertEqual(self.d.records("open"), [])

    def test_keys_stand_in_no_record(self):
        key = "sk-test-" + "k" * 24
        d = self.daemon("keys", how={"env": {"OPENAI_API_KEY": key}})
        c = d.client()
        document = council(READY, step("exit", 0))
        document["members"][0]["provider"] = "openai"
        run = c.start(document, monitor=True)
        c.down(run["ref"])
        for folder, _, files in os.walk(d.state):
            for name in files:
                with open(os.path.join(folder, name), "rb") as f:
                    self.assertNotIn(key.encode(), f.read(), name)
        self.assertNotIn(key, d.log())

    def test_keys_that_were_pasted_stand_in_no_record(self):
        """Somebody pastes a key into what he asks: it stood in the record, against what operations.md says."""
        key = "sk-test-" + "k" * 24
        d = self.daemon("pasted", how={"env": {"OPENAI_API_KEY": key}})
        c = d.client()
        document = council(READY, *harness.ended())
        document["members"][0]["provider"] = "openai"
        document["metadata"]["note"] = f"my key is {key}"
        escaped = json.dumps(document).replace(key, "".join(f"\\u{ord(ch):04x}" for ch in key))
        for n, text in enumerate((json.dumps(document), escaped), 770):
            c.raw(b'{"jsonrpc":"2.0","id":' + str(n).encode() + b',"method":"run.start","params":{"monitor":true,"council":' + text.encode()
                  + b',"input":' + json.dumps("x" * 180 + key).encode() + b',"labels":{"l":' + json.dumps(key).encode()
                  + b'},"callers":[' + json.dumps(key).encode() + b"]}}\n")
            c.down(c.reply(n)["ref"])
        for folder, _, files in os.walk(d.state):
            for name in files:
                with open(os.path.join(folder, name), "rb") as f:
                    text = f.read()
                self.assertNotIn(key[:20].encode(), text, name)
                self.assertNotIn(b"\\u0073\\u006b\\u002d", text, name)
        self.assertEqual(c.call("run.list")["runs"][0]["outcome"], "complete")

    def test_waiting_replies_come_after_the_downs(self):
        run = self.c.start(council(*STUBBORN), shutdown=200, monitor=True)
        awaiting = self.c.send("run.await", run_id=run["run_id"])
        self.c.reply(self.c.send("run.terminate", run_id=run["run_id"]))
        answer = self.c.answer(awaiting)
        down = next(m for m in self.c.log if m.get("method") == "run.down")
        self.assertLess(self.c.position(down), self.c.position(answer))


class Damaged(harness.Case):
    """Lines of a record that something has damaged since: what is missing is told, never passed over in silence."""

    def setUp(self):
        super().setUp()
        self.d = self.daemon()

    def ended(self, count):
        c = self.d.client()
        c.down(c.start(council(READY, step("events", {"count": count}), *harness.ended()), run_id="old", monitor=True)["ref"])
        return self.d.record_path("old")

    def put(self, path, number, text):
        """In the place of a line, as long as that: all that is vouched for stays where it is."""
        with open(path, "rb") as f:
            lines = f.read().split(b"\n")
        lines[number] = text.ljust(len(lines[number]))
        with open(path, "wb") as f:
            f.write(b"\n".join(lines))

    def replayed(self, after=0):
        """What a subscriber is told, in order: the seq of each event, (how many are missing), and the run.end."""
        c = self.d.client()
        ref = c.call("run.subscribe", run_id="old", after_seq=after)["ref"]
        end = c.notification("run.end", ref=ref)
        told = [n["params"] for n in c.log if n.get("method") in ("run.event", "run.gap") and n["params"]["ref"] == ref]
        return [(n["dropped"],) if "dropped" in n else n["event"]["seq"] for n in told], end

    def test_a_hole_is_told_where_it_is(self):
        path = self.ended(6)
        for number in (3, 4):
            self.put(path, number, b'{"type": "stranger"}')
        told, end = self.replayed()
        self.assertEqual(told, [1, 2, (2,), 5, 6])
        self.assertEqual(end["last_seq"], 6)
        self.assertNotIn("torn", end)
        self.assertEqual(self.replayed(3)[0], [(1,), 5, 6], "who had the third misses only the fourth")
        self.assertEqual(self.replayed(4)[0], [5, 6])

    def test_a_line_that_cannot_be_parsed_is_skipped_and_told(self):
        self.put(self.ended(4), 2, b'{"seq": 2, "ty')
        told, end = self.replayed()
        self.assertEqual(told, [1, (1,), 3, 4])
        self.assertIs(end["torn"], True)

    def test_a_line_that_a_death_tore_is_cut_off_and_told(self):
        """The daemon dies with its run in the middle of a line: the next one ends that, and says that it had to."""
        run = self.d.client().start(council(READY, step("events", {"count": 3}), step("mark", self.path("done")), *HANG), run_id="old")
        wait_until(lambda: os.path.exists(self.path("done")))
        self.d.client().call("supervisor.info")
        self.d.kill()
        wait_until(lambda: not harness.proc_stat(run["pid"]))
        with open(self.d.record_path("old", "open"), "ab") as f:
            f.write(b'{"seq": 4, "ty')
        self.d.restart()
        c = self.d.client()
        told, end = self.replayed()
        self.assertEqual((told, end["last_seq"], end.get("torn")), ([1, 2, 3], 3, True))
        self.assertIs(c.call("run.info", run_id="old")["torn"], True)
        self.assertIs(c.call("run.list")["runs"][0]["torn"], True)
        self.assertEqual(self.d.stop(), 0)
        os.unlink(os.path.join(self.d.state, "index.jsonl"))
        self.d.restart()
        self.assertIs(self.d.client().call("run.list")["runs"][0]["torn"], True, "made from the record again")

    def test_what_is_whole_is_not_told_to_be_torn(self):
        self.ended(3)
        told, end = self.replayed()
        self.assertEqual((told, set(end)), ([1, 2, 3], {"ref", "run_id", "last_seq"}))
        c = self.d.client()
        self.assertNotIn("torn", c.call("run.info", run_id="old"))
        self.assertNotIn("torn", c.call("run.list")["runs"][0])
