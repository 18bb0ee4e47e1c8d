"""Random churn from many clients against a model, with murders of runners and of the daemon itself.

    torture.py [--seconds N] [--seed N]

Prints the seed. Every client checks what it is promised on its own connection: one reply for each request, one
DOWN for each monitor, with a reason that fits what was done to the run, nothing after it. At the end of each life of
the daemon: no process, zombie or descriptor is left, and after a SIGKILL the next daemon knows every lost run.
"""
import argparse
import os
import random
import signal
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "system"))
import harness                                                                      # noqa: E402
from harness import Closed, RpcError, council, step, READY, wait_until              # noqa: E402

ANSWER = 30.0       # seconds; all bounds of the documents lie far below, the machine may be loaded


class Finding(AssertionError):
    pass


class Run:
    """What the model knows of one run: what may be its reason."""

    def __init__(self, kind, reasons):
        self.kind = kind
        self.reasons = reasons          # list of dicts: allowed in any case
        self.stopped = False            # a stop was asked for: shutdown, killed by supervisor are fine
        self.murdered = set()           # signals that were sent from outside


KINDS = {
    "hang": (lambda r: [READY], []),
    "short": (lambda r: [READY, step("sleep", r.randrange(30)), step("exit", 0)], [{"kind": "normal"}]),
    "exit": (lambda r: [READY, step("exit", 3)], [{"kind": "exit", "code": 3}]),
    "crash": (lambda r: [READY, step("raise", "SIGSEGV")], [{"kind": "signal", "signal": "SIGSEGV", "core": False}]),
    "stubborn": (lambda r: [step("sigterm", "ignore"), READY], []),
    "slow start": (lambda r: [step("sleep", r.randrange(40)), READY], []),
    "dies early": (lambda r: [step("exit", 9)], None),
    "says failed": (lambda r: [step("failed", {"message": "not today"})], None),
}


