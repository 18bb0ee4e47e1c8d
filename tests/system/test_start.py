"""docs/rules.md, Starting: what a start checks, in which order, run ids, reservation."""
import json
import re

import harness
from harness import HANG, REF, RUN_ID, STUBBORN, council, step, wait_until

GOOD = council(*HANG)
BAD = {"schema_version": 2, "id": "bad id!", "members": [], "rounds": [], "extra": 1}
BAD_OPTION = {"shutdown": -1}

WRONG_OPTIONS = [
    ("shutdown", 1.5), ("shutdown", -1), ("shutdown", "never"), ("shutdown", True), ("shutdown", []),
    ("monitor", "yes"), ("monitor", 1), ("subscribe", 5), ("subscribe", {"deltas": "x"}), ("subscribe", {"x": True}),
    ("registry", 5), ("registry", {}), ("labels", {"a": 1}), ("labels", []), ("callers", "x"), ("callers", [1]),
    ("recorder", "tape"), ("recorder", 1), ("verbose", "loud"), ("verbose", 1),
    ("limits", []), ("limits", {"deadline_ms": -1}), ("limits", {"deadline_ms": "x"}), ("limits", {"speed": 1}),
    ("limits", {"open_files": 1.5}), ("limits", {"open_files": 15}), ("limits", {"memory_bytes": (16 << 20) - 1}), ("options", []), ("options", {"nonsense": 1}), ("options", {"seed": 5}),
    ("options", {"budget": {"max_tokens": "x"}}), ("no_such_option", 1), ("Shutdown", 1),
]
WRONG_IDS = ["", ".", "..", "a/b", "/", "../x", "a\u0000b", "\u00e4", "a\u00e4", "-a", ".a", "a b", "a\n", "x" * 129, 5, None,
             ["a"], "a:b", "\u200ba"]
GOOD_IDS = ["a", "_", "0", "x" * 128, "a.b-c_d", "a..b", "9-", "_.", "run_AAAAAAAAAAA", "A"]


class Order(harness.Case):
    """The first fault in this order is told: council, options, shutting_down, max_children, already_started."""

    def test_missing_council(self):
        c = self.daemon(max_children=0).client()
        self.assertError(c.error("run.start", input="x"), "invalid_parameter", -32602, field="council")
        self.assertError(c.error("run.start", input="x", shutdown=-1), "invalid_parameter", -32602, field="council")

    def test_missing_input_comes_after_council_and_options(self):
        # A forgotten input used to hide the fault of an option.
        c = self.daemon(max_children=0).client()
        self.assertError(c.error("run.start", council=BAD), "invalid_council", -32602)
        self.assertError(c.error("run.start", council=GOOD, **BAD_OPTION), "invalid_option", -32602, field="shutdown")
        self.assertError(c.error("run.start", council=GOOD), "invalid_parameter", -32602, field="input")

    def test_order_at_the_limit(self):
        c = self.daemon(max_children=1).client()
        c.start(GOOD, run_id="one")
        self.assertError(c.start_error(BAD, **BAD_OPTION), "invalid_council", -32602)
        self.assertError(c.start_error(BAD, run_id="one"), "invalid_council", -32602)
        self.assertError(c.start_error(GOOD, run_id="one", **BAD_OPTION), "invalid_option", -32602, field="shutdown")
        self.assertError(c.start_error(GOOD, run_id="one"), "max_children", -32001, max=1)
        self.assertError(c.start_error(GOOD), "max_children", -32001, max=1)

    def test_order_while_shutting_down(self):
        d = self.daemon(max_children=1)
        c = d.client()
        c.start(council(*STUBBORN), run_id="one", shutdown=60000)
        stop = c.send("supervisor.stop")
        wait_until(lambda: c.listed().get("one", {}).get("state") == "terminating")
        self.assertError(c.start_error(BAD, **BAD_OPTION), "invalid_council", -32602)
        self.assertError(c.start_error(GOOD, **BAD_OPTION), "invalid_option", -32602)
        self.assertError(c.start_error(GOOD, run_id="one"), "shutting_down", -32003)
        d.signal(harness.signal.SIGQUIT)
        c.reply(stop)
        self.assertEqual(d.wait(), 0)

    def test_max_children_zero_is_legal(self):
        c = self.daemon(max_children=0).client()
        self.assertError(c.start_error(GOOD), "max_children", -32001, max=0)

    def test_starting_runs_count_against_the_limit(self):
        c = self.daemon(max_children=2).client()
        pending = c.send("run.start", council=council(step("sleep", 300), *HANG), input="x")
        c.start(GOOD)
        self.assertError(c.start_error(GOOD), "max_children", -32001, max=2)
        c.reply(pending)


