#!/usr/bin/env python3
"""run.py BUILD [PATTERN]: the system tests on the binaries in BUILD; PATTERN is a part of file.Class.test.

Files run side by side in two processes. A test that is skipped fails, and so does one that takes too long.
Closes with the line `system: N passed, N failed`.
"""
import json
import os
import signal
import subprocess
import sys
import threading
import time
import traceback
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
WORKERS = 2
LIMIT = 90          # seconds for one test


class TooLong(Exception):
    pass


def on_alarm(*_):
    raise TooLong(f"the test took more than {LIMIT} s")


class Result(unittest.TestResult):
    """Writes one line of JSON for each test to the descriptor of the parent."""

    def __init__(self, out):
        super().__init__()
        self.out = out

    def startTest(self, test):
        super().startTest(test)
        self.began = time.monotonic()
        self.verdict, self.text = "passed", ""
        signal.alarm(LIMIT)

    def stopTest(self, test):
        signal.alarm(0)
        self.tell(test)
        super().stopTest(test)

    def tell(self, test):
        line = {"test": test.id(), "verdict": self.verdict, "text": self.text,
                "seconds": round(time.monotonic() - self.began, 2)}
        os.write(self.out, json.dumps(line).encode() + b"\n")

    def bad(self, verdict, err):
        self.verdict = verdict
        self.text += "".join(traceback.format_exception(*err))

    def addError(self, test, err):
        super().addError(test, err)
        self.bad("failed", err)
        if not isinstance(test, unittest.TestCase):     # a class or module that could not be set up
            self.began = time.monotonic()
            self.tell(test)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.bad("failed", err)

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.text += f"{subtest}:\n"
            self.bad("failed", err)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.verdict, self.text = "skipped", reason


def flatten(suite):
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from flatten(item)
        else:
            yield item


def worker(name, pattern, out):
    signal.signal(signal.SIGALRM, on_alarm)
    sys.path.insert(0, HERE)
    loaded = unittest.defaultTestLoader.loadTestsFromName(name)
    suite = unittest.TestSuite(t for t in flatten(loaded) if pattern in t.id())
    suite.run(Result(out))


def run_file(name, build, pattern):
    """Runs one file in a process of its own; gives its results, a crash counted as a failure."""
    ours, theirs = os.pipe()
    env = {**os.environ, "COUNCILD_BUILD": build, "PYTHONDONTWRITEBYTECODE": "1"}
    child = subprocess.Popen([sys.executable, os.path.abspath(__file__), "--worker", name, pattern, str(theirs)],
                             env=env, pass_fds=[theirs], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    os.close(theirs)
    noise = []
    reader = threading.Thread(target=lambda: noise.append(child.stdout.read()))
    reader.start()
    with os.fdopen(ours) as lines:
        results = [json.loads(line) for line in lines]
    status = child.wait()
    reader.join()
    text = noise[0].decode(errors="replace")
    if status != 0:
        results.append({"test": name, "verdict": "failed", "text": f"exit status {status}", "seconds": 0})
    if any(r["verdict"] == "failed" for r in results) and text:
        results[-1]["output"] = text
    return results


def run_all(names, build, pattern):
    results, queue, lock = [], list(names), threading.Lock()

    def work():
        while True:
            with lock:
                if not queue:
                    return
                name = queue.pop(0)
            mine = run_file(name, build, pattern)
            with lock:
                results.extend(mine)
                for r in mine:
                    if r["verdict"] == "failed":
                        print(f"--- {r['test']} ({r['seconds']} s)\n{r['text']}{r.get('output', '')}", flush=True)

    threads = [threading.Thread(target=work) for _ in range(WORKERS)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return results


def main(argv):
    if len(argv) < 2:
        sys.exit(__doc__)
    build, pattern = os.path.abspath(argv[1]), argv[2] if len(argv) > 2 else ""
    names = sorted(f[:-3] for f in os.listdir(HERE) if f.startswith("test_") and f.endswith(".py"))
    if pattern:
        first = [n for n in names if n in pattern or pattern in n]
        names = first or names
    began = time.monotonic()
    results = run_all(names, build, pattern if pattern not in names else pattern + ".")
    skipped = [r for r in results if r["verdict"] == "skipped"]
    for r in skipped:
        print(f"skipped: {r['test']}: {r['text']}")
    slow = sorted(results, key=lambda r: -r["seconds"])[:5]
    print("slowest: " + ", ".join(f"{r['test'].split('.')[-1]} {r['seconds']} s" for r in slow)
          + f"; all in {time.monotonic() - began:.0f} s")
    passed = sum(r["verdict"] == "passed" for r in results)
    failed = len(results) - passed
    print(f"system: {passed} passed, {failed} failed")
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    if len(sys.argv) > 1 and sys.argv[1] == "--worker":
        worker(sys.argv[2], sys.argv[3], int(sys.argv[4]))
    else:
        sys.exit(main(sys.argv))
