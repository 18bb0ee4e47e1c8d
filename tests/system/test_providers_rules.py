"""What the operator says of all providers holds in every run, and nothing that a document says changes it."""
import json
import os

import harness
import peers
from test_council import CouncilCase, alone

RUNNER = os.path.join(harness.BUILD, "council-runner")


class Rules(CouncilCase):
    def serve(self, **config):
        """A server, and a daemon with that configuration that knows it under each format."""
        self.server = peers.LlmServer({})
        self.addCleanup(self.server.close)
        d = self.new_daemon(runner=RUNNER)
        d.flags["config"] = os.path.join(d.dir, "config.json")
        providers = {name: {"type": name, "base_url": self.server.url, "key_env": None}
                     for name in ("openai", "openai_responses", "anthropic", "openrouter")}
        self.config = {"providers": providers, **config}
        self.write(d)
        return d.start()

    def write(self, d):
        with open(d.flags["config"], "w") as f:
            json.dump(self.config, f)

    def asked(self, c, provider, model="m", **more):
        """The body of the request that a seat's question became."""
        _, result, _ = self.whole(c, alone(provider, model, retry={"max_attempts": 1}, **more))
        self.assertEqual(result["outcome"], "complete")
        return self.server.calls[-1]["body"]


class Options(Rules):
    """A document named OpenRouter's `models`, and another model answered at its own price."""

    def test_only_what_is_listed(self):
        c = self.serve(allow_options={"openrouter": ["plugins"]}).client(60)
        for provider, options, name in (("openrouter", {"models": ["dear/one"]}, "models"), ("openai", {"store": True}, "store"),
                                        ("openai_responses", {"previous_response_id": "resp_1"}, "previous_response_id"),
                                        ("anthropic", {"mcp_servers": []}, "mcp_servers"), ("openai", {"plugins": []}, "plugins")):
            with self.subTest(name):
                fault, = c.start_error(alone(provider, provider_options=options)).data["errors"]
                self.assertEqual((fault["path"], fault["code"]), ("/members/0/provider_options/" + name, "option_not_allowed"))
                self.assertIn("allow_options", fault["message"])
        self.assertEqual(self.server.calls, [])
        body = self.asked(c, "openrouter", provider_options={"plugins": [{"id": "x"}], "seed": 7})
        self.assertEqual((body["plugins"], body["seed"]), ([{"id": "x"}], 7))

    def test_a_fallback_of_another_format(self):
        """The seat's own provider takes any option; what the fallback may not be given is not sent to it."""
        c = self.serve().client(60)
        script = {"script": {"*": [{"error": "auth"}]}, "store": True, "seed": 3}
        body = self.asked(c, "mock", provider_options=script, fallback=[{"provider": "openai", "model": "m"}])
        self.assertEqual(body["seed"], 3)
        self.assertNotIn("store", body)
        self.assertNotIn("script", body)

    def test_a_wrong_list_does_not_start(self):
        d = self.serve()
        self.config["allow_options"] = {"telepathy": ["x"]}
        self.write(d)
        d.signal(1)
        harness.wait_until(lambda: d.log_lines("reload failed"), what="the reload fails")
        self.assertIn("allow_options: telepathy is no wire format", d.log())
