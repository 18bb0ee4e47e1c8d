"""docs/rules.md, People: who may do what on the socket of one tenant.

Whoever could connect could do everything: stop the daemon, end and read what others had asked and paid for."""
import json
import os
import signal
import subprocess

import harness
from harness import HANG, council, ended, step, wait_until
from patience import patience
from people import client_of, open_the_way

GOOD = council(*HANG)
LOOKER, ASKER, OPERATOR, NIGHTLY, STRANGER = 54101, 54102, 54103, 54104, 54105
GROUP = 54110
ACCESS = [{"user": str(LOOKER), "role": "look"},
          {"user": str(ASKER), "role": "ask"},
          {"group": str(GROUP), "role": "operate"},
          {"user": str(NIGHTLY), "role": "operate", "registry": "nightly"}]
ORDER = ("look", "ask", "operate")


def denied(error, role):
    return error.reason == "permission_denied" and error.code == -32020 and error.data["role"] == role


class People(harness.Case):
    def setUp(self):
        super().setUp()
        harness.needs_root("to be somebody else")

    def serve(self, access=ACCESS, **flags):
        d = self.daemon(access=access, **flags)
        open_the_way(self, d)
        self.d = d
        return d

    def people(self):
        """{role: a client of somebody who has it}"""
        return {"look": client_of(self.d, LOOKER), "ask": client_of(self.d, ASKER),
                "operate": client_of(self.d, OPERATOR, groups=[GROUP])}

    def test_modes_let_all_through_and_the_look_at_the_peer_decides(self):
        d = self.serve()
        self.assertEqual(self.mode(d.socket), 0o666)
        self.assertEqual(self.mode(os.path.dirname(d.socket)), 0o711)
        stranger = client_of(d, STRANGER)
        stranger.read_to_eof()
        self.assertEqual(stranger.lines, [])
        self.assertIn("nor in its access", "".join(d.log_lines(f"uid={STRANGER}")))
        for client in self.people().values():
            self.assertEqual(client.call("supervisor.info")["name"], "councild")

    def test_each_method_in_each_role(self):
        """What rpc.discover says of each method is what is done. Params are missing, so that nothing is changed by those
        that are let in; three methods without params are left to the tests that call them."""
        self.serve()
        for role, client in self.people().items():
            methods = client.call("rpc.discover")["methods"]
            self.assertGreater(len(methods), 20)
            for method in methods:
                needed = method["x-role"]
                allowed = ORDER.index(role) >= ORDER.index(needed)
                if allowed and method["name"] in ("supervisor.stop", "supervisor.terminate_all", "run.prune"):
                    continue
                id = client.send(method["name"], wrong_on_purpose=1)
                answer = client.answer(id)
                error = harness.RpcError(answer["error"]) if "error" in answer else None
                with self.subTest(role=role, method=method["name"]):
                    self.assertEqual(bool(error and denied(error, needed)), not allowed, answer)

    def test_who_looks_changes_nothing(self):
        self.serve()
        people = self.people()
        run = people["operate"].start(GOOD)
        look = people["look"]
        self.assertEqual(look.listed().keys(), {run["run_id"]})
        self.assertEqual(look.call("run.info", run_id=run["run_id"])["state"], "running")
        self.assertTrue(denied(look.start_error(GOOD), "ask"))
        self.assertTrue(denied(look.error("run.terminate", run_id=run["run_id"]), "ask"))
        self.assertTrue(denied(look.error("supervisor.stop"), "operate"))
        self.assertEqual(look.counts()["active"], 1)

    def test_who_asks_ends_what_it_started(self):
        self.serve()
        people = self.people()
        ask, operate = people["ask"], people["operate"]
        own, foreign = ask.start(GOOD), operate.start(GOOD)
        started_by = ask.listed()[own["run_id"]]["started_by"]
        self.assertEqual((started_by["uid"], started_by["gid"]), (ASKER, ASKER))
        self.assertTrue(denied(ask.error("run.cancel", run_id=foreign["run_id"]), "operate"))
        self.assertTrue(denied(ask.error("run.terminate", run_id=foreign["run_id"]), "operate"))
        ask.call("run.terminate", run_id=own["run_id"])
        # It is the user who owns, not the connection.
        own = ask.start(GOOD)
        client_of(self.d, ASKER).call("run.terminate", run_id=own["run_id"])
        own = ask.start(GOOD)
        operate.call("run.terminate", run_id=own["run_id"])
        operate.call("supervisor.terminate_all")
        self.assertEqual(operate.counts()["active"], 0)

    def test_ownership_survives_the_daemon(self):
        d = self.serve()
        people = self.people()
        done = council(step("ready"), step("result", "complete"), step("exit", 0))
        own = people["ask"].start(done, run_id="own", monitor=True)
        people["ask"].down(own["ref"])
        killed = people["ask"].start(GOOD, run_id="killed")
        foreign = people["operate"].start(done, run_id="foreign", monitor=True)
        people["operate"].down(foreign["ref"])
        self.assertTrue(killed)
        d.kill()
        d.start()
        ask = client_of(d, ASKER)
        self.assertTrue(denied(ask.error("run.start", options={"resume_from": "foreign"}), "operate"))
        for run_id in ("own", "killed"):
            resumed = ask.call("run.start", options={"resume_from": run_id}, monitor=True)
            ask.send("run.terminate", run_id=resumed["run_id"])
            ask.down(resumed["ref"])
        # Its own records go, those that are resumed with their heirs; the other one stays.
        self.assertEqual(ask.call("run.prune", keep=0)["removed"], 4)
        rest = d.client().call("run.list")["runs"]
        self.assertEqual([run["run_id"] for run in rest], ["foreign"])
        self.assertTrue(denied(client_of(d, LOOKER).error("run.prune", keep=0), "ask"))
        self.assertEqual(client_of(d, OPERATOR, groups=[GROUP]).call("run.prune", keep=0)["removed"], 1)

    def test_what_stands_in_the_record_is_not_the_word_of_the_run(self):
        """A run can write over the first line of its record, and so say that somebody else has asked for it."""
        d = self.serve()
        done = council(step("ready"), step("result", "complete"), step("exit", 0))
        operate = client_of(d, OPERATOR, groups=[GROUP])
        run = operate.start(done, run_id="mine", monitor=True)
        operate.down(run["ref"])
        self.assertEqual(d.stop(), 0)
        path = d.record_path("mine")
        with open(path) as f:
            lines = f.read().splitlines()
        spec = json.loads(lines[0])
        spec["started_by"]["uid"] = ASKER
        down = json.loads(lines[-1])
        del down["started_by"]
        text = "".join(line + "\n" for line in [json.dumps(spec), *lines[1:-1]])
        down["size"] = len(text.encode())
        with open(path, "w") as f:
            f.write(text + json.dumps(down) + "\n")
        os.unlink(os.path.join(d.state, "index.jsonl"))
        d.start()
        ask = client_of(d, ASKER)
        self.assertTrue(denied(ask.error("run.start", options={"resume_from": "mine"}), "operate"))
        self.assertEqual(ask.call("run.prune", keep=0)["removed"], 0)

    def test_a_registry_is_all_that_is_seen(self):
        d = self.serve()
        operate, nightly = client_of(d, OPERATOR, groups=[GROUP]), client_of(d, NIGHTLY)
        day, night = operate.start(GOOD, run_id="day"), nightly.start(GOOD, run_id="night")
        self.assertEqual(operate.listed()["night"]["registry"], "nightly")
        self.assertEqual(nightly.listed().keys(), {"night"})
        self.assertEqual(nightly.counts()["active"], 1)
        for filters in ({}, {"text": "x"}, {"label": {}}, {"since": "2000-01-01T00:00:00Z"}):
            self.assertEqual([run["run_id"] for run in nightly.call("run.list", **filters)["runs"]], ["night"])
        for method in ("run.info", "run.await", "run.cancel", "run.terminate", "run.subscribe"):
            self.assertError(nightly.error(method, run_id="day"), "not_found", -32005)
        self.assertEqual(nightly.down(nightly.call("run.monitor", run_id="day")["ref"])["reason"]["kind"], "noproc")
        self.assertTrue(denied(nightly.start_error(GOOD, registry="default"), "operate"))
        self.assertTrue(denied(nightly.error("supervisor.stop"), "operate"))
        self.assertEqual(nightly.call("supervisor.terminate_all")["count"], 1)
        self.assertEqual(operate.listed().keys(), {"day"})
        self.assertEqual(nightly.call("run.prune", keep=0)["removed"], 1)
        operate.call("run.terminate", run_id="day")
        self.assertError(nightly.error("run.info", run_id="day"), "not_found", -32005)
        self.assertEqual(nightly.call("run.list")["runs"], [])
        self.assertTrue(day and night)

    def test_who_uses_an_id_again_hides_nothing_of_others(self):
        """An id is free when its run has ended, for anybody: who took it hid the older record from those who had asked and
        paid for it, and it could not be gone on from."""
        d = self.serve()
        nightly, ask, operate = client_of(d, NIGHTLY), client_of(d, ASKER), client_of(d, OPERATOR, groups=[GROUP])
        for client, outcome in ((nightly, "complete"), (ask, "degraded"), (operate, "refused")):
            client.down(client.start(council(step("ready"), *ended(outcome)), run_id="x", monitor=True)["ref"])
        of_nightly, of_ask, _ = d.records()
        operate.start(GOOD, run_id="x")
        for _ in ("while one of that id lives", "when it has ended"):
            self.assertEqual(nightly.call("run.info", run_id="x")["registry"], "nightly")
            self.assertEqual(nightly.call("run.await", run_id="x")["outcome"], "complete")
            ref = nightly.call("run.subscribe", run_id="x")["ref"]
            self.assertEqual(nightly.notification("run.end", ref=ref)["run_id"], "x")
            self.assertError(nightly.error("run.terminate", run_id="x"), "not_found", -32005)
            for client, elder in ((nightly, of_nightly), (ask, of_ask)):
                heir = client.call("run.start", options={"resume_from": "x"}, monitor=True)
                client.down(heir["ref"])
                self.assertEqual(json.loads(d.record(heir["run_id"])["spec"])["resume_from"], elder)
            if "x" in operate.listed():
                operate.call("run.terminate", run_id="x")
        self.assertEqual(operate.call("run.await", run_id="x")["outcome"], None)

    def test_acting_for_somebody(self):
        """As a gateway does it: a connection for each of those who come to it."""
        d = self.serve()
        ann, bob = client_of(d, ASKER), client_of(d, ASKER)
        self.assertEqual(ann.call("connection.act_as", name="ann", role="ask", registry="web"),
                         {"name": "ann", "role": "ask", "registry": "web"})
        bob.call("connection.act_as", name="bob", role="ask", registry="web")
        run = ann.start(GOOD)
        self.assertEqual(bob.listed()[run["run_id"]]["started_by"]["name"], "ann")
        self.assertTrue(denied(bob.error("run.cancel", run_id=run["run_id"]), "operate"))
        self.assertTrue(denied(client_of(d, ASKER).error("run.cancel", run_id=run["run_id"]), "operate"))
        self.assertTrue(denied(ann.error("connection.act_as", name="bob", role="ask"), "ask"))
        self.assertTrue(denied(ann.error("connection.act_as", name="ann", role="operate"), "operate"))
        ann.call("connection.act_as", name="ann", role="look")
        self.assertTrue(denied(ann.error("run.cancel", run_id=run["run_id"]), "ask"))
        again = client_of(d, ASKER)
        again.call("connection.act_as", name="ann", role="ask")
        again.call("run.terminate", run_id=run["run_id"])

    def test_the_audit_names_who_has_changed_what(self):
        d = self.serve()
        people = self.people()
        people["ask"].call("connection.act_as", name="ann", role="ask")
        run = people["ask"].start(GOOD, run_id="mine")
        people["look"].error("run.cancel", run_id="mine")
        people["look"].call("run.info", run_id="mine")
        people["operate"].call("run.terminate", run_id="mine")
        for role in ("look", "ask"):
            self.assertTrue(denied(people[role].error("audit.list"), "operate"))
        self.assertTrue(denied(client_of(d, NIGHTLY).error("audit.list"), "operate"))
        told = [{"uid": OPERATOR, "role": "operate", "name": None, "method": "run.terminate", "run_id": "mine", "result": "done"},
                {"uid": LOOKER, "role": "look", "name": None, "method": "run.cancel", "run_id": "mine",
                 "result": "permission_denied"},
                {"uid": ASKER, "role": "ask", "name": "ann", "method": "run.start", "run_id": "mine", "result": "done"},
                {"uid": ASKER, "role": "ask", "name": "ann", "method": "connection.act_as", "run_id": None, "result": "done"}]
        self.assertEqual(self.audit(people["operate"]), told)
        self.assertEqual(len(d.log_lines(f"notice: audit uid={OPERATOR} .*method=run.terminate run_id=mine result=done")), 1)
        self.assertEqual(self.mode(os.path.join(d.state, "audit.jsonl")), 0o600)
        self.assertTrue(run)
        # The next daemon has it, and what ended the one before.
        d.client().call("supervisor.stop")
        self.assertEqual(d.wait(), 0)
        d.start()
        now = self.audit(d.client())
        self.assertEqual(now[0], {"uid": 0, "role": "operate", "name": None, "method": "supervisor.stop", "run_id": None,
                                  "result": "done"})
        self.assertEqual(now[1:], told)
        done = subprocess.run([os.path.join(harness.BUILD, "councilctl"), "--socket", d.socket, "audit", "-n", "2"],
                              capture_output=True, text=True, timeout=patience(30), check=True).stdout.splitlines()
        self.assertEqual(done[0].split(), "AT UID PID ROLE NAME WHAT RUN_ID RESULT".split())
        self.assertRegex(done[2], rf" {OPERATOR} +[0-9]+  operate  - +run.terminate +mine +done$")
        self.assertRegex(done[3], "^more: --after ")

    @staticmethod
    def audit(client):
        entries = client.call("audit.list")["entries"]
        return [{name: value for name, value in entry.items() if name not in ("at", "pid")} for entry in entries]

    def test_a_reload_is_for_new_connections(self):
        d = self.serve(access=[])
        self.assertEqual(self.mode(d.socket), 0o600)
        self.assertIsNone(client_of(d, ASKER))
        self.reload(d, ACCESS)
        wait_until(lambda: self.mode(d.socket) == 0o666)
        self.assertEqual(self.mode(os.path.dirname(d.socket)), 0o711)
        ask = client_of(d, ASKER)
        run = ask.start(GOOD)
        self.reload(d, [{"user": str(ASKER), "role": "look"}])
        wait_until(lambda: client_of(d, ASKER).error("run.cancel", run_id="x").reason == "permission_denied")
        ask.call("run.terminate", run_id=run["run_id"])
        self.reload(d, [{"user": "no such user", "role": "look"}])
        wait_until(lambda: d.log_lines("reload failed.*there is no user no such user"))
        self.reload(d, [])
        wait_until(lambda: self.mode(d.socket) == 0o600)
        self.assertEqual(self.mode(os.path.dirname(d.socket)), 0o700)

    @staticmethod
    def reload(d, access):
        with open(d.flags["config"], "w") as f:
            json.dump({"access": access}, f)
        d.signal(signal.SIGHUP)
