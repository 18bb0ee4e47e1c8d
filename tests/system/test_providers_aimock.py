"""Every wire format against aimock, which imitates the providers: a field of the wrong name or an event read wrong
would take a whole house out of every council, and no unit test that we wrote ourselves would know."""
import json
import os
import shutil
import tempfile

import harness
import peers
from harness import Stopwatch
from test_council import CouncilCase, alone

KEY = "sk-test-" + "fedcba9876543210" * 2
TEXT = "Go left: the road is shorter, \u00c4pfel grow there, and \u4e2d\u6587 is spoken."
VOTE = {"type": "object", "properties": {"rationale": {"type": "string"}, "side": {"type": "string", "enum": ["left", "right"]}},
        "required": ["rationale", "side"], "additionalProperties": False}
CHOICE = {"rationale": "shorter", "side": "left"}
# name: (type, path of the base URL, further members of the configuration)
HOUSES = {
    "openai": ("openai", "/v1", {}),
    "openai_responses": ("openai_responses", "/v1", {}),
    "anthropic": ("anthropic", "/v1", {}),
    "gemini": ("gemini", "/v1beta", {}),
    "openrouter": ("openrouter", "/api/v1", {"title": "Council tests", "site_url": "https://example.org"}),
    "ollama": ("ollama", "", {}),
    "azure": ("openai", "", {"api_version": "2024-10-21"}),
}


def fixtures():
    """What each model does; one set for each house, since aimock counts how often each was asked."""
    ret = []
    for house in HOUSES:
        def add(model, response, house=house, match=None, **more):
            ret.append({"match": {"model": f"{model}-{house}", **(match or {})}, "response": response, **more})
        usage = {"prompt_tokens": 31, "completion_tokens": 17, "input_tokens": 31, "output_tokens": 17,
                 "promptTokenCount": 31, "candidatesTokenCount": 17}
        if house == "openrouter":
            usage["cost"] = 0.0125
        add("plain", {"content": TEXT, "usage": usage}, chunkSize=7)
        add("thinks", {"content": TEXT, "reasoning": "Hm, let me see."})
        form = {"toolCalls": [{"name": "council_answer", "arguments": json.dumps(CHOICE)}]} if house == "anthropic" \
            else {"content": json.dumps(CHOICE)}
        add("form", form)
        add("limited", {"error": {"message": "slow down, please", "type": "rate_limit_error"}, "status": 429, "retryAfter": 1},
            match={"sequenceIndex": 0})
        add("limited", {"content": "later"}, match={"sequenceIndex": 1})
        add("broken", {"error": {"message": "boom, says the house", "type": "server_error"}, "status": 500})
        add("refused", {"error": {"message": "no such key", "type": "authentication_error"}, "status": 401})
        add("malformed", {"content": "x"}, chaos={"malformedRate": 1})
        add("cut", {"content": TEXT}, chunkSize=5, latency=20, truncateAfterChunks=8)
        add("dropped", {"content": TEXT}, chaos={"disconnectRate": 1})
        add("slow", {"content": TEXT}, latency=4000)
        add("long", {"content": TEXT, "finishReason": "length"})
    return ret


@peers.from_npm
class Aimock(CouncilCase):
    """One aimock for all tests of a class: it takes longer to start than a council takes to run."""

    @classmethod
    def setUpClass(cls):
        cls.place = tempfile.mkdtemp(prefix="councild-aimock-", dir=os.environ.get("COUNCILD_TEST_TMP", "/tmp"))
        cls.aimock = peers.Aimock(cls.place, fixtures())

    @classmethod
    def tearDownClass(cls):
        cls.aimock.close()
        shutil.rmtree(cls.place, ignore_errors=True)

    def houses(self, **more):
        d = self.new_daemon(runner=os.path.join(harness.BUILD, "council-runner"), **more)
        d.flags["config"] = os.path.join(d.dir, "config.json")
        with open(d.flags["config"], "w") as f:
            json.dump({"providers": {name + way: {"type": type, "base_url": self.aimock.url + path, "key_env": "TEST_KEY",
                                                  "stream": not way, **rest}
                                     for name, (type, path, rest) in HOUSES.items() for way in ("", "-whole")}}, f)
        self.d = d.start(env={"TEST_KEY": KEY})
        return self.d.client(60)

    def requests(self, model):
        return [e for e in self.aimock.journal() if (e["body"] or {}).get("model") == model or f"/{model}/" in e["path"]
                or f"/{model}:" in e["path"]]


