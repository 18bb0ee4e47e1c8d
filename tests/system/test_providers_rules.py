"""What the operator says of all providers holds in every run, and nothing that a document says changes it."""
import json
import os
import signal

import harness
import peers
from test_council import CouncilCase, alone

RUNNER = os.path.join(harness.BUILD, "council-runner")


class Rules(CouncilCase):
    def serve(self, catalogue_dir=None, **config):
        """A server, and a daemon with that configuration that knows it under each format."""
        self.server = peers.LlmServer({})
        self.addCleanup(self.server.close)
        d = self.new_daemon(f"d{len(self.daemons)}", runner=RUNNER, **({"catalogue_dir": catalogue_dir} if catalogue_dir else {}))
        d.flags["config"] = os.path.join(d.dir, "config.json")
        providers = {name: {"type": name, "base_url": self.server.url, "key_env": None}
                     for name in ("openai", "openai_responses", "anthropic", "openrouter")}
        self.config = {"providers": providers, **config}
        self.write(d)
        return d.start()

    def write(self, d):
        with open(d.flags["config"], "w") as f:
            json.dump(self.config, f)

    def reload(self, d, *said):
        before = len(d.log_lines(said[0]))
        d.signal(signal.SIGHUP)
        harness.wait_until(lambda: len(d.log_lines(said[0])) > before, what=said[0])
        for words in said:
            self.assertIn(words, d.log())

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
        self.reload(d, "reload failed", "allow_options: telepathy is no wire format")


class Models(Rules):
    """A family that is newer than councild was asked in the words of an old one until the next release."""

    def knowing(self, *rows, name="models.json", **config):
        self.place = self.path("catalogue")
        os.makedirs(self.place, exist_ok=True)
        self.file = os.path.join(self.place, name)
        self.tell(*rows)
        return self.serve(catalogue_dir=self.place, **config)

    def tell(self, *rows):
        with open(self.file, "w") as f:
            json.dump({"schema_version": 1, "date": "2026-11-27", "families": rows}, f)

    def limits(self):
        """By which names each request took its limit."""
        return [[name for name in ("max_tokens", "max_completion_tokens", "max_output_tokens") if name in call["body"]]
                for call in self.server.calls]

    def test_runs_probes_and_resumptions(self):
        """All three ask as the table says."""
        c = self.knowing({"prefix": "new-", "max_tokens": "max_completion_tokens"}).client(60)
        self.asked(c, "openai", "new-1", max_tokens=99)
        self.asked(c, "openai", "old-1", max_tokens=99)
        self.assertEqual(self.limits(), [["max_completion_tokens"], ["max_tokens"]])
        self.server.calls.clear()
        self.assertTrue(c.call("provider.check", council=alone("openai", "new-1"))["rows"])
        self.assertEqual(self.limits(), [["max_completion_tokens"]] * 2)
        self.server.calls.clear()
        self.server.script = {"new-1": [{"stall_after": 0}, {}]}
        run = c.start(alone("openai", "new-1", max_tokens=99), monitor=True)
        harness.wait_until(lambda: self.server.calls, what="it is asked")
        c.call("run.terminate", run_id=run["run_id"])
        again = c.call("run.start", options={"resume_from": run["run_id"]}, monitor=True)
        self.assertEqual(c.down(again["ref"])["outcome"], "complete")
        self.assertEqual(self.limits(), [["max_completion_tokens"]] * 2)

    def test_reload(self):
        d = self.knowing()
        c = d.client(60)
        self.asked(c, "openai", "new-1", max_tokens=99)
        self.tell({"prefix": "new-", "max_tokens": "max_completion_tokens"})
        self.reload(d, "reloaded")
        self.asked(c, "openai", "new-1", max_tokens=99)
        self.assertEqual(self.limits(), [["max_tokens"], ["max_completion_tokens"]])
        self.tell({"prefix": "new-", "max_token": "x"})
        self.reload(d, "reload failed", "models: " + self.file + ": families[0]: unknown field max_token")
        self.asked(c, "openai", "new-1", max_tokens=99)
        self.assertEqual(self.limits()[2], ["max_completion_tokens"])

    def test_a_file_of_another_name(self):
        d = self.knowing({"prefix": "new-", "max_tokens": "max_completion_tokens"}, name="mine.json", models=self.path("catalogue/mine.json"))
        self.asked(d.client(60), "openai", "new-1", max_tokens=99)
        self.assertEqual(self.limits(), [["max_completion_tokens"]])
        self.config["models"] = self.path("nowhere.json")
        self.write(d)
        self.reload(d, "reload failed", "nowhere.json")

    def test_moved_to_responses(self):
        """Where chat completions do not offer a model: asked and read as responses, options in their places."""
        c = self.knowing({"prefix": "new-", "responses": "always"}).client(60)
        self.server.script = {"new-1": [{"reply": "one two"}]}
        body = self.asked(c, "openai", "new-1", max_tokens=99, provider_options={"reasoning_effort": "low"})
        self.assertEqual((self.server.calls[0]["path"], body["max_output_tokens"], body["reasoning"]),
                         ("/v1/responses", 99, {"effort": "low"}))

    def test_how_much_it_takes(self):
        c = self.knowing({"prefix": "new-", "context": 4096}).client(60)
        self.server.script = {"new-1": [{"status": 400, "error": {"message": "This model's maximum context length is 4096 tokens."}}]}
        _, result, events = self.whole(c, alone("openai", "new-1", retry={"max_attempts": 1}))
        error = next(e for e in events if e["type"] == "attempt_failed")["error"]
        self.assertEqual((error["code"], error["context"]), ("context_length", {"context_tokens": 4096}))

    def test_what_is_shipped(self):
        """`make install` puts it into the catalogue that is searched last; a daemon on the examples reads it."""
        d = self.serve(catalogue_dir=os.path.join(harness.ROOT, "examples"))
        self.asked(d.client(60), "openai", "gpt-6-mini", max_tokens=99)
        self.assertEqual(self.limits(), [["max_completion_tokens"]])
        self.assertTrue(d.log_lines("families of models"))


