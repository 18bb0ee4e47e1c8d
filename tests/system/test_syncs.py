"""A runner that does not sync, or syncs after it has told, passes every other test: only the power tells. Here each sync of a whole
run is stopped at, and what has been told by then is held against what was synced before. Turns in which a model called tools used
to be told, and acted upon, without a sync."""
import json
import os
import time

import harness
import peers
import syncs

MUST_LAST = ("exchange_completed", "round_completed", "run_completed", "run_failed")
CALL = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": "{\"q\": \"x\"}"}}
TOOL = {"kind": "command", "argv": ["/bin/sh", "-c", "echo seen"], "description": "looks things up",
        "parameters": {"type": "object", "properties": {"q": {"type": "string"}}}}


def calls_a_tool():
    """The whole reply of a model that wants a tool."""
    body = json.dumps({"id": "x", "object": "chat.completion", "model": "ann", "choices": [
        {"index": 0, "finish_reason": "tool_calls", "message": {"role": "assistant", "content": None, "tool_calls": [CALL]}}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}}).encode()
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
    return {"body": head % len(body) + body}


class Syncs(harness.Case):
    def setUp(self):
        super().setUp()
        # Nobody else syncs while ann looks things up.
        self.server = peers.LlmServer({"ann": [calls_a_tool(), {"reply": "Tea."}], "bob": [{"reply": "Milk.", "delay_ms": 1000}],
                                       "dee": [{"reply": "Both."}]})
        self.addCleanup(self.server.close)
        self.stopper = syncs.Stopper(self.path("syncs"))
        self.addCleanup(self.stopper.close)
        self.d = self.new_daemon("d")
        os.unlink(self.d.runner)
        syncs.stopping(self.d.runner, self.stopper)
        os.makedirs(os.path.join(self.d.catalogue, "tools"))
        with open(os.path.join(self.d.catalogue, "tools", "look.json"), "w") as f:
            json.dump(TOOL, f)
        self.d.flags["config"] = os.path.join(self.d.dir, "config.json")
        with open(self.d.flags["config"], "w") as f:
            json.dump({"providers": {"llm": {"type": "openai", "base_url": self.server.url, "key_env": "TEST_KEY"}}}, f)
        self.c = self.d.start(env={"TEST_KEY": "sk-test-0011223344556677"}).client(30)

    def council(self):
        seat = {"provider": "llm", "stream": False}
        return {"schema_version": 1, "id": "tools", "members": [{"id": "ann", "model": "ann", "tools": ["look"], **seat},
                                                                {"id": "bob", "model": "bob", **seat}],
                "chair": {"model": "dee", **seat}, "rounds": [{"type": "independent_analysis"}, {"type": "synthesis"}]}

    def written(self):
        """The numbers of the events that stand in files."""
        found = set()
        for folder, _, files in os.walk(self.d.state):
            for name in files:
                with open(os.path.join(folder, name), "rb") as f:
                    lines = f.read().split(b"\n")[:-1]
                found |= {json.loads(line).get("seq") for line in lines if b'"seq":' in line}
        return found

    def told(self):
        return {n["event"]["seq"]: n["event"]["type"] for n in self.c.notifications("run.event") if n["event"]["type"] in MUST_LAST}

    def look(self, pause):
        """At each sync, what was told must have been synced before."""
        if pause.when == "after":
            self.synced |= self.written()
        elif pause.pid != self.d.pid:
            syncs.hear_runners(self.c)
        self.check()

    def check(self):
        early = {seq: kind for seq, kind in self.told().items() if seq not in self.synced}
        self.assertEqual(early, {}, "told before it was synced")

    def test_nothing_is_told_before_it_is_synced(self):
        self.synced = set()
        self.stopper.on = True
        id = self.c.send("run.start", council=self.council(), input="x", subscribe=True, monitor=True)
        self.stopper.attend(self.c, lambda: self.c.answered(id), self.look)
        ref = self.c.reply(id)["ref"]
        self.stopper.attend(self.c, lambda: self.c.notifications("run.down", ref=ref), self.look)
        self.check()
        kinds = list(self.told().values())
        self.assertEqual(kinds.count("exchange_completed"), 4, "a turn of tools, two members, the chair")
        self.assertEqual(kinds.count("round_completed"), 2)
        self.assertEqual(kinds[-1], "run_completed")
        self.assertEqual(self.c.down(ref)["outcome"], "complete")
        self.stopper.close()

    def pause(self):
        end = time.monotonic() + 20
        while not (pause := self.stopper.next()):
            self.assertLess(time.monotonic(), end, self.c.tail())
            self.c._receive(0.002)
        return pause

    def test_a_durable_start_answers_when_it_is_on_the_disk(self):
        self.stopper.on = True
        id = self.c.send("run.start", council=self.council(), input="x", monitor=True, durable=True)
        for when in ("before", "after") * 2:        # the record, and the folder that names it
            pause = self.pause()
            self.assertEqual(pause.when, when)
            # What the runner has sent was read before a second request is answered.
            self.c.call("supervisor.info")
            self.c.call("supervisor.info")
            self.assertFalse(self.c.answered(id), "the start was answered before it was synced")
            pause.go_on()
        ref = self.c.reply(id)["ref"]
        self.stopper.close()
        self.assertEqual(self.c.down(ref, 60)["outcome"], "complete")

    def test_a_start_that_need_not_be_durable_waits_for_no_sync(self):
        for more in ({}, {"durable": False}):
            self.stopper.on = True
            run = self.c.start(self.council(), monitor=True, **more)
            pause = self.pause()
            self.assertEqual(pause.when, "before", "it is on the disk before anybody is asked")
            self.stopper.on = False
            pause.go_on()
            self.c.call("run.terminate", run_id=run["run_id"])

    def test_durable_is_true_or_false(self):
        for wrong in (1, "yes", None, {}):
            error = self.c.error("run.start", council=self.council(), input="x", durable=wrong)
            self.assertError(error, "invalid_option", -32602, field="durable")