class Worker(threading.Thread):
    def __init__(self, world, seed):
        super().__init__(daemon=True)
        self.world, self.random = world, random.Random(seed)
        self.fault = None
        self.done = {"starts": 0, "downs": 0, "terminates": 0}

    def run(self):
        try:
            while not self.world.over.is_set():
                self.connection()
        except BaseException as e:                                                  # noqa: BLE001
            self.fault = e
            self.world.over.set()

    def connection(self):
        try:
            client = harness.Client(self.world.socket, ANSWER)
        except (FileNotFoundError, ConnectionRefusedError, BlockingIOError):
            time.sleep(0.01)
            return
        refs = {}
        try:
            for _ in range(self.random.randrange(1, 60)):
                if self.world.over.is_set():
                    break
                self.act(client, refs)
            self.settle(client, refs)
        except (Closed, BrokenPipeError, ConnectionResetError, ConnectionRefusedError):
            if not self.world.dying.is_set():
                raise
        finally:
            client.close()

    # -- one step
    def act(self, client, refs):
        what = self.random.choices(
            ("start", "terminate", "monitor", "demonitor", "list", "murder", "pause", "junk", "terminate_all", "await"),
            (30, 16, 10, 8, 6, 8, 3, 4, 1, 4))[0]
        getattr(self, "do_" + what)(client, refs)
        self.collect(client, refs)

    def do_start(self, client, refs):
        kind = self.random.choice(list(KINDS))
        script, reasons = KINDS[kind]
        shutdown = self.random.choice([0, 20, 100, "brutal_kill", 1000])
        try:
            reply = client.call("run.start", ANSWER, council=council(*script(self.random)), input="x",
                                monitor=self.random.random() < 0.7, shutdown=shutdown)
        except RpcError as e:
            allowed = {"max_children", "shutting_down", "start_failed"}
            if e.reason not in allowed or (e.reason == "start_failed" and reasons is not None
                                           and e.data["cause"]["kind"] not in ("shutdown", "timeout")
                                           and not self.world.any_murder):
                raise Finding(f"start of {kind!r}: {e}") from None
            return
        if reasons is None:
            raise Finding(f"{kind!r} started: {reply}")
        self.done["starts"] += 1
        self.world.add(reply["run_id"], Run(kind, reasons), reply["pid"])
        if "ref" in reply:
            refs[reply["ref"]] = reply["run_id"]

    def some_run(self):
        return self.world.some(self.random)

    def do_terminate(self, client, refs):
        run_id = self.some_run()
        if not run_id:
            return
        self.world.runs[run_id].stopped = True
        mine = [ref for ref, its in refs.items() if its == run_id]
        try:
            client.call("run.terminate", ANSWER, run_id=run_id)
        except RpcError as e:
            if e.reason != "not_found":
                raise Finding(f"terminate: {e}") from None
        else:
            self.done["terminates"] += 1
        # A reply means that nothing is outstanding.
        for ref in mine:
            if not client.notifications("run.down", ref=ref):
                raise Finding(f"no DOWN of {ref} before the reply to terminate")
        if run_id in client.listed():
            raise Finding(f"{run_id} is listed after terminate")

    def do_monitor(self, client, refs):
        run_id = self.some_run() or "run_nobody"
        refs[client.call("run.monitor", ANSWER, run_id=run_id)["ref"]] = run_id

    def do_demonitor(self, client, refs):
        if not refs:
            return
        ref = self.random.choice(list(refs))
        before = bool(client.notifications("run.down", ref=ref))
        told = client.call("run.demonitor", ANSWER, ref=ref, flush=self.random.random() < 0.5, info=True)
        downs = len(client.notifications("run.down", ref=ref))
        if told is True and downs or told is False and downs != 1 or before and told:
            raise Finding(f"demonitor said {told}, {downs} DOWNs came")
        del refs[ref]

    def do_list(self, client, refs):
        gone = [its for ref, its in refs.items() if client.notifications("run.down", ref=ref)]
        listed = client.listed()
        counts = client.counts()
        if counts["supervisors"] != 0 or counts["specs"] != counts["workers"]:
            raise Finding(f"counts {counts}")
        for run_id in gone:
            if run_id in listed:
                raise Finding(f"{run_id} is listed after its DOWN")

    def do_murder(self, client, refs):
        run_id = self.some_run()
        entry = client.listed().get(run_id) if run_id else None
        if not entry:
            return
        number = self.random.choice([signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM, signal.SIGUSR1])
        self.world.any_murder = True
        self.world.runs[run_id].murdered.add(number)
        process = harness.Process(entry["pid"])
        if process.alive() and harness.exe_of(entry["pid"]) == self.world.runner:
            try:
                os.kill(entry["pid"], number)
            except ProcessLookupError:
                pass

    def do_pause(self, client, refs):
        run_id = self.some_run()
        entry = client.listed().get(run_id) if run_id else None
        if entry and harness.exe_of(entry["pid"]) == self.world.runner:
            try:
                os.kill(entry["pid"], signal.SIGSTOP)
                if self.random.random() < 0.5:
                    os.kill(entry["pid"], signal.SIGCONT)
            except ProcessLookupError:
                pass

    def do_junk(self, client, refs):
        with harness.Client(self.world.socket, ANSWER) as other:
            junk = bytes(self.random.randrange(256) for _ in range(self.random.randrange(1, 300)))
            other.raw(junk + b"\n")
            if self.random.random() < 0.5:
                other.call("supervisor.info", ANSWER)

    def do_terminate_all(self, client, refs):
        self.world.all_stopped = True
        client.call("supervisor.terminate_all", ANSWER)

    def do_await(self, client, refs):
        run_id = self.some_run()
        if run_id:
            try:
                client.call("run.await", ANSWER, run_id=run_id, timeout_ms=20)
            except RpcError as e:
                if e.reason not in ("timeout", "not_found"):
                    raise Finding(f"await: {e}") from None

    # -- what came
    def collect(self, client, refs):
        client.drain(0.001)
        counted = {}
        for down in client.notifications("run.down"):
            counted[down["ref"]] = counted.get(down["ref"], 0) + 1
            if counted[down["ref"]] > 1:
                raise Finding(f"two DOWNs: {down}")
            self.check_reason(down)

    def check_reason(self, down):
        reason, run = down["reason"], self.world.runs.get(down["run_id"])
        kind = reason["kind"]
        if kind == "noproc":
            return
        if run is None:
            raise Finding(f"DOWN of a run that nobody started: {down}")
        fine = reason in run.reasons
        # terminate_all stops also what another client has just started and not yet told the model.
        if run.stopped or (down["stopped_by"] == "terminate_all" and self.world.all_stopped):
            fine = fine or kind == "shutdown" or reason == {"kind": "killed", "by": "supervisor"}
        for number in run.murdered:
            name = signal.Signals(number).name
            fine = fine or (kind == "signal" and reason["signal"] == name)
            fine = fine or (number == signal.SIGKILL and reason == {"kind": "killed", "by": "unknown"})
        if not fine:
            raise Finding(f"{down} does not fit {run.kind} stopped={run.stopped} murdered={run.murdered}")

    def settle(self, client, refs):
        """All monitors of this connection that must fire do so after the end of their runs."""
        for run_id in set(refs.values()):
            if run_id in self.world.runs:
                self.world.runs[run_id].stopped = True
                try:
                    client.call("run.terminate", ANSWER, run_id=run_id, shutdown=0)
                except RpcError:
                    pass
        for ref in refs:
            if not client.notifications("run.down", ref=ref):
                client.down(ref, ANSWER)
            self.done["downs"] += 1
        self.collect(client, refs)


