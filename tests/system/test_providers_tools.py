"""Members that call tools, in whole runs: the round trip in every wire format, commands that hang, flood and crash, and
the official reference server of the Model Context Protocol. A tool may fail in any way; the run goes on and says so."""
import json
import os
import re

import harness
import peers
from harness import Stopwatch, wait_until
from test_council import CouncilCase, alone
from test_providers_aimock import HOUSES

KEY = "sk-test-" + "8899aabbccddeeff" * 2
SHELL = "/bin/sh"


def command(script, **more):
    return {"kind": "command", "argv": [SHELL, "-c", script], "description": "looks things up",
            "parameters": {"type": "object", "properties": {"q": {"type": "string"}}}, **more}


class Case(CouncilCase):
    def aimock(self, answers):
        place = self.path(f"aimock{len(self.daemons)}")
        os.mkdir(place)
        mock = peers.Aimock(place, answers)
        self.addCleanup(mock.close)
        return mock

    def calls_then_says(self, model, *calls, text="That settles it."):
        """A model that calls the tools in its first turn and answers in its second."""
        return [{"match": {"model": model, "hasToolResult": False},
                 "response": {"toolCalls": [{"name": name, "arguments": json.dumps(args)} for name, args in calls]}},
                {"match": {"model": model, "hasToolResult": True}, "response": {"content": text}}]

    def knowing(self, mock, tools, **more):
        d = self.new_daemon(f"d{len(self.daemons)}", runner=os.path.join(harness.BUILD, "council-runner"), **more)
        os.makedirs(os.path.join(d.catalogue, "tools"))
        for name, document in tools.items():
            with open(os.path.join(d.catalogue, "tools", name + ".json"), "w") as f:
                json.dump(document, f)
        d.flags["config"] = os.path.join(d.dir, "config.json")
        with open(d.flags["config"], "w") as f:
            json.dump({"providers": {name: {"type": type, "base_url": mock.url + path, "key_env": "TEST_KEY", **rest}
                                     for name, (type, path, rest) in HOUSES.items()}}, f)
        self.d = d.start(env={"TEST_KEY": KEY})
        return d.client(60)

    def ask(self, c, provider="openai", model="m", **more):
        down, result, events = self.whole(c, alone(provider, model, **more))
        self.assertReason(down, kind="normal")
        self.orderly(events)
        return result["rounds"][0]["member_results"]["s0"], events

    def sleepers(self):
        """What sleeps below the daemon."""
        found, look = [], [self.d.pid]
        while look:
            look = [child for p in look for child in harness.children(p)]
            found += [harness.Process(p) for p in look if os.path.basename(harness.exe_of(p) or "") == "sleep"]
        return found

    def results(self, events):
        return {e["name"]: e for e in events if e["type"] == "tool_call_result"}


@peers.from_npm
class RoundTrip(Case):
    def test_every_house(self):
        """The call goes to the tool, its result back to the model, in the words of each house."""
        answers = [a for house in HOUSES for a in self.calls_then_says(f"m-{house}", ("look", {"q": "left or right"}))]
        mock = self.aimock(answers)
        c = self.knowing(mock, {"look": command("""read line; echo "you asked: $line, go $((6 * 7))" """)})
        for house in HOUSES:
            for stream in (True, False):
                with self.subTest(house, stream=stream):
                    member, events = self.ask(c, house, f"m-{house}", tools=["look"], stream=stream)
                    self.assertEqual((member["status"], member["content"]), ("ok", "That settles it."))
                    self.assertEqual([(t["name"], t["ok"]) for t in member["tool_calls"]], [("look", True)])
                    self.assertEqual(self.results(events)["look"]["result"].strip(), 'you asked: {"q":"left or right"}, go 42')
                    turns = [e["body"] for e in mock.journal() if (e["body"] or {}).get("model") == f"m-{house}"
                             or f"/m-{house}" in e["path"]][-2:]
                    self.assertEqual(turns[0]["tools"][0]["function"]["name"], "look")
                    self.assertIn("go 42", json.dumps(turns[1]["messages"]))
                    roles = [m["role"] for m in turns[1]["messages"]]
                    self.assertEqual(roles, ["system", "user", "assistant", "tool"])

    def test_several_at_once(self):
        mock = self.aimock(self.calls_then_says("m", ("one", {"q": "a"}), ("two", {"q": "b"}), ("three", {})))
        c = self.knowing(mock, {n: command(f"sleep 0.4; echo {n}") for n in ("one", "two", "three")})
        for house in ("openai", "anthropic"):
            member, events = self.ask(c, house, tools=["one", "two", "three"])
            self.assertEqual({n: r["result"].strip() for n, r in self.results(events).items()},
                             {"one": "one", "two": "two", "three": "three"})
            begun = [e["ms"] for e in events if e["type"] == "tool_call_request"]
            self.assertLess(max(begun) - min(begun), 400, "side by side")


