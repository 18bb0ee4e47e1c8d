"""The power is cut at every sync of a run, and what was told must be there.

    power.py [--every N] [ext4 xfs]

councild keeps its records on a file system of its own, made in an image and mounted with default options. The runner, and whatever
process of councild syncs, is stopped before and after each fdatasync; there the image is copied. The copy holds what had reached
the device, and nothing of what was still in memory: it is what a machine finds when the power comes back. Behind the run each copy
is mounted, the next daemon is started on it, and asked: each answer, each end of a round, the outcome and the result that a client
had been told by then must be there, and no answer that stood in a file may be gone after the start.

Needs root, loop devices, mkfs.ext4 and mkfs.xfs. The binaries are those of COUNCILD_BUILD, and stop_at_sync.so beside them.
"""
import argparse
import collections
import json
import os
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "system"))
import harness                                                                      # noqa: E402
import test_resume                                                                  # noqa: E402
from harness import BUILD                                                           # noqa: E402
from syncs import Stopper, stopping                                                 # noqa: E402

IMAGE_BYTES = 320 << 20         # the smallest that mkfs.xfs makes is 300 MiB
# Nothing may write behind our back once the image is mounted.
MKFS = {"ext4": ["mkfs.ext4", "-q", "-E", "lazy_itable_init=0,lazy_journal_init=0"], "xfs": ["mkfs.xfs", "-q"]}
KEY = {"TEST_KEY": "sk-test-0011223344556677"}
COUNCIL = {"schema_version": 1, "id": "three", "default_profile": "p", "profiles": {"p": {"provider": "llm"}},
           "members": [{"id": name, "model": name} for name in ("ann", "bob", "cy")], "chair": {"model": "chair"},
           "template": {"name": "karpathy", "opts": {}}}
LASTING = ("exchange_completed", "round_completed", "carried_end", "run_completed", "run_failed")


class Cut:
    """A copy of the image, and how many messages the client had been told when it was made."""

    def __init__(self, name, image, told):
        self.name, self.image, self.told = name, image, told


def mounted(image, place):
    os.makedirs(place, exist_ok=True)
    subprocess.run(["mount", "-o", "loop", image, place], check=True)
    return place


def copied(image, target):
    """A copy of one moment: made again when the device was written to meanwhile."""
    while True:
        before = os.stat(image).st_mtime_ns
        subprocess.run(["cp", "--sparse=always", image, target], check=True)
        if os.stat(image).st_mtime_ns == before:
            return target


def answers_in(state):
    """{(run_id, call_id, attempt)} of all answers that stand in whole lines of files."""
    found = set()
    for folder, _, files in os.walk(state):
        for name in files:
            with open(os.path.join(folder, name), "rb") as f:
                lines = f.read().split(b"\n")[:-1]
            for line in lines:
                if b'"exchange_completed"' not in line:
                    continue
                event = json.loads(line)
                event = event.get("event", event)
                if event.get("type") == "exchange_completed":
                    found.add((event["run_id"], event["call_id"], event["attempt"]))
    return found