class World:
    def __init__(self, daemon):
        self.socket, self.runner = daemon.socket, daemon.runner
        self.over, self.dying = threading.Event(), threading.Event()
        self.runs, self.pids = {}, {}
        self.any_murder = self.all_stopped = False
        self.lock = threading.Lock()

    def add(self, run_id, run, pid):
        with self.lock:
            if run_id in self.runs:
                raise Finding(f"{run_id} was given twice")
            self.runs[run_id] = run
            self.pids[run_id] = pid

    def some(self, rnd):
        with self.lock:
            recent = list(self.runs)[-40:]
        return rnd.choice(recent) if recent else None


def life(daemon, seed, seconds, killed):
    """One life of the daemon under load."""
    rnd = random.Random(seed)
    world = World(daemon)
    daemon.start() if daemon.process is None or not daemon.alive() else None
    workers = [Worker(world, rnd.random()) for _ in range(8)]
    for w in workers:
        w.start()
    world.over.wait(seconds)
    if killed:
        world.dying.set()
        daemon.kill()
        wait_until(lambda: not daemon.processes(), 10, lambda: f"runners live on: {daemon.processes()}")
    world.over.set()
    for w in workers:
        w.join(3 * ANSWER)
        if w.fault:
            raise w.fault
        if w.is_alive():
            raise Finding("a client hangs")
    totals = {k: sum(w.done[k] for w in workers) for k in workers[0].done}
    if killed:
        daemon.start()
        with harness.Client(daemon.socket) as c:
            if c.listed():
                raise Finding("the new daemon lists runs")
            for run_id in world.runs:
                reason = c.call("run.info", run_id=run_id)["down"]["reason"]
                if reason is None:
                    raise Finding(f"{run_id} has no end in its record")
        totals["lost runs accounted for"] = len(world.runs)
    daemon.idle()
    return totals


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--seed", type=int, default=None)
    args = parser.parse_args()
    seed = args.seed if args.seed is not None else random.SystemRandom().randrange(1 << 32)
    print(f"torture: seed {seed}, {args.seconds:.0f} s", flush=True)
    rnd = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="councild-torture-") as place:
        daemon = harness.Daemon(place, max_children=60, start_timeout_ms=20000, spares=rnd.randrange(3))
        end, lives = time.monotonic() + args.seconds, 0
        try:
            while time.monotonic() < end or lives < 2:
                killed = lives % 2 == 1
                totals = life(daemon, rnd.random(), rnd.uniform(2, 8), killed)
                lives += 1
                print(f"life {lives}{' (killed)' if killed else ''}: {totals}", flush=True)
            status = daemon.stop()
            if status != 0:
                raise Finding(f"exit status {status}")
            if daemon.processes():
                raise Finding(f"processes left: {daemon.processes()}")
        except BaseException:
            print(f"torture: FINDING with seed {seed}\n{daemon.log()}", flush=True)
            if daemon.alive():
                daemon.kill()
            raise
    print(f"torture: {lives} lives without a finding", flush=True)


if __name__ == "__main__":
    main()