class Addresses(Rules):
    """A base_url, or a name that leads there, reached the service that hands out the machine's own credentials."""

    def failure(self, c, **more):
        _, result, events = self.whole(c, alone("openai", retry={"max_attempts": 5, "base_ms": 0}, **more))
        failed = [e for e in events if e["type"] == "attempt_failed"]
        self.assertEqual([e["error"]["kind"] for e in failed], ["permanent"], "asked once")
        return failed[0]["error"]

    def test_denied_and_allowed(self):
        for rules, permitted in (({}, True), ({"deny_addresses": ["127.0.0.0/8"]}, False), ({"allow_addresses": ["192.0.2.0/24"]}, False),
                                 ({"allow_addresses": ["127.0.0.1"], "deny_addresses": ["127.0.0.0/8"]}, True)):
            with self.subTest(rules):
                c = self.serve(**rules).client(60)
                if permitted:
                    self.asked(c, "openai")
                    continue
                error = self.failure(c)
                self.assertEqual(error["code"], "connect")
                self.assertIn("deny_addresses", error["message"])
                rows = c.call("provider.check", council=alone("openai"))["rows"]
                self.assertEqual([r["check"] for r in rows if r["status"] == "failed"], ["connect"])
                self.assertEqual(self.server.calls, [])

    def test_metadata_by_default(self):
        """By address and by name, without a packet."""
        d = self.serve()
        for host in ("169.254.169.254", "[fe80::1%25lo]", "[::ffff:169.254.169.254]"):
            self.config["providers"]["openai"]["base_url"] = f"http://{host}/v1"
            self.write(d)
            self.reload(d, "reloaded")
            with self.subTest(host):
                self.assertIn("deny_addresses", self.failure(d.client(60))["message"])

    def test_wrong_lists(self):
        d = self.serve()
        for key in ("allow_addresses", "deny_addresses"):
            self.config = {"providers": {}, key: ["10.0.0.0/8", "somewhere"]}
            self.write(d)
            self.reload(d, "reload failed", key + ": entry 1 must be an IP address")