class House:
    """The tests of one house; `name` says which."""
    name = None

    def setUp(self):
        super().setUp()
        self.c = self.houses()

    def ask(self, model, retry=None, provider=None, **more):
        document = alone(provider or self.name, f"{model}-{self.name}", retry=retry or {"max_attempts": 1}, **more)
        down, result, events = self.whole(self.c, document, subscribe={"deltas": True})
        self.assertReason(down, kind="normal")
        return result["rounds"][0]["member_results"]["s0"], events

    def error(self, model, **more):
        member, events = self.ask(model, **more)
        return member, next(e for e in events if e["type"] == "attempt_failed")["error"]

    def test_plain(self):
        """In one piece: the answer, the usage, the key in the header where this house looks for it."""
        member, events = self.ask("plain", provider=f"{self.name}-whole", temperature=0.5, top_p=0.9, max_tokens=77)
        self.assertEqual((member["status"], member["content"], member["finish_reason"]), ("ok", TEXT, "stop"))
        request = self.requests(f"plain-{self.name}")[-1]
        self.assertFalse(request["body"].get("stream"))
        self.assertNotIn("stream", request["path"])
        header = {"anthropic": "x-api-key", "gemini": "x-goog-api-key", "azure": "api-key"}.get(self.name, "authorization")
        self.assertIn(header, request["headers"])
        self.assertEqual([h for h in ("x-api-key", "x-goog-api-key", "api-key", "authorization") if h in request["headers"]],
                         [header])
        self.assertEqual([m["role"] for m in request["body"]["messages"]], ["system", "user"])
        if "temperature" in request["body"]:
            self.assertEqual(request["body"]["temperature"], 0.5)
        if self.name == "openrouter":
            self.assertEqual((request["headers"]["x-title"], request["headers"]["http-referer"]),
                             ("Council tests", "https://example.org"))

    def test_streaming(self):
        """Token by token: the deltas are the answer, and the first came before the last."""
        member, events = self.ask("plain")
        tokens = [e for e in events if e["type"] == "member_token"]
        self.assertEqual((member["status"], member["content"]), ("ok", TEXT))
        self.assertGreater(len(tokens), 3)
        self.assertEqual("".join(e["text"] for e in tokens), TEXT)
        self.assertEqual([e["n"] for e in tokens], list(range(len(tokens))))
        exchange = next(e for e in events if e["type"] == "exchange_completed")
        self.assertIsInstance(exchange["first_token_ms"], int)
        request = self.requests(f"plain-{self.name}")[-1]
        self.assertTrue(request["body"].get("stream") or "stream" in request["path"])

    def test_usage(self):
        """Tokens as the house counts them; its own cost where it tells one."""
        member, _ = self.ask("plain")
        if self.name == "ollama":       # aimock counts nothing there
            self.assertEqual((member["usage"]["input_tokens"], member["usage"]["output_tokens"]), (0, 0))
        else:
            self.assertEqual((member["usage"]["input_tokens"], member["usage"]["output_tokens"]), (31, 17))
        self.assertEqual(member["cost"], 0.0125 if self.name == "openrouter" else None)

    def test_structured_output(self):
        """The schema goes out in the house's own way and the value comes back parsed."""
        member, _ = self.ask("form", output_schema_inline=VOTE)
        self.assertEqual((member["status"], member["parsed"]), ("ok", CHOICE))
        body = self.requests(f"form-{self.name}")[-1]["body"]
        if self.name == "anthropic":
            self.assertEqual(body["tools"][0]["function"]["parameters"], VOTE)
        elif self.name in ("openai", "azure", "openrouter"):
            self.assertEqual(body["response_format"]["json_schema"]["schema"], VOTE)
            self.assertTrue(body["response_format"]["json_schema"]["strict"])

    def test_429_with_retry_after(self):
        watch = Stopwatch()
        member, events = self.ask("limited", retry={"max_attempts": 2, "base_ms": 0})
        error = next(e for e in events if e["type"] == "attempt_failed")["error"]
        self.assertEqual((error["code"], error["kind"], error["http_status"], error["retry_after_ms"]),
                         ("rate_limited", "transient", 429, 1000))
        self.assertIn("slow down, please", error["message"])
        self.assertGreaterEqual(watch.seconds, 1.0)
        self.assertEqual((member["status"], member["content"], len(member["attempts"])), ("ok", "later", 2))

    def test_500(self):
        member, error = self.error("broken")
        self.assertEqual((error["code"], error["kind"], error["http_status"]), ("server_error", "transient", 500))
        self.assertIn("boom, says the house", error["message"])
        self.assertTrue(error["context"]["request_id"].startswith("req-"))
        self.assertEqual(member["status"], "error")

    def test_401_is_not_tried_again(self):
        member, error = self.error("refused", retry={"max_attempts": 3, "base_ms": 0})
        self.assertEqual((error["code"], error["kind"]), ("auth", "permanent"))
        self.assertEqual(len(member["attempts"]), 1)

    def test_malformed_json(self):
        _, error = self.error("malformed")
        self.assertEqual((error["code"], error["kind"]), ("bad_response", "transient"))

    def test_disconnect_in_the_stream(self):
        member, events = self.ask("cut")
        error = next(e for e in events if e["type"] == "attempt_failed")["error"]
        self.assertEqual(error["kind"], "transient")
        self.assertIn(error["code"], ("connection_lost", "bad_response"))
        self.assertTrue([e for e in events if e["type"] == "member_token"], "something had come")
        self.assertIsNone(member["content"])

    def test_disconnect_before_the_answer(self):
        _, error = self.error("dropped")
        self.assertEqual((error["code"], error["kind"]), ("connection_lost", "transient"))

    def test_latency(self):
        """A first token that takes too long ends the attempt, not the run."""
        watch = Stopwatch()
        member, error = self.error("slow", timeouts={"first_token_ms": 400})
        self.assertEqual((member["status"], member["reason"], error["code"]), ("timeout", "first_token", "first_token"))
        self.assertBetween(watch.seconds, 0.4, 3.9)

    def test_cut_by_max_tokens(self):
        member, _ = self.ask("long")
        self.assertEqual((member["status"], member["finish_reason"]), ("ok", "stop" if self.name == "ollama" else "length"))


