"""docs/operations.md, On the disk: nothing that a run puts below STATE_DIR, and nothing that a power cut leaves there, hangs the
daemon, makes it write somewhere else, keeps it from serving, or loses a record."""
import os
import signal

import harness
from harness import HANG, READY, council, ended, step, wait_until

GOOD = council(*HANG)
LEFT_ALONE = b"this belongs to somebody else\n"


class Traps(harness.Case):
    def setUp(self):
        super().setUp()
        self.d = self.daemon()
        self.c = self.d.client()
        self.victim = self.path("victim")
        self.extra_files.add("state/odd")
        with open(self.victim, "wb") as f:
            f.write(LEFT_ALONE)

    def put(self, kind, path):
        os.unlink(path)
        if kind == "pipe":
            os.mkfifo(path)
        elif kind == "symlink":
            os.symlink(self.victim, path)
        else:
            os.link(self.victim, path)

    def untouched(self):
        with open(self.victim, "rb") as f:
            self.assertEqual(f.read(), LEFT_ALONE)

    def end_with(self, kind):
        """A run puts a trap into the place of its record and ends: the DOWN comes, and others are served."""
        run = self.c.start(council(READY, step("events", {"count": 2}), *HANG), run_id="trapper", monitor=True)
        self.put(kind, self.d.record_path("trapper", "open"))
        os.kill(run["pid"], signal.SIGKILL)
        self.assertReason(self.c.down(run["ref"], 5), kind="killed", by="unknown")
        self.c.call("supervisor.info", 5)
        self.c.call("run.info", 5, run_id="trapper")
        self.c.call("run.list", 5)
        self.untouched()
        self.d.kill()
        self.d.restart()
        self.d.client().call("run.list", 5)
        self.untouched()

    def test_a_pipe_in_the_place_of_a_live_record(self):
        self.end_with("pipe")

    def test_a_symlink_in_the_place_of_a_live_record(self):
        self.end_with("symlink")

    def test_a_hard_link_in_the_place_of_a_live_record(self):
        self.end_with("hard link")

    def read_with(self, kind):
        """A trap in the place of a record that has ended: whoever asks for it gets an answer."""
        self.c.down(self.c.start(council(READY, step("events", {"count": 2}), *ended()), run_id="old", monitor=True)["ref"])
        self.put(kind, self.d.record_path("old"))
        self.c.answer(self.c.send("run.await", run_id="old"), 5)
        self.c.answer(self.c.send("run.info", run_id="old"), 5)
        self.c.answer(self.c.send("run.subscribe", run_id="old"), 5)
        self.c.answer(self.c.send("run.start", council=GOOD, input="x", options={"resume_from": "old"}), 5)
        self.c.call("run.list", 5)
        self.untouched()

    def test_a_pipe_in_the_place_of_an_ended_record(self):
        self.read_with("pipe")

    def test_a_symlink_in_the_place_of_an_ended_record(self):
        self.read_with("symlink")

    def test_a_hard_link_in_the_place_of_an_ended_record(self):
        self.read_with("hard link")


class Leftovers(harness.Case):
    def killed(self, *script):
        """A daemon that was killed in the middle of a run; the path of its record."""
        self.d = self.daemon()
        c = self.d.client()
        run = c.start(council(READY, *script, step("mark", self.path("done")), *HANG), run_id="lost")
        wait_until(lambda: os.path.exists(self.path("done")))
        c.call("supervisor.info")       # what the run has said until now was read
        self.d.kill()
        wait_until(lambda: not harness.proc_stat(run["pid"]))
        return self.d.record_path("lost", "open")

    def test_odd_entries_do_not_keep_the_daemon_down(self):
        """One of them was enough: no daemon for the tenant until somebody removed it by hand."""
        self.killed(step("events", {"count": 2}))
        place = os.path.join(self.d.state, "open")
        for name in ("0000000000001-file", "0000000000001-file.jsonl"):
            with open(os.path.join(place, name), "w") as f:
                f.write("not a record\n")
        for name in ("0000000000002-pipe", "0000000000002-pipe.jsonl"):
            os.mkfifo(os.path.join(place, name))
        for name in ("0000000000003-link", "0000000000003-link.jsonl"):
            os.symlink("nowhere", os.path.join(place, name))
        os.makedirs(os.path.join(place, "0000000000004-dir", "spec.json"))
        os.makedirs(os.path.join(place, "0000000000005-dir.jsonl", "deep"))
        self.d.restart()
        c = self.d.client()
        self.assertEqual(c.call("run.info", run_id="lost")["down"]["reason"]["kind"], "noconnection")
        self.assertTrue(c.start(GOOD)["pid"])
        self.extra_files.add("state/odd")

    def test_a_name_that_is_taken_does_not_keep_the_daemon_down(self):
        path = self.killed(step("events", {"count": 2}))
        taken = path.replace("/open/", "/runs/")
        os.makedirs(os.path.join(taken, "deep"))
        self.d.restart()
        c = self.d.client()
        self.assertTrue(c.start(GOOD)["pid"])
        self.extra_files.add("state/odd")

    def test_a_record_whose_beginning_the_power_took_keeps_its_events(self):
        """It was erased with all the answers in it: nothing but the journal had ever been synced."""
        path = self.killed(step("events", {"count": 3}))
        with open(path, "rb+") as f:
            length = len(f.readline()) - 1
            f.seek(0)
            f.write(b"\0" * length)
        self.d.restart()
        c = self.d.client()
        self.assertEqual(c.call("run.info", run_id="lost")["down"]["reason"]["kind"], "noconnection")
        sub = c.call("run.subscribe", run_id="lost")["ref"]
        self.assertEqual(c.notification("run.end", ref=sub)["last_seq"], 3)

    def test_a_run_that_never_came_to_say_anything_is_replayed_and_resumed(self):
        """When a record was several files, one that was killed between two of them could be neither."""
        self.killed()
        self.d.restart()
        c = self.d.client()
        sub = c.call("run.subscribe", run_id="lost")["ref"]
        self.assertEqual(c.notification("run.end", ref=sub)["last_seq"], 0)
        self.assertTrue(c.call("run.start", council=GOOD, input="x", options={"resume_from": "lost"})["pid"])

    def test_a_full_disk_does_not_keep_the_daemon_down(self):
        self.killed(step("events", {"count": 2}), step("result", {"outcome": "complete", "result": 7}))
        self.d.start(rlimits=((harness.resource.RLIMIT_FSIZE, 10, harness.resource.RLIM_INFINITY),))
        c = self.d.client()
        self.assertEqual(c.call("run.await", run_id="lost")["result"], 7)
        self.assertEqual(c.call("run.list")["runs"][0]["record_error"], "EFBIG")
        self.assertEqual(len(os.listdir(os.path.join(self.d.state, "open"))), 1)
        self.assertEqual(self.d.stop(), 0)
        self.d.restart()
        self.assertEqual(self.d.client().call("run.await", run_id="lost")["result"], 7)
        self.assertEqual(os.listdir(os.path.join(self.d.state, "open")), [])
