"""docs/protocol.md, The same start twice: what a key of a start promises, for two clients at once, and over the death of the daemon."""
import json
import os

import harness
from harness import HANG, READY, STUBBORN, council, step, wait_until

GOOD = council(*HANG)
SLOW = council(step("sleep", 400), READY)
SHORT = council(READY, step("events", {"count": 2}), *harness.ended(final={"content": "42"}))


class StartAgain(harness.Case):
    def setUp(self):
        super().setUp()
        self.d = self.daemon(max_children=2)
        self.c = self.d.client()

    def again(self, c, document, **options):
        """The same start once more: its run has to be the first one's."""
        answer = c.start(document, **options)
        self.assertIs(answer["already"], True)
        return answer

    def test_a_lost_answer_is_given_again(self):
        first = self.c.start(GOOD, key="k")
        self.assertNotIn("already", first)
        self.c.close()
        other = self.d.client()
        for _ in range(3):
            answer = self.again(other, GOOD, key="k")
            self.assertEqual((answer["run_id"], answer["pid"]), (first["run_id"], first["pid"]))
        self.assertEqual(list(other.listed()), [first["run_id"]])
        self.assertNotEqual(other.start(GOOD, key="l")["run_id"], first["run_id"])
        # At the limit, and where all else is refused.
        self.assertError(other.start_error(GOOD), "max_children", -32001, max=2)
        self.assertEqual(self.again(other, GOOD, key="k")["run_id"], first["run_id"])

    def test_two_clients_at_once_start_one_run(self):
        clients = [self.d.client() for _ in range(8)]
        asked = [(c, c.send("run.start", council=SLOW, input="x", key="k", monitor=True, subscribe=True)) for c in clients]
        answers = [c.reply(id) for c, id in asked]
        self.assertEqual(len({a["run_id"] for a in answers}), 1)
        self.assertEqual(sum("already" not in a for a in answers), 1)
        self.assertEqual(len(self.c.listed()), 1)
        self.c.call("run.terminate", run_id=answers[0]["run_id"])
        for c, answer in zip(clients, answers):
            self.assertEqual(c.notification("run.end", ref=answer["subscription"])["last_seq"], 0)
            self.assertReason(c.down(answer["ref"]), kind="shutdown")
        self.assertEqual(len(self.d.records()), 1)

    def test_starts_that_fail_are_forgotten(self):
        fails = council(step("sleep", 200), step("failed", "no such model"))
        other = self.d.client()
        asked = [(c, c.send("run.start", council=fails, input="x", key="k")) for c in (self.c, other)]
        for c, id in asked:
            error = harness.RpcError(c.answer(id)["error"])
            self.assertEqual((error.reason, error.data["cause"]["message"]), ("start_failed", "no such model"))
        self.assertEqual(len(self.d.log_lines("start failed")), 1)
        self.assertError(self.c.start_error(fails, key="k"), "start_failed", -32004,
                         cause={"kind": "failed", "message": "no such model"})
        self.assertEqual(len(self.d.log_lines("start failed")), 2)
        # Nor does what it asked for stand in the way.
        self.assertNotIn("already", self.c.start(GOOD, key="k"))

    def test_other_parameters_are_refused(self):
        run_id = self.c.start(GOOD, key="k", labels={"a": "1", "b": "2"})["run_id"]
        for options in ({}, {"labels": {"a": "1"}}, {"labels": {"a": "2", "b": "1"}}, {"shutdown": 5},
                        {"labels": {"a": "1", "b": "2"}, "run_id": run_id}):
            self.assertError(self.c.start_error(GOOD, key="k", **options), "key_reused", -32021, run_id=run_id)
        self.assertError(self.c.start_error(GOOD, input="y", key="k", labels={"a": "1", "b": "2"}), "key_reused", -32021,
                         run_id=run_id)
        # The same values in another text.
        params = {"labels": {"b": "2", "a": "1"}, "key": "k", "input": "x", "council": GOOD, "monitor": True}
        self.c.raw(b'{"jsonrpc":"2.0","id":"again","method":"run.start","params": ' +
                   json.dumps(params, indent=1).replace("\n", " ").replace("labels", "\\u006cabels").encode() + b"}\n")
        answer = self.c.reply("again")
        self.assertEqual((answer["run_id"], answer["already"]), (run_id, True))
        # In another registry it is another key.
        self.assertNotIn("already", self.c.start(GOOD, key="k", registry="other"))
        self.assertEqual(len(self.c.listed()), 2)

    def test_a_run_that_has_ended_is_the_answer(self):
        first = self.c.start(SHORT, key="k", monitor=True)
        self.c.down(first["ref"])
        answer = self.again(self.c, SHORT, key="k", monitor=True, subscribe=True)
        self.assertEqual((answer["run_id"], answer["pid"], answer["council_id"]), (first["run_id"], None, first["council_id"]))
        self.assertReason(self.c.down(answer["ref"]), kind="noproc")
        self.assertEqual([self.c.event(answer["subscription"])["seq"] for _ in range(2)], [1, 2])
        self.c.notification("run.end", ref=answer["subscription"])
        self.assertEqual(self.c.call("run.await", run_id=first["run_id"])["result"]["final"]["content"], "42")
        self.c.call("run.prune", keep=0)
        self.assertNotEqual(self.c.start(SHORT, key="k")["run_id"], first["run_id"])

    def test_keys_outlive_an_orderly_end(self):
        ended = self.c.start(SHORT, key="ended", monitor=True)
        self.c.down(ended["ref"])
        alive = self.c.start(GOOD, key="alive")
        self.d.stop()
        self.d.restart()
        self.look_after_a_restart(ended, alive, "shutdown")

    def test_keys_outlive_a_killed_daemon(self):
        ended = self.c.start(SHORT, key="ended", monitor=True)
        self.c.down(ended["ref"])
        alive = self.c.start(GOOD, key="alive")
        self.d.kill()
        self.d.restart()
        self.look_after_a_restart(ended, alive, "noconnection")
        # Without its index the next one makes it from the records.
        self.d.stop()
        os.unlink(os.path.join(self.d.state, "index.jsonl"))
        self.d.restart()
        wait_until(lambda: os.path.getsize(os.path.join(self.d.state, "index.jsonl")) > 0)
        wait_until(lambda: self.d.client().call("run.list")["runs"])
        self.look_after_a_restart(ended, alive, "noconnection")

    def look_after_a_restart(self, ended, alive, kind):
        c = self.d.client()
        answer = self.again(c, SHORT, key="ended")
        self.assertEqual((answer["run_id"], answer["pid"]), (ended["run_id"], None))
        answer = self.again(c, GOOD, key="alive")
        self.assertEqual((answer["run_id"], answer["pid"]), (alive["run_id"], None))
        self.assertEqual(c.call("run.info", run_id=alive["run_id"])["down"]["reason"]["kind"], kind)
        self.assertError(c.start_error(GOOD, input="y", key="alive"), "key_reused", -32021, run_id=alive["run_id"])
        self.assertEqual(c.listed(), {})

    def test_while_the_daemon_drains_and_stops(self):
        run_id = self.c.start(council(*STUBBORN), key="k", shutdown=60000)["run_id"]
        self.c.call("supervisor.drain")
        self.assertEqual(self.again(self.c, council(*STUBBORN), key="k", shutdown=60000)["run_id"], run_id)
        self.assertError(self.c.start_error(GOOD, key="new"), "shutting_down", -32003)
        stop = self.c.send("supervisor.stop")
        wait_until(lambda: self.c.listed().get(run_id, {}).get("state") == "terminating")
        self.assertEqual(self.again(self.c, council(*STUBBORN), key="k", shutdown=60000)["run_id"], run_id)
        self.d.signal(harness.signal.SIGQUIT)
        self.c.reply(stop)
        self.d.wait()

    def test_the_key_stands_nowhere(self):
        self.c.down(self.c.start(SHORT, key="a-secret-of-mine", monitor=True)["ref"])
        for folder, _, names in os.walk(self.d.state):
            for name in names:
                with open(os.path.join(folder, name), "rb") as f:
                    self.assertNotIn(b"a-secret", f.read(), name)
        self.assertNotIn("a-secret", self.d.log())
