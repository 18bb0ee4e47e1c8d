"""The power is cut at every sync of a run, and what was told must be there.

    power.py [--every N] [ext4 xfs]

The runner, and whatever process of councild syncs, is stopped before and after each fdatasync; there the image is copied. The copy
holds what had reached the device, and nothing of what was still in memory: it is what a machine finds when the power comes back.
Behind the run each copy is mounted, the next daemon is started on it, and asked: each answer, each end of a round, the outcome and
the result that a client had been told by then must be there, and no answer that stood in a file may be gone after the start.

Needs root, loop devices, mkfs.ext4 and mkfs.xfs. The binaries are those of COUNCILD_BUILD, and stop_at_sync.so beside them.
"""
import argparse
import json
import os
import signal
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "system"))
import disk                                                                         # noqa: E402
import harness                                                                      # noqa: E402
import syncs                                                                        # noqa: E402

LASTING = ("exchange_completed", "round_completed", "carried_end", "run_completed", "run_failed")


class Cut:
    """A copy of the image, and how many messages the client had been told when it was made."""

    def __init__(self, name, image, told):
        self.name, self.image, self.told = name, image, told


def copied(image, target):
    """A copy of one moment: made again when the device was written to meanwhile."""
    while True:
        before = os.stat(image).st_mtime_ns
        subprocess.run(["cp", "--sparse=always", image, target], check=True)
        if os.stat(image).st_mtime_ns == before:
            return target


def answers(events):
    """{(run_id, call_id, attempt)} of answers, those that were carried over too."""
    inner = [e["event"] if e.get("type") == "carried" else e for e in events]
    return {(e["run_id"], e["call_id"], e["attempt"]) for e in inner if e.get("type") == "exchange_completed"}


def answers_in(state):
    """Those that stand in whole lines of files."""
    found = set()
    for folder, _, files in os.walk(state):
        for name in files:
            with open(os.path.join(folder, name), "rb") as f:
                lines = f.read().split(b"\n")[:-1]
            # A line that the power cut off ends with councild's line break.
            found |= answers(json.loads(line) for line in lines if b'"exchange_completed"' in line and line.endswith(b"}"))
    return found


class Power(disk.Case):
    every = 1

    def setUp(self):
        super().setUp()
        self.cuts = []
        self.client = self.first.client(30)

    # -- the run
    def cut(self, when):
        n = len(self.cuts)
        self.cuts.append(Cut(f"{n} {when}", copied(self.image, os.path.join(self.dir, f"cut-{n}")), len(self.client.log)))

    def attend(self, done):
        """Lets the run go on, with a cut at each sync, until done()."""
        self.stopper.attend(self.client, done, self.look)

    def look(self, pause):
        if pause.pid != self.first.pid:
            syncs.hear_runners(self.client)
        self.cut(pause.when)

    def asked(self, method, **params):
        id = self.client.send(method, **params)
        self.attend(lambda: self.client.answered(id))
        return self.client.reply(id)

    def play(self, **params):
        """A run to its end, which is told."""
        self.stopper.on = True
        run = self.asked("run.start", monitor=True, subscribe=True, **params)
        self.attend(lambda: self.client.notifications("run.down", ref=run["ref"]))
        self.asked("run.await", run_id=run["run_id"])
        self.cut("at the end")
        self.stopper.close()

    # -- the next daemon
    def is_there(self, client, told):
        """What of the messages is missing, in words."""
        records = {}
        for message in told:
            event = message.get("params", {}).get("event")
            if not event or event["type"] not in LASTING:
                continue
            run_id = event["run_id"]
            if run_id not in records:
                records[run_id] = self.events(client, run_id)
                if records[run_id] is None:
                    yield f"the record of {run_id}, of which {event['type']} was told, is gone"
            if records[run_id] is not None and records[run_id].get(event["seq"]) != event:
                yield f"line {event['seq']} of {run_id}, {event['type']}, is not there"

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

    def faults(self, told):
        before = answers_in(self.state)
        d = self.next_daemon()
        client = d.client()
        yield from self.is_there(client, told)
        yield from self.ends_there(client, told)
        known = set()
        for run in client.call("run.list", limit=500)["runs"]:
            known |= answers((self.events(client, run["run_id"]) or {}).values())
        for answer in sorted(before - known):
            yield f"the answer {answer} stood in a file and is gone"
        d.stop()

    def looked_at(self, cut):
        self.mount(cut.image)
        try:
            return list(self.faults(self.client.log[:cut.told]))
        finally:
            for d in self.daemons[1:]:
                if d.alive():
                    d.kill()
            self.unmount_all()
            os.unlink(cut.image)

    def judge(self, least):
        """Of all cuts, or of each so many-th and the last; the run synced at least so often."""
        self.assertEqual(self.first.stop(), 0, self.first.log())
        self.unmount_all()
        last = len(self.cuts) - 1
        looked = [cut for n, cut in enumerate(self.cuts) if n % self.every == 0 or n == last]
        faults = [f"{cut.name}: {fault}" for cut in looked for fault in self.looked_at(cut)]
        print(f"{self.kind}: power cut at {last + 1} places, looked at {len(looked)}: {len(faults)} faults", flush=True)
        self.assertGreaterEqual(last, 2 * least, "it syncs more often")
        self.assertFalse(faults, "\n" + "\n".join(faults[:40]))

    def test_three_stages(self):
        self.play(council=disk.COUNCIL, input="Which way?")
        self.judge(7 + 3 + 1)       # seven answers, three rounds, the end

    def test_a_resumption(self):
        """The runner of the first is killed; the second brings its answers along, and the last cut is behind its end."""
        run = self.client.start(disk.COUNCIL, "Which way?", monitor=True, subscribe=True)
        self.client.take(lambda m: m.get("params", {}).get("event", {}).get("type") == "round_completed", what="the first round")
        os.kill(run["pid"], signal.SIGKILL)
        self.client.down(run["ref"])
        self.play(options={"resume_from": run["run_id"]})
        self.judge(1 + 4 + 3 + 1)   # what was carried, four answers, three rounds, the end