class Validation(harness.Case):
    def test_every_fault_is_told_at_once(self):
        d = self.daemon()
        c = d.client()
        error = c.start_error(BAD)
        self.assertError(error, "invalid_council", -32602)
        faults = error.data["errors"]
        for fault in faults:
            self.assertTrue(fault["code"] and fault["message"], fault)
            self.assertRegex(fault["path"], r"\A(/.*)?\Z")
        found = {(f["path"], f["code"]) for f in faults}
        self.assertLessEqual({("/schema_version", "unsupported_schema_version"), ("/id", "bad_id"), ("/members", "empty"),
                              ("/rounds", "empty"), ("/extra", "unknown_field")}, found)
        self.assertEqual(d.records() + d.records("open"), [])
        self.assertEqual(d.runners(), [])

    def test_validate_gives_the_same_faults(self):
        c = self.daemon().client()
        for document in (BAD, 5, "no-such-council", {}, [], council(*HANG, members=[{"id": "a"}, {"id": "a"}]),
                         council(*HANG, rounds=[{"type": "telepathy"}])):
            with self.subTest(document=json.dumps(document)[:60]):
                a = c.start_error(document)
                b = c.error("council.validate", council=document)
                self.assertEqual(a.reason, "invalid_council", a.error)
                self.assertEqual(a.data["errors"], b.data["errors"])
                self.assertTrue(a.data["errors"])

    def test_validate_a_good_council(self):
        result = self.daemon().client().call("council.validate", council=GOOD)
        self.assertEqual(result["council_id"], "dynamic:scripted")
        self.assertEqual(result["document"]["id"], "scripted")
        self.assertIsInstance(result["warnings"], list)

    def test_council_from_the_catalogue(self):
        d = self.new_daemon()
        harness.os.makedirs(harness.os.path.join(d.catalogue, "councils"))
        with open(harness.os.path.join(d.catalogue, "councils", "shelved.json"), "w") as f:
            json.dump(council(*HANG, id="shelved", description="from the shelf"), f)
        c = d.start().client()
        listed = c.call("council.list")
        self.assertIn("shelved", json.dumps(listed))
        self.assertEqual(c.start("shelved")["council_id"], "shelved")
        self.assertError(c.error("council.get", name="none-such"), "not_found", -32005)
        self.assertIn("from the shelf", json.dumps(c.call("council.get", name="shelved")))

    def test_council_of_a_mebibyte_starts(self):
        c = self.daemon().client()
        big = council(*HANG, metadata={"script": HANG, "text": "\u00e4" * (1 << 19)})
        self.assertTrue(c.start(big)["pid"])
        with_text = council(*HANG)
        with_text["members"][0]["system_prompt"] = "p" * (1 << 20)
        self.assertTrue(c.start(with_text)["pid"])


class Options(harness.Case):
    def test_wrong_options_are_named_and_start_nothing(self):
        d = self.daemon()
        c = d.client()
        for name, value in WRONG_OPTIONS:
            with self.subTest(name=name, value=value):
                error = c.start_error(GOOD, **{name: value})
                self.assertError(error, "invalid_option", -32602)
                self.assertIn(error.data["field"].strip("/").split("/")[0], (name,), error.error)
        self.assertEqual(d.runners(), [])
        self.assertEqual(d.records() + d.records("open"), [])

    def test_good_values_of_shutdown(self):
        c = self.daemon().client()
        for value in (0, 1, 5000, 86400000, "infinity", "brutal_kill"):
            run = c.start(GOOD, shutdown=value)
            self.assertEqual(c.call("run.terminate", run_id=run["run_id"]), {})

    def test_labels_callers_registry_come_back(self):
        c = self.daemon().client()
        run = c.start(GOOD, labels={"ticket": "a-1"}, callers=["me", "you"], registry="night", run_id="tagged")
        entry = c.listed()["tagged"]
        self.assertEqual((entry["labels"], entry["registry"]), ({"ticket": "a-1"}, "night"))
        self.assertEqual(entry["started_by"]["pid"], harness.os.getpid())
        self.assertEqual(entry["started_by"]["uid"], harness.os.geteuid())
        self.assertEqual(entry["council_id"], "dynamic:scripted")
        self.assertEqual(run["run_id"], "tagged")
        c.start(GOOD, run_id="other")
        children = c.call("supervisor.which_children", registry="night")["children"]
        self.assertEqual([e["run_id"] for e in children], ["tagged"])
        self.assertEqual(c.call("supervisor.count_children", registry="night")["active"], 1)
        self.assertEqual(c.call("supervisor.terminate_all", registry="night"), {"count": 1})
        self.assertEqual(list(c.listed()), ["other"])


