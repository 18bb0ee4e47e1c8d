"""What a runner asks of the kernel once it has closed itself in, as strace sees it, held against the list of docs/sandbox.md: no
other call is made, by any of its threads, in a run with a resolved name, TLS, a tool and a durable start; and none but those that the
list answers with an errno is refused."""
import json
import os
import re
import shutil
import socket
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "system"))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "peers"))
import harness                                                                      # noqa: E402
import llm_server                                                                   # noqa: E402
from ground import council, tool_call                                               # noqa: E402

PAGE = os.path.join(harness.ROOT, "docs", "sandbox.md")
CLOSED = re.compile(r"^seccomp\(SECCOMP_SET_MODE_FILTER,.*\) += 0$", re.M)
RUNNER = re.compile(r'^execve\("[^"]*/runner"', re.M)
CALL = re.compile(r"^(?:<\.\.\. )?([a-z0-9_]+)(?:\(| resumed>)", re.M)
THREAD = re.compile(r"^clone\(.*CLONE_THREAD.*\) += (\d+)$", re.M)
REFUSED = re.compile(r"^([a-z0-9_]+)\(.*= -1 (EPERM|ENOSYS|EACCES) .*$", re.M)


def listed():
    """{call: what the page says of it}"""
    rows = re.findall(r"^\| `([a-z0-9_]+)` \| (.*) \|$", harness.read_text(PAGE).split("<!-- calls -->")[1].split("<!-- end of calls -->")[0], re.M)
    return dict(rows)


class Calls(harness.Case):
    def trace(self):
        """The text of each traced thread, by its number."""
        place = self.path("traces")
        os.mkdir(place)
        tls = llm_server.certificate(self.dir)
        self.extra_files |= {"cert.pem", "key.pem"}
        reply = "It has to be so. " * 200
        server = llm_server.LlmServer({"m": [{"body": tool_call({})}, {"reply": reply}], "streamed": [{"reply": reply}]}, tls=tls)
        self.addCleanup(server.close)
        # Who is not root reads the calls of those only who let themselves be traced.
        d = self.new_daemon(runner=os.path.join(harness.BUILD, "council-runner"), sandbox={"mode": "strict", "allow_cores": os.geteuid() != 0})
        os.makedirs(os.path.join(d.catalogue, "tools"))
        with open(os.path.join(d.catalogue, "tools", "escape.json"), "w") as f:
            json.dump({"kind": "command", "argv": ["/bin/true"], "description": "looks things up", "parameters": {"type": "object"}}, f)
        house = {"type": "openai", "base_url": server.url.replace("127.0.0.1", "localhost"), "key_env": "KEY", "ca_file": tls[0]}
        named = {**house, "base_url": server.url.replace("127.0.0.1", socket.gethostname())}
        d.flags["config"] = self.path("config.json")
        with open(d.flags["config"], "w") as f:
            json.dump({"providers": {"house": {**house, "stream": False}, "flow": house, "named": named}}, f)
        d.launch(env={"KEY": "sk-" + "0123456789abcdef" * 2}, prefix=["strace", "-f", "-ff", "-qq", "-s", "16", "-o", os.path.join(place, "t")])
        harness.wait_until(d.answers, 60, lambda: f"a traced councild; {d.log()}")
        client = harness.Client(d.socket, 120)
        self.addCleanup(client.close)
        document = council("m", tools=["escape"])
        document["members"] += [{"id": "b", "provider": "flow", "model": "streamed"}, {"id": "c", "provider": "named", "model": "streamed", "retry": {"max_attempts": 1}}]
        run = client.start(document, monitor=True, durable=True)
        down = client.down(run["ref"], 120)
        self.assertReason(down, kind="normal")
        members = client.call("run.await", run_id=run["run_id"])["result"]["rounds"][0]["member_results"]
        self.assertEqual([members[s]["status"] for s in sorted(members)][:2], ["ok", "ok"], members)
        client.call("supervisor.stop", 60)
        d.wait(60)
        self.daemons.remove(d)
        return {int(name.rpartition(".")[2]): harness.read_text(os.path.join(place, name)) for name in os.listdir(place)}

    def test_no_call_outside_of_the_list(self):
        if not shutil.which("strace"):
            harness.not_here("no strace")
        if harness.SANITIZED:
            harness.not_here("sanitizers make calls of their own")
        traces = self.trace()
        inside = {pid: text[m.end():] for pid, text in traces.items() if RUNNER.search(text) and (m := CLOSED.search(text))}
        self.assertEqual(len(inside), 1, f"one runner closes itself in: {sorted(inside)} of {sorted(traces)}")
        for text in list(inside.values()):
            inside |= {int(pid): traces[int(pid)] for pid in THREAD.findall(text) if int(pid) in traces}
        made = {call for text in inside.values() for call in CALL.findall(text)}
        known = listed()
        print(f"{len(made)} of {len(known)} listed calls made, by {len(inside)} threads: {' '.join(sorted(made))}")
        self.assertGreater(len(made), 20)
        self.assertGreater(len(inside), 1, "the resolver has a thread")
        self.assertEqual(sorted(made - known.keys()), [], "calls that are not in docs/sandbox.md")
        refused = {call: line for text in inside.values() for line in text.splitlines() for call, _ in REFUSED.findall(line)}
        self.assertEqual({c: line for c, line in refused.items() if "ENOSYS" not in known.get(c, "")}, {}, "calls that were refused")

    def _known(self, d, name):
        return True


if __name__ == "__main__":
    unittest.main()