class Power(harness.Case):
    kind = every = None

    def setUp(self):
        super().setUp()
        self.image = self.path("image")
        self.place = os.path.join(self.dir, "disk")
        self.cuts = []
        self.mounts = []
        self.addCleanup(self.unmount_all)
        subprocess.run(["truncate", "-s", str(IMAGE_BYTES), self.image], check=True)
        subprocess.run([*MKFS[self.kind], self.image], check=True)
        self.mount(self.image, self.place)
        self.stopper = Stopper(os.path.join(self.dir, "syncs"))
        self.addCleanup(self.stopper.close)
        self.server = test_resume.Server({})
        self.server.asked = collections.Counter()
        self.addCleanup(self.server.close)
        self.first = self.begin_daemon()

    def mount(self, image, place):
        mounted(image, place)
        self.mounts.append(place)

    def unmount_all(self):
        while self.mounts:
            subprocess.run(["umount", self.mounts.pop()], check=True)

    def begin_daemon(self):
        place = os.path.join(self.dir, "d")
        os.makedirs(place, mode=0o700)
        runner = stopping(os.path.join(place, "runner"), self.stopper)
        d = harness.Daemon(place, runner=runner, state_dir=os.path.join(self.place, "state"))
        d.flags["config"] = os.path.join(place, "config.json")
        with open(d.flags["config"], "w") as f:
            json.dump({"providers": {"llm": {"type": "openai", "base_url": self.server.url, "key_env": "TEST_KEY"}}}, f)
        self.daemons.append(d)
        return d.start(env={**KEY, **self.stopper.env})

    def leaves_nothing(self, d):
        pass    # files are what this test is about; it looks at them itself

    # -- the run
    def heard(self, client, pid):
        """Everything that its processes have told so far has come to the client: links are read before clients are answered."""
        if pid != self.first.pid:
            for _ in range(2):
                client.call("supervisor.info")

    def cut(self, client, pause):
        n = len(self.cuts)
        name = f"{n} {pause.when if pause else 'at the end'}"
        self.cuts.append(Cut(name, copied(self.image, os.path.join(self.dir, f"cut-{n}")), len(client.log)))

    def attend(self, client, done):
        """Lets the run go on, with a cut at each sync, until done()."""
        end = time.monotonic() + 60
        while not done():
            self.assertLess(time.monotonic(), end, client.tail())
            pause = self.stopper.next()
            if not pause:
                client._receive(0.002)
                continue
            self.heard(client, pause.pid)
            self.cut(client, pause)
            pause.go_on()

    def asked(self, client, method, **params):
        id = client.send(method, **params)
        self.attend(client, lambda: client.answered(id))
        return client.reply(id)

    def played(self, **params):
        """A run to its end, which is told; the client that heard everything."""
        client = self.first.client()
        self.stopper.on = True
        run = self.asked(client, "run.start", monitor=True, subscribe=True, **params)
        self.attend(client, lambda: client.notifications("run.down", ref=run["ref"]))
        self.asked(client, "run.await", run_id=run["run_id"])
        self.cut(client, None)
        self.stopper.on = False
        self.stopper.close()
        return client

    # -- the next daemon
    def events(self, client, run_id):
        """{seq: event} of a record, or None."""
        try:
            ref = client.call("run.subscribe", run_id=run_id)["ref"]
        except harness.RpcError:
            return None
        client.notification("run.end", ref=ref)
        return {n["event"]["seq"]: n["event"] for n in client.notifications("run.event", ref=ref)}

    def is_there(self, client, told):
        """What of the messages is missing, in words."""
        for message in told:
            event = message.get("params", {}).get("event")
            if event and event["type"] in LASTING:
                there = self.events(client, event["run_id"])
                if there is None:
                    yield f"the record of {event['run_id']}, of which {event['type']} was told, is gone"
                    return
                if there.get(event["seq"]) != event:
                    yield f"line {event['seq']}, {event['type']}, is not there"
        yield from self.ends_there(client, told)

    def ends_there(self, client, told):
        for message in told:
            answer = message.get("result") or {}
            if "outcome" not in answer or "result" not in answer:
                continue
            try:
                now = client.call("run.await", run_id=answer["run_id"])
            except harness.RpcError as fault:
                yield f"outcome {answer['outcome']} was told, now: {fault}"
                continue
            for member in ("outcome", "result"):
                if now[member] != answer[member]:
                    yield f"{member} was told, now it is {json.dumps(now[member])[:200]}"

    def faults(self, cut, told):
        state = os.path.join(self.place, "state")
        before = answers_in(state)
        number = len(self.daemons)
        d = self.daemon(f"next-{number}", state_dir=state, runner=os.path.join(BUILD, "council-runner"))
        client = d.client()
        yield from self.is_there(client, told)
        for run_id in {run_id for run_id, _, _ in before}:
            there = self.events(client, run_id) or {}
            mine = {(run_id, e["call_id"], e["attempt"]) for e in there.values() if e["type"] == "exchange_completed"}
            missing = {answer for answer in before if answer[0] == run_id} - mine
            carried = {(run_id, *key) for key in
                       ((e["event"]["call_id"], e["event"].get("attempt")) for e in there.values() if e["type"] == "carried")}
            for answer in sorted(missing - carried):
                yield f"the answer {answer} stood in a file and is gone"
        d.stop()

    def looked_at(self, cut, told):
        self.mount(cut.image, self.place)
        try:
            return list(self.faults(cut, told))
        finally:
            for d in self.daemons[1:]:
                if d.alive():
                    d.kill()
            self.unmount_all()
            os.unlink(cut.image)

    def judge(self, client):
        self.assertEqual(self.first.stop(), 0, self.first.log())
        self.unmount_all()
        faults = []
        last = len(self.cuts) - 1
        for n, cut in enumerate(self.cuts):
            if n % self.every == 0 or n == last:
                faults += [f"{cut.name}: {fault}" for fault in self.looked_at(cut, client.log[:cut.told])]
        print(f"{self.kind}: power cut at {last + 1} places, {len(faults)} faults", flush=True)
        self.assertGreater(last, 12, "a run of three stages syncs more often")
        self.assertFalse(faults, "\n" + "\n".join(faults[:40]))

    def test_three_stages(self):
        self.judge(self.played(council=COUNCIL, input="Which way?"))


def suite_of(kinds, every):
    suite = unittest.TestSuite()
    for kind in kinds:
        case = type(f"Power_{kind}", (Power,), {"kind": kind, "every": every})
        suite.addTests(unittest.defaultTestLoader.loadTestsFromTestCase(case))
    return suite


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--every", type=int, default=1, help="look at each so many-th copy, and at the last")
    parser.add_argument("kinds", nargs="*", default=list(MKFS))
    args = parser.parse_args()
    result = unittest.TextTestRunner(verbosity=2).run(suite_of(args.kinds, args.every))
    bad = len(result.failures) + len(result.errors)
    print(f"power: {result.testsRun - bad} passed, {bad} failed")
    return bad > 0


if __name__ == "__main__":
    sys.exit(main())
