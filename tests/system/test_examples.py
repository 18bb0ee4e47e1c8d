"""Every council of examples/councils runs on mock to a complete end; an example that does not run misleads its reader."""
import json
import os

import harness
from test_council import RUNNER, CouncilCase

COUNCILS = os.path.join(harness.ROOT, "examples", "councils")
TEMPLATES = ("parallel_panel", "voting", "specialist", "peer_review", "karpathy", "tournament", "consensus",
             "weighted_consensus", "jury_with_retry", "debate")


def documents():
    for name in sorted(os.listdir(COUNCILS)):
        with open(os.path.join(COUNCILS, name)) as f:
            yield name, json.load(f)


class Examples(CouncilCase):
    def test_each_runs_on_mock(self):
        d = self.new_daemon("examples", runner=RUNNER, catalogue_dir=os.path.join(harness.ROOT, "examples"))
        c = d.start().client(timeout=30)
        for name, document in documents():
            with self.subTest(name):
                down, result, events = self.whole(c, name[:-len(".json")], input="Should the office move to the river?",
                                                  options={"seed": "examples"})
                self.assertEqual(down["outcome"], "complete", result["degraded_reasons"])
                self.assertEqual(result["status"], "completed")
                self.assertEqual(result["council_id"], document["id"])
                self.assertEqual(result["heard"]["ok"], result["heard"]["of"])
                self.assertIsNotNone(result["final"])
                if "chair" in document:
                    self.assertEqual(result["final"]["source"], "chair")
                paths = {e.get("path") for e in events if "seq" in e}
                subs = [m["id"] for m in document["members"] if "sub_council" in m]
                self.assertTrue(all(f"r0i0:{m}/" in paths for m in subs))

    def test_a_jury_over_options_may_have_a_chair(self):
        """Its members give no answers, only ballots: the chair has those to speak about, and the run is no failure."""
        d = self.new_daemon("jury", runner=RUNNER)
        c = d.start().client(timeout=30)
        seats = [{"id": m, "provider": "mock", "model": m} for m in ("ann", "bob", "cy")]
        document = {"schema_version": 1, "id": "jury", "members": seats, "chair": {"provider": "mock", "model": "m"},
                    "template": {"name": "jury_with_retry", "opts": {"options": ["guilty", "not guilty"]}}}
        down, result, _ = self.whole(c, document, input="Did he do it?", options={"seed": "jury"})
        self.assertEqual(down["outcome"], "complete", result["errors"])
        self.assertEqual(result["final"]["source"], "chair")

    def choose(self, name, task):
        c = self.chooser.client(timeout=30)
        down, result, events = self.whole(c, {"auto": name}, input=task, options={"seed": "examples"})
        self.assertEqual(down["outcome"], "complete", result["errors"])
        selected = [e for e in events if e["type"] == "council_selected"]
        self.assertEqual(len(selected), 1)
        self.assertEqual(selected[0]["council_id"], result["council_id"])
        first = min(e["seq"] for e in events if e["type"] == "round_started")
        self.assertLess(selected[0]["seq"], first)
        return result

    def test_councils_are_chosen(self):
        d = self.new_daemon("autos", runner=RUNNER, catalogue_dir=os.path.join(harness.ROOT, "examples"))
        self.chooser = d.start()
        for task, council, strategy in [("diff --git a/x b/x", "code-review", "rules"),
                                        ("This house would move to the river", "debate", "rules"),
                                        ("How long may I keep receipts after travel?", "handbook", "embedding"),
                                        ("Zzz", "parallel-panel", "cascade")]:
            with self.subTest(task):
                result = self.choose("desk", task)
                self.assertEqual((result["council_id"], result["auto"]["strategy"]), (council, strategy))
        result = self.choose("nearest", "Who pays for travel, and what about receipts and keys?")
        self.assertEqual((result["council_id"], result["auto"]["kind"]), ("handbook", "static"))
        self.assertEqual(self.choose("clerk", "Anything")["auto"]["steps"][0]["strategy"], "llm_classify")

    def test_each_template_has_one(self):
        used = {(doc.get("template") or {}).get("name") for _, doc in documents()}
        self.assertEqual(set(TEMPLATES) - used, set())


if __name__ == "__main__":
    import unittest
    unittest.main()
