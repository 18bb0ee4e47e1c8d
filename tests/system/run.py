#!/usr/bin/env python3
"""run.py [--own | --npm | --list] BUILD [PATTERN]: the system tests on the binaries in BUILD.

PATTERN is a part of file.Class.test. --own leaves out the tests that talk to programs from npm (peers.from_npm), --npm
leaves out all others; without either all that match run. --list names them and runs nothing.

Files run side by side in two processes. A test that takes too long fails. One that this machine cannot run (harness.not_here)
is named with its reason and counts as nothing; nothing else may be skipped. Closes with `system: N passed, N failed`, and
`peers: ...` with --npm.
"""
import collections
import json
import os
import signal
import subprocess
import sys
import threading
import time
import traceback
import unittest

from patience import patience

HERE = os.path.dirname(os.path.abspath(__file__))
WORKERS = 2
LIMIT = 90          # seconds for one test (patience.py)
WAYS = ("--own", "--npm", "--list")


class TooLong(Exception):
    pass


def on_alarm(*_):
    raise TooLong(f"the test took more than {LIMIT} s and what a busy machine adds")


class Result(unittest.TestResult):
    """Writes one line of JSON for each test to the descriptor of the parent."""

    def __init__(self, out):
        super().__init__()
        self.out = out

    def startTest(self, test):
        super().startTest(test)
        self.began = time.monotonic()
        self.verdict, self.text = "passed", ""
        signal.alarm(round(patience(LIMIT)))

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


def from_npm(test):
    """Whether a test is marked, or its class; what failed to load is not."""
    method = getattr(test, getattr(test, "_testMethodName", ""), None)
    return getattr(test, "from_npm", False) or getattr(method, "from_npm", False)


def chosen(name, way, pattern):
    """The tests of a file that match; a whole name is that test's alone, though another's begins with it."""
    loaded = list(flatten(unittest.defaultTestLoader.loadTestsFromName(name)))
    whole = [t for t in loaded if t.id() == pattern]
    return [t for t in whole or loaded if pattern in t.id() and not (way in ("--own", "--npm") and from_npm(t) != (way == "--npm"))]


def worker(name, way, pattern, out):
    signal.signal(signal.SIGALRM, on_alarm)
    sys.path.insert(0, HERE)
    tests = chosen(name, way, pattern)
    if way == "--list":
        for test in tests:
            line = {"test": test.id(), "verdict": "npm" if from_npm(test) else "own", "text": "", "seconds": 0}
            os.write(out, json.dumps(line).encode() + b"\n")
        return
    unittest.TestSuite(tests).run(Result(out))


def run_file(name, way, build, pattern):
    """Runs one file in a process of its own; gives its results, a crash counted as a failure."""
    ours, theirs = os.pipe()
    env = {**os.environ, "COUNCILD_BUILD": build, "PYTHONDONTWRITEBYTECODE": "1", "COUNCILD_PEERS": way}
    child = subprocess.Popen([sys.executable, os.path.abspath(__file__), "--worker", name, way, pattern, str(theirs)],
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


def tell_file(name, results, seconds):
    """What failed, and a line of progress."""
    bad = [r for r in results if r["verdict"] == "failed"]
    for r in bad:
        print(f"--- {r['test']} ({r['seconds']} s)\n{r['text']}{r.get('output', '')}", flush=True)
    if results:
        print(f"{name}: {len(results)} tests in {seconds:.0f} s" + (f", {len(bad)} FAILED" if bad else ""), flush=True)


def run_all(names, way, build, pattern):
    results, queue, lock = [], list(names), threading.Lock()

    def work():
        while True:
            with lock:
                if not queue:
                    return
                name = queue.pop(0)
            began = time.monotonic()
            mine = run_file(name, way, build, pattern)
            with lock:
                results.extend(mine)
                if way != "--list":
                    tell_file(name, mine, time.monotonic() - began)

    threads = [threading.Thread(target=work) for _ in range(WORKERS)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return results


def tell_not_run(results):
    """One line for each reason."""
    why = collections.defaultdict(list)
    for r in results:
        if r["verdict"] == "skipped":
            why[r["text"]].append(r["test"])
    for reason, tests in sorted(why.items()):
        print(f"not run: {reason}: {', '.join(sorted(tests))}")


def close(results, way, seconds):
    """The closing lines; the exit status."""
    tell_not_run(results)
    slow = sorted(results, key=lambda r: -r["seconds"])[:5]
    print("slowest: " + ", ".join(f"{r['test'].split('.')[-1]} {r['seconds']} s" for r in slow) + f"; all in {seconds:.0f} s")
    count = collections.Counter(r["verdict"] for r in results)
    print(f"{'peers' if way == '--npm' else 'system'}: {count['passed']} passed, {count['failed']} failed")
    return 0 if count["passed"] and not count["failed"] else 1


def main(argv):
    way = argv.pop(1) if len(argv) > 1 and argv[1] in WAYS else ""
    if len(argv) < 2:
        sys.exit(__doc__)
    build, pattern = os.path.abspath(argv[1]), argv[2] if len(argv) > 2 else ""
    names = sorted(f[:-3] for f in os.listdir(HERE) if f.startswith("test_") and f.endswith(".py"))
    if pattern:
        first = [n for n in names if n == pattern.split(".")[0]]
        names = first or names
    began = time.monotonic()
    results = run_all(names, way, build, pattern + "." if pattern in names else pattern)
    if way == "--list":
        print("".join(f"{r['verdict']} {r['test']}\n" for r in results if r["verdict"] in ("own", "npm")), end="")
        return 0
    return close(results, way, time.monotonic() - began)


if __name__ == "__main__":
    if len(sys.argv) > 1 and sys.argv[1] == "--worker":
        worker(sys.argv[2], sys.argv[3], sys.argv[4], int(sys.argv[5]))
    else:
        sys.exit(main(sys.argv))