@peers.from_npm
class BadTools(Case):
    def test_hang_flood_crash(self):
        """Each is an answer to the model; what it left behind is gone before the run is."""
        mark = self.path("mark")
        tools = {"hangs": command(f"echo > {mark}; sleep 600", write=[self.dir]),
                 "floods": command("while :; do echo floodfloodfloodfloodflood; done"),
                 "crashes": command("kill -SEGV $$"),
                 "fails": command("echo no such road >&2; exit 3"),
                 "missing": {**command(""), "argv": ["/no/such/program"]},
                 "deaf": command("exec <&-; echo fine")}
        mock = self.aimock(self.calls_then_says("m", *((name, {"q": "x" * 70000 if name == "deaf" else "x"}) for name in tools)))
        c = self.knowing(mock, tools)
        watch = Stopwatch()
        member, events = self.ask(c, tools=list(tools), tool_timeout_ms=1500, tool_concurrency=8)
        self.assertLess(watch.seconds, 20)
        self.assertEqual((member["status"], member["content"]), ("ok", "That settles it."))
        results = self.results(events)
        self.assertEqual({n: r["ok"] for n, r in results.items()}, {n: n == "deaf" for n in tools})
        self.assertIn("1500 ms", results["hangs"]["error"])
        self.assertRegex(results["floods"]["error"], r"more than \d+ bytes")
        self.assertIn("SIGSEGV", results["crashes"]["error"])
        self.assertIn("exit status 3: no such road", results["fails"]["error"])
        self.assertIn("/no/such/program", results["missing"]["error"])
        self.assertTrue(os.path.exists(mark))
        wait_until(lambda: not self.sleepers(), 5, "the tool that hung is gone")

    def test_killed_with_its_run(self):
        mark = self.path("mark")
        mock = self.aimock(self.calls_then_says("m", ("hangs", {})))
        c = self.knowing(mock, {"hangs": command(f"echo > {mark}; sleep 600 & wait", write=[self.dir])})
        run = c.start(alone("openai", "m", tools=["hangs"]), monitor=True)
        wait_until(lambda: os.path.exists(mark) and os.path.getsize(mark), 20, "the tool runs")
        tools = wait_until(self.sleepers, 5, "the tool sleeps")
        c.call("run.terminate", 20, run_id=run["run_id"])
        c.down(run["ref"], 20)
        for tool in tools:
            wait_until(tool.gone, 5, "the tool is gone with its run")

    def test_clean_surroundings(self):
        """No key in the environment, no descriptor of the runner."""
        mock = self.aimock(self.calls_then_says("m", ("peeks", {})))
        c = self.knowing(mock, {"peeks": command("env; echo fds: /proc/self/fd/*")})
        _, events = self.ask(c, tools=["peeks"])
        text = self.results(events)["peeks"]["result"]
        self.assertNotIn(KEY, text)
        self.assertNotIn("TEST_KEY", text)
        self.assertNotIn("redacted", text)
        numbers = {int(n) for n in re.findall(r"/proc/self/fd/(\d+)", text)}
        self.assertLessEqual(numbers, {0, 1, 2, 3}, "3 is the shell's own look at the folder")


