"""The escape kit, tried where a taken-over part of a run would stand, and held against expected.py.

    escapes.py [COLUMN... | calls]

Each column is a daemon with a sandbox of one kind, in one containment. Where the sandbox is off every attempt that the kernel allows
to an ordinary user has to get through: this shows that the kit works. Behind them comes calls.py. Closes with a table and its counts: each cell is a
check, and each column as a whole."""
import os
import sys
import tempfile
import unittest

import calls
import ground
import harness
from expected import expected

RESULTS, COUNTS, REASONS = {}, {"passed": 0, "failed": 0}, {}


class Column:
    def __init__(self, where, sandbox="best", containment="group", namespaces=True, ports=False):
        self.where, self.sandbox, self.containment, self.namespaces, self.ports = where, sandbox, containment, namespaces, ports

    def __str__(self):
        parts = [self.where, self.containment] + ([] if self.sandbox == "best" else [self.sandbox]) + ([] if self.namespaces else ["bare"]) + ["ports"] * self.ports
        return "-".join(parts)


COLUMNS = [Column("tool", "off"), Column("runner", "off"), Column("tool", "off", "cgroup"), Column("runner"), Column("runner", containment="cgroup"), Column("runner", "strict"),
           Column("tool"), Column("tool", containment="cgroup"), Column("tool", namespaces=False), Column("tool", containment="cgroup", namespaces=False),
           Column("tool", ports=True), Column("tool", namespaces=False, ports=True)]


class Escapes(harness.Case):
    def attack(self, column):
        self.dir_for_all = tempfile.mkdtemp(prefix="councild-escape-")
        self.addCleanup(os.rmdir, self.dir_for_all)
        os.chmod(self.dir_for_all, 0o777)
        self.column, here = str(column), ground.Ground(self, column)
        found = RESULTS[self.column] = here.attack()
        wrong = []
        for name, result in found.items():
            allowed = expected(name, column, here.down["sandbox"])
            self.count(result in allowed or "any" in allowed)
            if not (result in allowed or "any" in allowed):
                wrong.append(f"{name}: {result}, and not {' or '.join(sorted(allowed))}")
        self.after(column, here, wrong)
        self.assertEqual(wrong, [])

    def count(self, good):
        COUNTS["passed" if good else "failed"] += 1

    def after(self, column, here, wrong):
        """What the run left behind."""
        left, changed = here.bombs(), len(here.changed)
        RESULTS[self.column].update({"bombs left": str(left), "files changed": str(changed)})
        off, told = column.sandbox == "off", here.down["sandbox"]
        promised = {name: value for name, value in here.info["sandbox"].items() if name in told and name != "tools"}
        for name, good in (("bombs left", (left > 0) == (off and column.containment == "group")), ("files changed", (changed > 0) == off),
                           ("in force as promised", promised and all(told[name] == value for name, value in promised.items())),
                           ("namespaces as they can be had", off or column.where == "runner" or column.namespaces or not told["tools"]["namespaces"]),
                           ("the daemon lives", here.daemon.alive()), ("the sibling lives", harness.Process(here.sibling["pid"]).alive())):
            self.count(good)
            if not good:
                wrong.append(f"{name}: {RESULTS[self.column].get(name, 'no')}")

    def leaves_nothing(self, d):
        if ground.USER is not None:
            super().leaves_nothing(d)
        elif d.alive():
            self.assertEqual(d.stop(), 0, d.log())

    def _known(self, d, name):
        return True


def add_tests(columns):
    for column in columns:
        def test(self, column=column):
            self.attack(column)
        setattr(Escapes, "test_" + str(column).replace("-", "_"), test)


def table():
    columns = list(RESULTS)
    names = dict.fromkeys(name for column in columns for name in RESULTS[column])
    widths = [max(len(c), 13) for c in columns]
    print(f"{'':24}" + " ".join(c.ljust(w) for c, w in zip(columns, widths)))
    for name in names:
        print(f"{name:24}" + " ".join(RESULTS[c].get(name, "").ljust(w) for c, w in zip(columns, widths)))


def main(asked):
    columns = [c for c in COLUMNS if not asked or str(c) in asked]
    add_tests(columns)
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(Escapes)
    if not asked or "calls" in asked:
        suite.addTests(unittest.defaultTestLoader.loadTestsFromTestCase(calls.Calls))
    result = unittest.TextTestRunner(verbosity=2).run(suite)
    table()
    for test, reason in result.skipped:
        print(f"not run: {test.id()}: {reason}")
    COUNTS["passed"] += result.testsRun - len(result.skipped) - len(result.errors) - len(result.failures)
    COUNTS["failed"] += len(result.errors) + (len(result.failures) if not COUNTS["failed"] else 0)
    print(f"escape: {COUNTS['passed']} passed, {COUNTS['failed']} failed")
    return 1 if COUNTS["failed"] or not COUNTS["passed"] else 0


sys.exit(main(sys.argv[1:]))
