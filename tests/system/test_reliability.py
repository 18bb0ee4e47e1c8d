"""The operator's reliability store reaches the run: a snapshot in run_started decides whose vote weighs more."""
import json
import os

import harness

RUNNER = os.path.join(harness.BUILD, "council-runner")
EMPTY = "44136fa355b3678a"          # bucket of the features {}


def row(successes, failures):
    return {EMPTY: {"successes": successes, "failures": failures}}


def member(id, choice):
    script = {f"r{i}i0:member:{id}": [{"text": text}] for i, text in
              ((0, "An answer."), (1, json.dumps({"rationale": "so", "choice": choice, "confidence": 0.5})))}
    return {"id": id, "provider": "mock", "model": id, "provider_options": {"script": script}}


COUNCIL = {"schema_version": 1, "id": "weighed", "members": [member("ann", "yes"), member("bob", "no"), member("cy", "no")],
           "rounds": [{"type": "independent_analysis"},
                      {"type": "vote", "opts": {"options": ["yes", "no"], "aggregator": "reliability_weighted"}}]}


class Reliability(harness.Case):
    def start_daemon(self, store):
        d = self.new_daemon(runner=RUNNER)
        with open(os.path.join(d.catalogue, "reliability.json"), "w") as f:
            json.dump(store, f)
        return d.start()

    def run_council(self, d, **options):
        client = d.client()
        run = client.start(COUNCIL, subscribe=True, options=options)
        started = client.event(run["subscription"])
        result = client.call("run.await", 20, run_id=run["run_id"])["result"]
        return started, result

    def test_one_reliable_voice_outweighs_two(self):
        d = self.start_daemon({"mock/ann": row(98, 0), "mock/bob": row(1, 8), "mock/cy": row(1, 8), "mock/other": row(1, 1)})
        started, result = self.run_council(d)
        self.assertEqual(started["reliability"], {"mock/ann": 0.99, "mock/bob": 2 / 11, "mock/cy": 2 / 11})
        self.assertEqual(result["final"]["winner"], "yes")

    def test_other_features_are_another_bucket(self):
        d = self.start_daemon({"mock/ann": row(98, 0), "mock/bob": row(1, 8)})
        started, result = self.run_council(d, features={"topic": "law"})
        self.assertEqual(started["reliability"], {})
        self.assertEqual(result["final"]["winner"], "no")

    def test_a_faulty_store_keeps_the_daemon_from_starting(self):
        d = self.new_daemon(runner=RUNNER)
        with open(os.path.join(d.catalogue, "reliability.json"), "w") as f:
            f.write('{"k": {"b": {"successes": -1, "failures": 0}}}')
        d.launch()
        d.expected_status = d.wait()
        self.assertNotEqual(d.expected_status, 0)
        self.assertIn("successes", d.log())