@peers.from_npm
class Mcp(Case):
    """@modelcontextprotocol/server-everything over stdio."""

    def setUp(self):
        super().setUp()
        self.argv = [peers.node(), os.path.join(peers.MODULES, "@modelcontextprotocol", "server-everything", "dist", "index.js")]

    def server(self, **more):
        return {"kind": "mcp", "argv": self.argv, "read": [peers.MODULES], **more}

    def test_listed_and_called(self):
        tools = {"echo": self.server(),
                 "add": self.server(tool="get-sum", description="adds, says the operator"),
                 "get-env": self.server(),
                 "no-such": self.server()}
        mock = self.aimock(self.calls_then_says("m", ("echo", {"message": "\u00c4pfel"}), ("add", {"a": 40, "b": 2}), ("get-env", {}),
                                                ("no-such", {})))
        c = self.knowing(mock, tools)
        for house in ("openai", "anthropic", "gemini"):
            with self.subTest(house):
                member, events = self.ask(c, house, tools=list(tools))
                self.assertEqual((member["status"], member["content"]), ("ok", "That settles it."))
                results = self.results(events)
                self.assertEqual(results["echo"]["result"], "Echo: \u00c4pfel")
                self.assertEqual(results["add"]["result"], "The sum of 40 and 2 is 42.")
                self.assertFalse(results["no-such"]["ok"])
                self.assertEqual(json.loads(results["get-env"]["result"]), {}, "what its entry names, and nothing else")
                self.assertNotIn(KEY, json.dumps(events))
                self.assertNotIn("redacted", results["get-env"]["result"], "the server never had the key")
        bodies = [e["body"] for e in mock.journal()]
        told = {t["function"]["name"]: t["function"] for t in bodies[0]["tools"]}
        self.assertEqual(told["echo"]["description"], "Echoes back the input string")
        self.assertEqual(told["echo"]["parameters"]["required"], ["message"])
        self.assertEqual(told["add"]["description"], "adds, says the operator")
        self.assertEqual(set(told["add"]["parameters"]["properties"]), {"a", "b"})
        processes = [p for p in self.d.processes() if harness.exe_of(p) == os.path.realpath(self.argv[0])]
        self.assertEqual(processes, [], "servers end with their run")

    def test_arguments_that_do_not_fit(self):
        """The server's schema is held against what the model wrote, before the server sees it."""
        mock = self.aimock(self.calls_then_says("m", ("add", {"a": "forty"})))
        c = self.knowing(mock, {"add": self.server(tool="get-sum")})
        member, events = self.ask(c, tools=["add"])
        self.assertEqual(member["status"], "ok")
        self.assertFalse(self.results(events)["add"]["ok"])

    def test_a_server_that_cannot_be_listed(self):
        """It is gone, or says nothing: the run begins all the same, within seconds, and the model is told."""
        for argv, why in (([SHELL, "-c", "exit 1"], "gone"), ([SHELL, "-c", "exec sleep 600"], "no result")):
            with self.subTest(why):
                mock = self.aimock(self.calls_then_says("m", ("lost", {})))
                c = self.knowing(mock, {"lost": {"kind": "mcp", "argv": argv}})
                watch = Stopwatch()
                member, events = self.ask(c, tools=["lost"], tool_timeout_ms=500)
                self.assertLess(watch.seconds, 15)
                self.assertEqual((member["status"], member["content"]), ("ok", "That settles it."))
                self.assertIn(why, self.results(events)["lost"]["error"])

    def test_a_document_cannot_bring_a_server(self):
        c = self.knowing(self.aimock(self.calls_then_says("m")), {})
        own = {"name": "mine", "kind": "mcp", "description": "x"}
        error = c.start_error(alone("openai", "m", tools=[own]))
        self.assertEqual(error.reason, "invalid_council")
        self.assertIn("bad_tool", json.dumps(error.data))
