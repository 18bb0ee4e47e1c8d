"""The tool keeper beside a run. A runner that starts tools by itself shows them its keys for the blink of a fork, and can never give up
starting processes; the keeper is another program that has neither keys nor record, is there only where it is needed, and outlives
nothing."""
import ctypes
import json
import os
import re
import signal
import sys

import harness
import peers
from harness import wait_until
from test_council import RUNNER, CouncilCase, alone

KEY = "sk-test-" + "8899aabbccddeeff" * 2


def calls(name, arguments="{}", id="c1"):
    """The whole reply of a model that wants a tool."""
    call = {"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}
    body = json.dumps({"id": "x", "object": "chat.completion", "model": "m", "choices": [
        {"index": 0, "finish_reason": "tool_calls", "message": {"role": "assistant", "content": None, "tool_calls": [call]}}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}}).encode()
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
    return {"body": head % len(body) + body}


def command(script, **more):
    return {"kind": "command", "argv": ["/bin/sh", "-c", script], "description": "looks things up",
            "parameters": {"type": "object"}, **more}


class ToolCase(CouncilCase):
    def knowing(self, tools, calling=None, env=None, before=None, provider=None, **flags):
        """A daemon whose catalogue has these tools; its model calls the named ones, one a turn, and is done then. provider:
        more members of that of the model."""
        script = [calls(name, id=f"c{n}") for n, name in enumerate(calling or tools)]
        server = peers.LlmServer({"m": [*script, {"reply": "That settles it."}]})
        self.addCleanup(server.close)
        d = self.new_daemon(f"d{len(self.daemons)}", runner=RUNNER, **{"sandbox": "best", **flags})
        os.makedirs(os.path.join(d.catalogue, "tools"))
        for name, document in tools.items():
            with open(os.path.join(d.catalogue, "tools", name + ".json"), "w") as f:
                json.dump(document, f)
        d.flags["config"] = os.path.join(d.dir, "config.json")
        with open(d.flags["config"], "w") as f:
            json.dump({"providers": {"llm": {"type": "openai", "base_url": server.url, "key_env": "TEST_KEY", **(provider or {})}}}, f)
        self.d = d.start(env={"TEST_KEY": KEY, **(env or {})}, before=before)
        return d.client(60)

    def asks(self, *tools, **more):
        return alone("llm", "m", tools=list(tools), stream=False, **more)

    def results(self, c, *tools, **more):
        """What came of the tools of a whole run, by name."""
        down, result, events = self.whole(c, self.asks(*tools, **more))
        self.assertReason(down, kind="normal")
        self.orderly(events)
        self.events = events
        return {e["name"]: e for e in events if e["type"] == "tool_call_result"}

    def result(self, c, name, **more):
        """The answer of a tool that has to be fine."""
        answer = self.results(c, name, **more)[name]
        self.assertTrue(answer["ok"], answer)
        return answer["result"]


def landlock_abi():
    """What the kernel says of itself; 0: it has none."""
    n = ctypes.CDLL(None).syscall(444, None, ctypes.c_size_t(0), 1)
    return max(n, 0)


def no_namespaces():
    """For the process that is to be a daemon, and all that comes of it: no more namespaces can be made."""
    uid, gid = os.getuid(), os.getgid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(0x10000000):        # CLONE_NEWUSER
        return                          # there are none anyway
    for name, text in (("uid_map", f"{uid} {uid} 1"), ("setgroups", "deny"), ("gid_map", f"{gid} {gid} 1")):
        with open(f"/proc/self/{name}", "w") as f:
            f.write(text)
    with open("/proc/sys/user/max_user_namespaces", "w") as f:
        f.write("0")


def arguments(pid):
    with open(f"/proc/{pid}/cmdline") as f:
        return f.read().split("\0")[:-1]


def memory_holds(pid, text):
    """Does a process have this text anywhere in its memory?"""
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb") as memory:
        for line in maps:
            low, high = (int(n, 16) for n in line.split()[0].split("-"))
            if not line.split()[1].startswith("r") or "[v" in line or high - low > 1 << 28:
                continue        # the sanitizers' shadow is larger than any memory
            try:
                memory.seek(low)
                if text in memory.read(high - low):
                    return True
            except OSError:
                continue
    return False


class Keeper(ToolCase):
    def waiting(self, script="echo > %s; exec sleep 600", **more):
        """A run whose tool hangs: its runner and its keeper."""
        mark = self.path("mark")
        c = self.knowing({"hangs": command(script % mark, write=[os.path.dirname(mark)], **more)})
        self.run_ = c.start(self.asks("hangs"), monitor=True)
        wait_until(lambda: os.path.exists(mark), 20, "the tool runs")
        keepers = [p for p in harness.children(self.run_["pid"]) if arguments(p)[1:] == ["--keeper"]]
        self.assertEqual(len(keepers), 1)
        self.assertEqual(harness.children(self.run_["pid"]), keepers, "the runner has no other child")
        return c, harness.Process(keepers[0])

    def test_it_has_neither_keys_nor_record(self):
        harness.needs_root("memory of another process")
        c, keeper = self.waiting()
        self.assertTrue(memory_holds(keeper.pid, b"exec sleep 600"), "the look finds what is there")
        self.assertFalse(memory_holds(keeper.pid, KEY.encode()))
        self.assertFalse(memory_holds(keeper.pid, b"Which way?"), "nor what is asked")
        targets = [os.readlink(f"/proc/{keeper.pid}/fd/{n}") for n in os.listdir(f"/proc/{keeper.pid}/fd")]
        self.assertEqual([t for t in targets if self.d.dir in t], [])
        self.assertEqual(sum(t.startswith("socket:") for t in targets), 1, "its own link alone")
        with open(f"/proc/{keeper.pid}/environ") as f:
            self.assertNotIn("TEST_KEY", f.read())

    def test_it_ends_with_its_runner(self):
        for number in (signal.SIGKILL, signal.SIGTERM):
            with self.subTest(number):
                c, keeper = self.waiting()
                tool = [harness.Process(p) for p in harness.children(keeper.pid)]
                self.assertTrue(tool)
                os.kill(self.run_["pid"], number)
                c.down(self.run_["ref"], 20)
                for process in (keeper, *tool):
                    wait_until(process.gone, 5, "it is gone with the run")
                os.unlink(self.path("mark"))

    def test_without_it_a_call_is_an_error(self):
        """Killed, it takes its tools along; the member hears of it and the run goes on."""
        c, keeper = self.waiting()
        tool = [harness.Process(p) for p in harness.children(keeper.pid)]
        os.kill(keeper.pid, signal.SIGKILL)
        self.assertReason(c.down(self.run_["ref"], 20), kind="normal")
        for process in tool:
            wait_until(process.gone, 5, "the tool is gone with its keeper")
        result = c.call("run.await", run_id=self.run_["run_id"])["result"]
        self.assertEqual(result["rounds"][0]["member_results"]["s0"]["content"], "That settles it.")

    def test_only_programs_need_one(self):
        c = self.knowing({"hangs": command("exec sleep 600")})
        c.start({**alone("mock", provider_options={"script": {"*": [{"text": "slow", "delay_ms": 60000}]}})}, monitor=True)
        runner = [p for p in harness.children(self.d.pid) if not harness.is_helper(p)]
        self.assertEqual(len(runner), 1)
        self.assertEqual(harness.children(runner[0]), [])


class Credentials(ToolCase):
    MINE, OTHER = "tool-secret-" + "a1b2c3d4" * 2, "tool-secret-" + "e5f6a7b8" * 2

    def test_a_program_has_those_that_its_entry_names(self):
        """In its environment, and nothing else; the provider's key and the other tool's are nowhere. What a tool says of them is
        replaced, so each tells their lengths."""
        look = "env | sed 's/=.*//' | sort | tr '\\n' ' '; echo ${#MINE} ${#OTHER} ${#TEST_KEY}"
        tools = {"one": command(look, credentials=["MINE"], env={"LANG": "C"}),
                 "two": command(look, credentials=["OTHER"]),
                 "none": command(look)}
        c = self.knowing(tools, env={"MINE": self.MINE, "OTHER": self.OTHER})
        told = {name: r["result"].split() for name, r in self.results(c, *tools).items()}
        self.assertIn("MINE", told["one"])
        self.assertEqual(told["one"][-3:], [str(len(self.MINE)), "0", "0"])
        self.assertEqual(told["two"][-3:], ["0", str(len(self.OTHER)), "0"])
        self.assertEqual(told["none"][-3:], ["0", "0", "0"])
        for names in told.values():
            self.assertNotIn("TEST_KEY", names)
        self.assertNotIn("MINE", told["two"] + told["none"])

    def test_only_the_keeper_remembers_them(self):
        """The init of a tool is a copy of the keeper: what it has no use for is wiped."""
        harness.needs_root("memory of another process")
        place = self.path("place")
        os.mkdir(place)
        tools = {"hangs": command(f"echo > {place}/mark; exec sleep 600", credentials=["MINE"], write=[place]),
                 "other": command("echo", credentials=["OTHER"])}
        c = self.knowing(tools, calling=["hangs"], env={"MINE": self.MINE, "OTHER": self.OTHER})
        if not c.call("supervisor.info")["sandbox"]["namespaces"]:
            harness.not_here("no namespaces can be had here")
        run = c.start(self.asks("hangs", "other"), monitor=True)
        wait_until(lambda: os.path.exists(place + "/mark"), 20, "the tool runs")
        keeper = next(p for p in harness.children(run["pid"]) if arguments(p)[1:] == ["--keeper"])
        self.assertTrue(memory_holds(keeper, self.OTHER.encode()), "the look finds what is there")
        inits = harness.children(keeper)
        self.assertEqual(len(inits), 1)
        for secret in (self.MINE, self.OTHER):
            self.assertFalse(memory_holds(inits[0], secret.encode()))
        with open(f"/proc/{inits[0]}/status") as f:
            self.assertRegex(f.read(), "CapEff:\t0+\n(.*\n)*NoNewPrivs:\t1")
        c.call("run.terminate", run_id=run["run_id"])
        c.down(run["ref"])

    def test_what_a_tool_says_of_its_own_is_replaced(self):
        c = self.knowing({"tells": command("echo it is $MINE", credentials=["MINE"])}, env={"MINE": self.MINE})
        self.assertEqual(self.result(c, "tells").strip(), "it is [redacted:key]")
        self.assertNotIn(self.MINE, json.dumps(self.events))
        for folder, _, files in os.walk(self.d.state):
            for name in files:
                with open(os.path.join(folder, name)) as f:
                    self.assertNotIn(self.MINE, f.read(), name)

    def test_one_that_is_missing_is_an_error_of_the_tool(self):
        c = self.knowing({"needs": command("echo here", credentials=["NOT_THERE"])})
        answer = self.results(c, "needs")["needs"]
        self.assertFalse(answer["ok"])
        self.assertIn("NOT_THERE", answer["error"])
        self.assertTrue(self.d.log_lines("NOT_THERE"))


class ClosedIn(ToolCase):
    """What a tool can and cannot reach, told by itself."""

    def sh(self, script, **more):
        c = self.knowing({"looks": command("exec 2>&1; " + script, **more)})
        return self.result(c, "looks")

    def test_it_sees_the_system_and_what_its_entry_lists(self):
        mine, other = self.path("mine"), self.path("other")
        for place in (mine, other):
            os.mkdir(place)
            with open(os.path.join(place, "f"), "w") as f:
                f.write("words")
        text = self.sh(f"cat {mine}/f; echo; cat {other}/f; ls {self.dir}; echo x >> {mine}/f; ls /usr/bin/env; pwd; echo x > y && cat y",
                       read=[mine])
        self.assertIn("words\n", text)
        self.assertRegex(text, r"other/f: (No such file|Permission denied)")
        self.assertRegex(text, r"mine/f: (Read-only|Permission denied)")
        self.assertIn("/usr/bin/env\n/tmp\nx\n", text)

    def test_what_it_may_write_stays(self):
        mine = self.path("mine")
        os.mkdir(mine)
        self.sh(f"echo words > {mine}/f && chmod 600 {mine}/f && mkdir {mine}/d", write=[mine])
        with open(os.path.join(mine, "f")) as f:
            self.assertEqual(f.read(), "words\n")

    def test_councilds_own_is_never_open(self):
        """A careless entry lists the folder in which everything lies."""
        c = self.knowing({"looks": command(f"exec 2>&1; cat {self.dir}/fine; ls {self.dir}/d0/state; ls {self.dir}/d0/run; "
                                           f"cat {self.dir}/d0/state/*/* {self.dir}/keys/*; echo x > {self.dir}/d0/state/x",
                                           read=[self.dir], write=[self.dir + "/d0"]),
                          "lists": command("echo here", write=[self.dir + "/d0/state"])}, credentials_dir=self.keys())
        with open(self.path("fine"), "w") as f:
            f.write("words\n")
        answers = self.results(c, "looks", "lists")
        text = answers["looks"]["result"] if answers["looks"]["ok"] else answers["looks"]["error"]
        self.assertNotIn("run_", text)
        self.assertNotIn("sock", text)
        self.assertNotIn(KEY, text)
        self.assertNotIn("a-key-in-a-file", text)
        self.assertFalse(answers["lists"]["ok"])
        self.assertIn("councild's own", answers["lists"]["error"])
        self.assertFalse(os.path.exists(self.dir + "/d0/state/x"))

    def test_client_keys_of_providers_are_never_open(self):
        """They lie where the operator keeps such files, which often is among those of the system."""
        for name in ("cert", "key", "beside"):
            with open(self.path(name), "w") as f:
                f.write("of-the-" + name)
        os.symlink(self.path("key"), self.path("link"))
        provider = {"client_cert": self.path("cert"), "client_key": self.path("link")}
        look = command(f"cd {self.dir}; exec 2>&1; for f in beside cert key link; do cat $f; done; exit 0", read=[self.dir])
        c = self.knowing({"looks": look, "lists": command("exit 0", read=[self.path("key")])}, provider=provider)
        answers = self.results(c, "looks", "lists")
        self.assertIn("of-the-beside", answers["looks"]["result"])
        for name in ("cert", "key"):
            self.assertNotIn("of-the-" + name, answers["looks"]["result"])
        self.assertIn("councild's own", answers["lists"]["error"])

    def keys(self):
        place = self.path("keys")
        os.mkdir(place, 0o700)
        with open(os.path.join(place, "OTHER_KEY"), "w") as f:
            f.write("a-key-in-a-file")
        return place

    def test_the_network_is_what_its_entry_says(self):
        """The model's own server stands in for the world."""
        server = peers.LlmServer({"m": []})
        self.addCleanup(server.close)
        port = int(re.search(r":(\d+)", server.root).group(1))
        connect = ["-c", f"import socket; socket.create_connection(('127.0.0.1', {port}), 5); print('connected')"]
        tool = {"kind": "command", "argv": [sys.executable, *connect], "description": "connects", "parameters": {"type": "object"},
                "read": [sys.base_prefix, sys.prefix]}
        c = self.knowing({"none": tool, "all": {**tool, "network": True}, "this": {**tool, "network": [port]},
                          "another": {**tool, "network": [port % 65535 + 1]}})
        answers = self.results(c, "none", "all", "this", "another")
        self.assertEqual({n: a["ok"] for n, a in answers.items() if n != "another"}, {"none": False, "all": True, "this": True})
        if landlock_abi() >= 4:
            self.assertFalse(answers["another"]["ok"])

    def test_what_is_in_force_is_told(self):
        """To whoever looks at the run, and in its DOWN; a run without programs has nothing to tell."""
        for sandbox in ("best", "off"):
            c = self.knowing({"here": command("cat /etc/shadow && echo here")}, sandbox=sandbox)
            down, result, _ = self.whole(c, self.asks("here"))
            told = down["sandbox"]["tools"]
            if sandbox == "off":
                self.assertIsNone(told)
                continue
            self.assertEqual(told["landlock"], landlock_abi())
            self.assertEqual(told["namespaces"], c.call("supervisor.info")["sandbox"]["namespaces"])
            self.assertEqual(told["scopes"], told["namespaces"] or landlock_abi() >= 6)
            self.assertEqual(c.call("run.info", run_id=down["run_id"])["sandbox"]["tools"], told)
            down, _, _ = self.whole(c, alone())
            self.assertIsNone(down["sandbox"]["tools"])

    def test_it_is_closed_in_without_namespaces_too(self):
        """As where a distribution or a unit forbids them: the rest holds, and what the tool left on the disk is gone with its run."""
        mine = self.path("mine")
        os.mkdir(mine)
        if landlock_abi() < 1:
            harness.not_here("Landlock is not there, or switched off")
        look = (f"exec 2>&1; ls {self.dir}; echo x > {mine}/f; chmod 600 {mine}/f; mkdir -p a/b/c; echo x > a/b/c/d; ln -s {mine} link; "
                "echo x > /usr/councild-was-here; pwd")
        tools = {"looks": command(look, write=[mine]), "fills": command("head -c 1000000 /dev/zero > f; wc -c < f", disk_bytes=100000)}
        c = self.knowing(tools, before=no_namespaces)
        down, _, events = self.whole(c, self.asks("looks", "fills"))
        text, fills = [e.get("result", e.get("error")) for e in events if e["type"] == "tool_call_result"]
        self.assertFalse(down["sandbox"]["tools"]["namespaces"])
        self.assertFalse(c.call("supervisor.info")["sandbox"]["namespaces"])
        self.assertRegex(text, rf"{self.dir}'?: Permission denied")
        self.assertRegex(text, "f': Operation not permitted")
        self.assertRegex(text, "councild-was-here: Permission denied")
        self.assertLessEqual(int(str(fills).split()[-1]), 100000)
        self.assertEqual(os.listdir(mine), ["f"])
        place = text.split()[-1]
        self.assertTrue(place.startswith("/tmp/councild-tools-"))
        wait_until(lambda: not os.path.exists(os.path.dirname(place)), 10, "its folder is swept")

    def test_off_is_off(self):
        """So that what the other tests find closed is known to be open without it."""
        place = self.path("place")
        os.mkdir(place)
        c = self.knowing({"looks": command(f"ls {self.dir}/d0/state >/dev/null && echo x > {place}/x && pwd")}, sandbox="off")
        self.assertEqual(self.result(c, "looks"), "/\n")
        self.assertTrue(os.path.exists(place + "/x"))

    def test_its_folder_is_empty_and_bounded_and_goes(self):
        c = self.knowing({"fills": command("exec 2>&1; ls -A; head -c 1000000 /dev/zero > f; wc -c < f; pwd", disk_bytes=100000)})
        words = self.result(c, "fills").split()
        self.assertLessEqual(int(words[-2]), 100000 + 4096)
        self.assertFalse(os.path.exists(os.path.join(words[-1], "f")))
