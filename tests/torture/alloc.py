"""Fails the k-th allocation of councild, for every k, in the course of each kind of request.

Whatever happens to the request (an answer, internal_error, at worst the end of that connection), the daemon
lives, answers the next request, and has lost no descriptor, process or slot.
"""
import mmap
import os
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "system"))
import harness                                                                      # noqa: E402
from harness import Closed, council, step, READY                                    # noqa: E402

LIMIT = 60000       # no request allocates that often


class Base(harness.Case):
    runner = harness.STANDIN

    def setUp(self):
        super().setUp()
        path = self.path("counter")
        with open(path, "wb") as f:
            f.write(struct.pack("q", 0))
        with open(path, "r+b") as f:
            self.counter = mmap.mmap(f.fileno(), 8)
        library = os.path.join(harness.BUILD, "failmalloc.so")
        self.d = self.daemon(runner=self.runner, how={"env": {"LD_PRELOAD": library, "FAILMALLOC": path}})

    def tearDown(self):
        self.arm(0)
        super().tearDown()
        self.counter.close()

    def arm(self, k):
        self.counter[:] = struct.pack("q", k)

    def left(self):
        return struct.unpack("q", self.counter[:])[0]

    def answer(self, client, id):
        """The reply; without the memory to read the request there is one without its id."""
        return client.take(lambda m: "method" not in m and m.get("id") in (id, None), 20, f"reply {id}")

    def one(self, method, params, k, prepare, finish):
        """One request with the k-th allocation failing: true while k is within what it allocates."""
        client = self.d.client()
        params = prepare(client) if prepare else params
        self.arm(k)
        answer = None
        try:
            answer = self.answer(client, client.send(method, **params))
        except (Closed, BrokenPipeError):
            pass
        failed = self.left() <= 0
        self.arm(0)
        if answer and "error" in answer and not failed:
            raise AssertionError(f"{method} k={k}: {answer}")
        if finish:
            finish(client, answer)
        client.close()
        self.d.clients.remove(client)
        with harness.Client(self.d.socket) as after:
            after.call("supervisor.info")
        return failed

    def every(self, method, params=None, prepare=None, finish=None, stride=1):
        for k in range(1, LIMIT, stride):
            if not self.one(method, params or {}, k, prepare, finish):
                return
        raise AssertionError(f"{method} still allocates after {LIMIT}")

    def clear(self, *_):
        with harness.Client(self.d.socket) as c:
            # A run whose client lost its connection meanwhile may still be starting; terminate_all ends those that have started.
            harness.wait_until(lambda: c.counts()["starting"] == 0, 15, "no run starting")
            c.call("supervisor.terminate_all", 30)
            harness.wait_until(lambda: not any(c.counts().values()), 15, "no run left")

    def running(self, client):
        return {"run_id": client.start(council(READY))["run_id"]}


class Allocations(Base):
    def test_info(self):
        self.every("supervisor.info")

    def test_discover(self):
        """The one answer that is made of some ten thousand pieces; tests/unit/proto/test_memory takes each object of it whole."""
        self.every("rpc.discover", stride=13)

    def test_unknown_method(self):
        for k in range(1, 300):
            client = self.d.client()
            self.arm(k)
            try:
                self.answer(client, client.send("no.such.method", a=[1, {"b": 2}]))
            except (Closed, BrokenPipeError):
                pass
            failed = self.left() <= 0
            self.arm(0)
            client.close()
            if not failed:
                return

    def test_validate(self):
        self.every("council.validate", {"council": council(READY)})

    def test_start(self):
        self.every("run.start", {"council": council(READY), "input": "x", "monitor": True, "subscribe": True,
                                 "labels": {"a": "b"}}, finish=self.clear)

    def test_start_that_fails(self):
        self.every("supervisor.count_children")
        self.every("run.start", {"council": council(step("failed", {"message": "no"})), "input": "x"},
                   prepare=lambda c: {"council": council(READY), "input": "x"}, finish=self.clear)

    def test_list(self):
        self.every("supervisor.which_children", prepare=lambda c: (self.running(c), {})[1], finish=self.clear)

    def test_monitor(self):
        self.every("run.monitor", prepare=self.running, finish=self.clear)

    def test_subscribe(self):
        self.every("run.subscribe", prepare=self.running, finish=self.clear)

    def test_terminate(self):
        self.every("run.terminate", prepare=self.running, finish=self.clear)

    def test_run_info(self):
        self.every("run.info", prepare=self.running, finish=self.clear)

    def test_run_list(self):
        self.every("run.list", prepare=lambda c: (self.running(c), {})[1], finish=self.clear)

    def test_provider_list(self):
        self.every("provider.list")


class Probes(Base):
    """Runs that are answered when they are gone."""
    runner = os.path.join(harness.BUILD, "council-runner")
    MOCK = {"schema_version": 1, "id": "mock", "members": [{"id": "s", "provider": "mock", "model": "m"}],
            "rounds": [{"type": "independent_analysis"}]}

    def test_check(self):
        self.every("provider.check", {"council": self.MOCK}, finish=self.clear)

    def test_models(self):
        self.every("provider.models", {"provider": "mock"}, finish=self.clear)


if __name__ == "__main__":
    import unittest
    unittest.main(verbosity=2)