class Full(disk.Case):
    """A disk with room for some answers and not for all."""
    every = None

    def fill(self, leave):
        with open(os.path.join(self.place, "filler"), "wb") as f:
            room = os.statvfs(self.place)
            os.posix_fallocate(f.fileno(), 0, room.f_bavail * room.f_frsize - leave)

    def test_nobody_is_asked_for_what_has_no_room(self):
        client = self.first.client(30)
        self.fill(16 << 20)
        council = {**disk.COUNCIL, "profiles": {"p": {"provider": "llm", "max_tokens": 400000}}}
        run = client.start(council, "Which way?", monitor=True, subscribe=True)
        self.assertEqual(client.down(run["ref"])["outcome"], "failed")
        answer = client.call("run.await", run_id=run["run_id"])
        error = answer["result"]["errors"][-1]
        self.assertEqual(error["code"], "journal")
        self.assertIn("no room", error["message"])
        asked = self.server.asked.total()
        self.assertTrue(0 < asked < 3, asked)
        members = answer["result"]["rounds"][0]["member_results"].values()
        self.assertEqual(sum(m["status"] == "ok" for m in members), asked)
        self.assertEqual([e["event"]["reason"] for e in client.notifications("run.event") if e["event"]["type"] == "cancel_requested"],
                         ["journal"])
        self.assertEqual(self.first.stop(), 0, self.first.log())
        later = self.next_daemon().client().call("run.await", run_id=run["run_id"])
        self.assertEqual((later["outcome"], later["result"]), (answer["outcome"], answer["result"]))


def suite_of(kinds, every):
    suite = unittest.TestSuite()
    for kind in kinds:
        for case in (Power, Full):
            made = type(f"{case.__name__}_{kind}", (case,), {"kind": kind, "every": every})
            suite.addTests(unittest.defaultTestLoader.loadTestsFromTestCase(made))
    return suite


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--every", type=int, default=1, help="look at each so many-th copy, and at the last")
    parser.add_argument("kinds", nargs="*", default=list(disk.MKFS))
    args = parser.parse_args()
    result = unittest.TextTestRunner(verbosity=2).run(suite_of(args.kinds, args.every))
    bad = len(result.failures) + len(result.errors)
    print(f"power: {result.testsRun - bad} passed, {bad} failed")
    return bad > 0


if __name__ == "__main__":
    sys.exit(main())