def tests_of(house):
    return type(house.title().replace("_", ""), (House, Aimock), {"name": house})


OpenAI, OpenAIResponses, Anthropic, Gemini, OpenRouter, Ollama, Azure = (tests_of(h) for h in HOUSES)


class Reasoning(Aimock):
    def test_thoughts_are_no_part_of_the_answer(self):
        c = self.houses()
        for house in ("openai", "openai_responses", "anthropic", "gemini", "openrouter"):    # aimock's Ollama never thinks
            with self.subTest(house):
                _, result, events = self.whole(c, alone(house, f"thinks-{house}"), subscribe={"deltas": True})
                member = result["rounds"][0]["member_results"]["s0"]
                self.assertEqual((member["status"], member["content"]), ("ok", TEXT))
                thoughts = "".join(e["text"] for e in events if e["type"] == "member_reasoning")
                self.assertEqual(thoughts, "Hm, let me see.")


@peers.from_npm
class MixedCouncil(CouncilCase):
    """Four houses at one table, in the three stages."""

    def test_four_houses(self):
        place = self.path("aimock")
        os.mkdir(place)
        seats = {"openai": "gpt-x", "anthropic": "claude-x", "gemini": "gemini-x", "ollama": "llama-x"}
        ranking = {"rationale": "clear", "ordering": ["Response A", "Response B", "Response C", "Response D"], "confidence": 0.8}
        answers = []
        for house, model in seats.items():
            ballot = {"toolCalls": [{"name": "council_answer", "arguments": json.dumps(ranking)}]} if house == "anthropic" \
                else {"content": json.dumps(ranking)}
            answers += [{"match": {"model": model, "userMessage": "Judge each response"}, "response": ballot},
                        {"match": {"model": model}, "response": {"content": f"Left, says {house}."}}]
        answers += [{"match": {"model": "r-chair"}, "response": {"content": "Final: left."}}]
        aimock = peers.Aimock(place, answers)
        self.addCleanup(aimock.close)
        paths = {name: {"type": type, "base_url": aimock.url + path, "key_env": "OPENAI_API_KEY", **more}
                 for name, (type, path, more) in HOUSES.items()}
        c = self.council_daemon(providers=paths).client(60)
        document = {"schema_version": 1, "id": "mixed", "chair": {"provider": "openai_responses", "model": "r-chair"},
                    "rounds": [{"type": "independent_analysis"}, {"type": "anonymized_peer_review"}, {"type": "synthesis"}],
                    "members": [{"id": f"s{n}", "provider": p, "model": m} for n, (p, m) in enumerate(seats.items())]}
        down, result, events = self.whole(c, document)
        self.assertReason(down, kind="normal")
        self.assertEqual((result["outcome"], result["degraded"], result["heard"]), ("complete", False, {"ok": 8, "of": 8}))
        self.assertEqual(result["final"]["content"], "Final: left.")
        self.assertEqual({m["provider"] for m in result["members"].values()}, {*seats, "openai_responses"})
        self.assertEqual(len(result["rounds"][1]["aggregate"]["report"]["judge_ballots"]), 4)
        said = {r["content"] for r in result["rounds"][0]["member_results"].values()}
        self.assertEqual(said, {f"Left, says {house}." for house in seats})
        self.orderly(events)
