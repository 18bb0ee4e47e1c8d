"""docs/rules.md, Protocol: the whole tenant as one stream. A list that is asked for again and again misses what is short."""
import harness
from harness import HANG, PROMPTLY, READY, council, step

HANGING = council(*HANG)
SHORT = council(READY, *harness.ended())


class Tenant(harness.Case):
    def setUp(self):
        super().setUp()
        self.d = self.daemon()
        self.c = self.d.client()

    def follow(self, client=None, **params):
        client = client or self.c
        return client.call("supervisor.subscribe", **params)["ref"]

    def next(self, ref, client=None, **wanted):
        """The next event of the stream, which is such a one."""
        event = (client or self.c).notification("supervisor.event", PROMPTLY, ref=ref)["event"]
        self.assertEqual({k: event[k] for k in wanted}, wanted)
        return event

    def run_of(self, event):
        return event["type"], event["run"]["run_id"]

    def lists(self, run_id):
        return next(row for row in self.d.client().call("run.list")["runs"] if row["run_id"] == run_id)

    def test_what_lists_show_is_told(self):
        old = self.c.start(HANGING, run_id="old", labels={"a": "b"})
        ref = self.follow()
        page = self.next(ref, type="snapshot", more=False)
        self.assertEqual([{**row, "elapsed_ms": 0} for row in page["runs"]],
                         [{**row, "elapsed_ms": 0} for row in self.c.listed().values()])
        go_on = self.path("go-on")
        self.c.start(council(READY, step("progress", {"phase": "voting", "usage": {"input_tokens": 3}}),
                             step("wait_file", go_on), *harness.ended()), run_id="new")
        self.assertEqual(self.run_of(self.next(ref)), ("run_started", "new"))
        progress = self.next(ref, type="run_progress", run_id="new", phase="voting")
        self.assertEqual(progress["usage"], self.c.listed()["new"]["usage"])
        open(go_on, "w").close()
        ended = self.next(ref, type="run_ended")
        self.assertEqual(ended["run"], self.lists("new"))
        self.c.call("run.terminate", run_id=old["run_id"])
        self.assertEqual(self.next(ref)["run"], self.lists("old"))
        self.assertEqual(self.c.call("supervisor.unsubscribe", ref=ref), True)
        self.c.start(HANGING)
        self.assertEqual(len(self.c.notifications("supervisor.event", ref=ref)), 5)

    def test_what_has_no_record_is_told_too(self):
        ref = self.follow(kinds=["run_ended"])
        self.c.start(SHORT, run_id="unkept", recorder="none")
        run = self.next(ref, type="run_ended")["run"]
        self.assertEqual((run["run_id"], run["outcome"], run["reason"]), ("unkept", "complete", {"kind": "normal"}))
        self.assertEqual(self.c.call("run.list")["runs"], [])

    def test_the_order_on_one_connection(self):
        """The end is told before the DOWN, which is the last that is heard of a run."""
        self.follow()
        run = self.c.start(SHORT, monitor=True)
        self.c.down(run["ref"])
        told = [m["params"]["event"]["type"] if m["method"] == "supervisor.event" else m["method"] for m in self.c.log if "method" in m]
        self.assertEqual(told, ["snapshot", "run_started", "run_ended", "run.down"])

    def fill(self, client):
        """Nothing more reaches it: all that there is room for waits."""
        for _ in range(30):
            client.send("rpc.discover")
        for _ in range(100):    # in each turn of the daemon one of those is answered, until there is no room
            self.c.counts()

    def test_a_slow_reader_loses_no_end(self):
        slow = self.d.client(30)
        living = self.c.start(HANGING)["run_id"]
        ref = self.follow(slow)
        self.assertEqual([r["run_id"] for r in self.next(ref, slow, type="snapshot")["runs"]], [living])
        self.fill(slow)
        ended = [self.c.start(SHORT, monitor=True) for _ in range(20)]
        unkept = [self.c.start(SHORT, monitor=True, recorder="none") for _ in range(5)]
        for run in ended + unkept:
            self.c.down(run["ref"])
        late = self.c.start(HANGING)["run_id"]
        slow.notification("supervisor.gap", 30, ref=ref)
        self.assertEqual([r["run_id"] for r in self.next(ref, slow, type="snapshot", more=False)["runs"]], [living, late])
        told = [self.next(ref, slow, type="run_ended")["run"]["run_id"] for _ in ended + unkept]
        self.assertEqual(sorted(told), sorted(r["run_id"] for r in ended + unkept))
        self.c.call("run.terminate", run_id=late)
        self.assertEqual(self.run_of(self.next(ref, slow)), ("run_ended", late))
        self.assertEqual(len(slow.notifications("supervisor.gap")), 1)

    def test_runs_during_many_pages(self):
        """None falls between two pages, or between the last one and what is told then."""
        for n in range(25):
            self.c.start(HANGING, labels={f"pad{i}": "x" * 1000 for i in range(10)}, run_id=f"r{n}")
        other = self.d.client()
        asked = other.send("supervisor.subscribe")
        self.c.start(HANGING, run_id="meanwhile")
        self.c.call("run.terminate", run_id="r0")
        self.c.call("run.terminate", run_id="r24")
        ref = other.reply(asked)["ref"]
        alive, pages = set(), 0
        while alive != set(self.c.listed()):
            event = self.next(ref, other)
            if event["type"] == "snapshot":
                pages += 1
                alive |= {r["run_id"] for r in event["runs"]}
            elif event["type"] == "run_started":
                self.assertNotIn(event["run"]["run_id"], alive)
                alive.add(event["run"]["run_id"])
            else:
                alive.discard(event["run"]["run_id"])
        self.assertGreater(pages, 3)
        self.assertLessEqual(max(len(line) for line in other.lines), 64 * 1024)

    def test_reload_and_stop(self):
        run = self.c.start(HANGING)["run_id"]
        other = self.d.client()
        ref = self.follow(other)
        self.next(ref, other, type="snapshot")
        self.c.call("supervisor.reload")
        self.assertEqual(self.next(ref, other), {"type": "reloaded"})
        self.d.write_config()
        self.c.call("supervisor.drain")
        self.assertEqual(self.next(ref, other), {"type": "stopping", "state": "draining"})
        late = self.follow(self.c, kinds=["stopping"])
        self.assertEqual(self.next(late), {"type": "stopping", "state": "draining"})
        self.c.send("supervisor.stop")
        self.assertEqual(self.next(ref, other), {"type": "stopping", "state": "stopping"})
        self.assertEqual(self.run_of(self.next(ref, other)), ("run_ended", run))
        other.read_to_eof(PROMPTLY)
        self.d.wait()

    def test_who_sees_one_registry(self):
        narrow = self.d.client()
        whole = self.follow(narrow)
        self.next(whole, narrow, type="snapshot")
        narrow.call("connection.act_as", name="ann", role="look", registry="mine")
        own = self.follow(narrow)
        self.next(own, narrow, type="snapshot", runs=[])
        asked = self.follow(narrow, registry="theirs")
        self.next(asked, narrow, type="snapshot", runs=[])
        self.c.start(HANGING, run_id="a", registry="theirs")
        self.c.start(HANGING, run_id="b", registry="mine")
        for ref in (whole, own):
            self.assertEqual(self.run_of(self.next(ref, narrow)), ("run_started", "b"))
        self.assertEqual(len(narrow.notifications("supervisor.event", ref=asked)), 1)