class RunIds(harness.Case):
    def test_generated_ids(self):
        c = self.daemon().client()
        ids = [c.start(council(*harness.ended(), id="e") | {"metadata": {"script": [harness.READY, step("exit", 0)]}})["run_id"]
               for _ in range(20)]
        self.assertEqual(len(set(ids)), 20)
        for id in ids:
            self.assertRegex(id, RUN_ID)

    def test_ids_that_are_refused(self):
        d = self.daemon()
        c = d.client()
        for id in WRONG_IDS:
            with self.subTest(id):
                self.assertError(c.start_error(GOOD, run_id=id), "invalid_option", -32602, field="run_id")
        self.assertEqual(d.runners(), [])

    def test_ids_that_are_accepted_come_back_byte_for_byte(self):
        d = self.daemon()
        c = d.client()
        for id in GOOD_IDS:
            run = c.start(GOOD, run_id=id, monitor=True)
            self.assertEqual(run["run_id"], id)
        self.assertEqual(sorted(c.listed()), sorted(GOOD_IDS))
        for id in GOOD_IDS:
            c.call("run.terminate", run_id=id)
            self.assertEqual(c.notification("run.down", run_id=id)["run_id"], id)
        self.assertEqual(sorted(n.split("-", 1)[1] for n in d.records()), sorted(GOOD_IDS))

    def test_look_up_takes_any_string_up_to_128_bytes(self):
        c = self.daemon().client()
        for id in ("", "..", "/", "a\u0000b", "\u00e4" * 64, "x" * 128, "-1", "1", "$(reboot)", "\U0001f600"):
            with self.subTest(id):
                for method in ("run.terminate", "run.cancel", "run.info", "run.await", "run.subscribe"):
                    self.assertError(c.error(method, run_id=id), "not_found", -32005)
                ref = c.call("run.monitor", run_id=id)["ref"]
                down = c.down(ref)
                self.assertReason(down, kind="noproc")
                self.assertEqual((down["run_id"], down["pid"]), (id, None))
        for id in (5, None, True, [], {}, "x" * 129, "\u00e4" * 65):
            with self.subTest(id):
                for method in ("run.terminate", "run.cancel", "run.info", "run.await", "run.monitor", "run.subscribe"):
                    self.assertError(c.error(method, run_id=id), "invalid_parameter", -32602, field="run_id")

    def test_an_id_with_nul_is_never_its_prefix(self):
        c = self.daemon().client()
        c.start(GOOD, run_id="a")
        self.assertError(c.error("run.terminate", run_id="a\u0000b"), "not_found", -32005)
        self.assertEqual(list(c.listed()), ["a"])


class Reservation(harness.Case):
    def test_of_concurrent_starts_of_one_id_exactly_one_wins(self):
        d = self.daemon()
        clients = [d.client() for _ in range(6)]
        slow = council(step("sleep", 200), *HANG)
        ids = [c.send("run.start", council=slow, input="x", run_id="same") for c in clients]
        answers = [c.answer(i) for c, i in zip(clients, ids)]
        winners = [a["result"] for a in answers if "result" in a]
        self.assertEqual(len(winners), 1)
        for a in answers:
            if "error" in a:
                self.assertError(harness.RpcError(a["error"]), "already_started", -32002, run_id="same", pid=winners[0]["pid"])
        self.assertEqual(list(clients[0].listed()), ["same"])

    def test_incumbent_gets_no_signal(self):
        c = self.daemon().client()
        mark = self.path("mark")
        run = c.start(council(step("sigterm", {"arrival": mark, "then": "go_on"}), *HANG), run_id="same")
        for _ in range(5):
            self.assertError(c.start_error(GOOD, run_id="same"), "already_started", -32002, pid=run["pid"])
        self.assertFalse(harness.os.path.exists(mark))
        self.assertEqual(c.listed()["same"]["pid"], run["pid"])
        c.call("run.terminate", run_id="same", shutdown=100)

    def test_slot_and_id_are_free_before_the_down(self):
        # Guards against DOWNs that are sent while the table still holds the old run.
        c = self.daemon(max_children=1).client()
        once = council(harness.READY, step("exit", 0))
        for _ in range(25):
            run = c.start(once, run_id="again", monitor=True)
            c.down(run["ref"])

    def test_reused_id_overwrites_no_record(self):
        d = self.daemon()
        c = d.client()
        for code in (1, 2, 3):
            run = c.start(council(harness.READY, step("exit", code)), run_id="again", monitor=True)
            c.down(run["ref"])
            self.assertEqual(c.call("run.info", run_id="again")["down"]["reason"], {"kind": "exit", "code": code})
        self.assertEqual(len(d.records()), 3)
        self.assertTrue(all(re.fullmatch(r"\d{13}-again", n) for n in d.records()))

    def test_ref_of_a_monitor(self):
        c = self.daemon().client()
        run = c.start(GOOD, monitor=True, subscribe=True)
        self.assertRegex(run["ref"], REF)
        self.assertRegex(run["subscription"], REF)
        self.assertNotEqual(run["ref"], run["subscription"])
