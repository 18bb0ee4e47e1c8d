"""What every provider is paid, and that no key of theirs stands anywhere."""
import json
import os

import harness
import peers
from test_council import alone
from test_providers_bad_days import KEY, WIRES, Case


class Money(Case):
    def test_prices_reach_the_result(self):
        """The operator's table, per model; what the provider reports counts more; unknown stays null."""
        server = peers.LlmServer({"priced": [{"reply": "x", "usage": {"prompt_tokens": 1000, "completion_tokens": 500}}],
                                  "told": [{"reply": "x", "usage": {"prompt_tokens": 1000, "completion_tokens": 500, "cost": 0.07}}],
                                  "unknown": [{"reply": "x", "usage": {"prompt_tokens": 7, "completion_tokens": 5}}],
                                  "uncounted": [{"reply": "x", "usage": None}]})
        self.addCleanup(server.close)
        d = self.new_daemon(runner=os.path.join(harness.BUILD, "council-runner"))
        d.flags["config"] = os.path.join(d.dir, "config.json")
        with open(d.flags["config"], "w") as f:
            json.dump({"providers": {"openai": {"base_url": server.url}, "openrouter": {"base_url": server.url}}}, f)
        with open(os.path.join(d.catalogue, "prices.json"), "w") as f:
            json.dump({"openai/priced": {"input": 2.0, "output": 10.0, "cached_input": 0.5, "date": "2026-11-01"},
                       "told": {"input": 2.0, "output": 10.0, "date": "2026-11-01"},
                       "openai/uncounted": {"input": 2.0, "output": 10.0, "date": "2026-11-01"}}, f)
        c = d.start(env={"OPENAI_API_KEY": KEY, "OPENROUTER_API_KEY": KEY}).client(60)
        costs = {}
        for provider, model in (("openai", "priced"), ("openrouter", "told"), ("openai", "unknown"), ("openai", "uncounted")):
            _, result, _ = self.whole(c, alone(provider, model))
            member = result["rounds"][0]["member_results"]["s0"]
            costs[model] = (member["cost"], result["cost"], result["cost_known"], result["members"]["s0"]["cost"])
        self.assertEqual(costs["priced"], (0.007, 0.007, True, 0.007))
        self.assertEqual(costs["told"], (0.07, 0.07, True, 0.07))
        self.assertEqual(costs["unknown"], (None, None, False, None))
        self.assertEqual(costs["uncounted"], (None, None, False, None))


class Keys(Case):
    def test_a_key_stands_nowhere(self):
        """Not even where a house sends it back: in an answer, in an error, in a header; prompts may be seen, keys never."""
        c = self.serve({"m": [{"reply": f"Your key is {KEY}, is it not?"}],
                        "bad": [{"status": 401, "error": {"message": f"Incorrect API key provided: {KEY}", "type": "auth"},
                                 "headers": {"request-id": f"req-{KEY}"}}],
                        "page": [{"body": f"HTTP/1.1 500 x\r\nContent-Length: {len(KEY) + 2}\r\n\r\n{KEY}\r\n".encode()}]},
                       headers={"X-Team-Token": "team-t0ken-0123456789"})
        for house in WIRES:
            for model in ("m", "bad", "page"):
                run = c.start(alone(house, model, retry={"max_attempts": 1}), "Which way, my dear?", monitor=True,
                              subscribe={"deltas": True}, verbose="debug")
                c.down(run["ref"], 60)
                c.call("run.await", run_id=run["run_id"])
        sent = [call["headers"] for call in self.server.calls]
        self.assertEqual(len(sent), 3 * len(WIRES))
        self.assertTrue(all(KEY in str(h) and "team-t0ken" in str(h) for h in sent), "the keys did go out")
        everything = json.dumps(c.log).encode()
        for folder, _, files in os.walk(self.daemons[0].dir):
            for name in files:
                if name not in ("runner", "sock", "config.json"):
                    with open(os.path.join(folder, name), "rb") as f:
                        everything += f.read()
        self.assertIn(b"Which way, my dear?", everything)
        self.assertIn(b"[redacted:key]", everything)
        for secret in (KEY, "team-t0ken-0123456789"):
            self.assertNotIn(secret.encode(), everything)
