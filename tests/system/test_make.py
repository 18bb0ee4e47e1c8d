"""What `make` does where something it needs is missing: one line that names it and the one command, and nothing is compiled;
where it may install, it installs just that. And that `make test ONLY=` runs the test of that name.

The Makefile and what it calls are tried on a house of one source each, on a PATH that lacks what a test takes away."""
import os
import shutil
import subprocess

import harness

STEPS = ".ci/known", ".ci/install-packages", "tests/run-one", "tests/run-unit", "tests/sanitizers", "tests/system/run.py", \
    "tests/system/patience.py", "tests/power/stop_at_sync.c", "tests/escape/inside_runner.c", "tests/peers/escape/escape.h", "Makefile"
MAIN = "int main(void);\nint main(void)\n{\n    return 0;\n}\n"
TESTS = "import unittest\n\n\nclass Toy(unittest.TestCase):\n" + "".join(
    f"    def test_{name}(self):\n        open({{at!r}} + '/{name}', 'w').close()\n\n" for name in ("one", "one_more", "other"))
STUB = """#!/bin/sh
echo "$(basename "$0") $*" >>"$STUB_LOG"
"""


class House(harness.Case):
    """A copy of the Makefile with hardly anything to build."""

    def setUp(self):
        super().setUp()
        self.house, self.bin, self.pc = (self.path(name) for name in ("house", "bin", "pc"))
        for name in STEPS:
            os.makedirs(os.path.dirname(os.path.join(self.house, name)), exist_ok=True)
            shutil.copy(os.path.join(harness.ROOT, name), os.path.join(self.house, name))
        for tree in ("common", "proto", "serve", "client", "story", "daemon", "runner", "ctl", "tests/unit"):
            for folder, _, _ in os.walk(os.path.join(harness.ROOT, tree)):
                os.makedirs(os.path.join(self.house, os.path.relpath(folder, harness.ROOT)), exist_ok=True)
        self.write("house/common/banned.h", "")
        self.write("house/daemon/main.c", MAIN)
        self.env = {"PATH": self.bin, "HOME": self.dir, "LC_ALL": "C", "TMPDIR": self.dir, "PKG_CONFIG_LIBDIR": self.pc,
                    "STUB_LOG": self.path("stub.log")}
        path = [p for p in os.environ["PATH"].split(":") if p and "ccache" not in p]
        self.link_all(self.bin, path, lambda name: True)
        known = os.environ.get("PKG_CONFIG_PATH", "") + ":" + self.told("pkg-config", "--variable", "pc_path", "pkg-config")
        self.link_all(self.pc, known.split(":"), lambda name: name.endswith(".pc"))
        self.write_stub("dpkg-query", "echo install ok installed\n")

    def told(self, *command):
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    def write(self, name, text):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as f:
            f.write(text)
        return path

    def write_stub(self, name, body):
        self.hide(name)
        os.chmod(self.write(f"bin/{name}", f"#!/bin/sh\n{body}"), 0o755)

    def link_all(self, to, folders, wanted):
        os.makedirs(to)
        for folder in filter(os.path.isdir, folders):
            for name in filter(wanted, os.listdir(folder)):
                if not os.path.lexists(os.path.join(to, name)):
                    os.symlink(os.path.join(folder, name), os.path.join(to, name))

    def hide(self, *names):
        for name in names:
            for path in (os.path.join(self.bin, name), os.path.join(self.pc, name)):
                if os.path.lexists(path):
                    os.unlink(path)

    def make(self, *arguments):
        done = subprocess.run([shutil.which("make"), "--no-print-directory", *arguments], cwd=self.house, env=self.env, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        return done.returncode, done.stdout

    def built(self):
        return os.path.exists(os.path.join(self.house, "build/councild"))


class Missing(House):
    def says(self, target, what, packages):
        """One line of its own, and make's that it ends there."""
        status, said = self.make(target)
        lines = said.splitlines()
        self.assertEqual((status, len(lines)), (2, 2), said)
        self.assertEqual(lines[0], f"missing: {what}. On Debian 12 this installs what is needed: .ci/install-packages {packages}")
        self.assertIn("***", lines[1])
        self.assertFalse(self.built())

    def test_nothing_is_missing(self):
        status, said = self.make()
        self.assertEqual((status, said, self.built()), (0, "", True))

    def test_a_program(self):
        self.hide("pkg-config")
        self.says("all", "pkg-config", "build")

    def test_a_compiler(self):
        self.hide("gcc")
        self.says("all", "gcc", "build")

    def test_libraries(self):
        self.hide("jansson.pc", "libevent_core.pc")
        self.says("all", "jansson libevent_core", "build")
        self.says("check", "jansson libevent_core", "test")

    def test_what_only_tests_need(self):
        self.hide("cmocka.pc")
        self.says("check", "cmocka", "test")
        self.assertEqual(self.make()[0], 0)


class Installs(House):
    """`make deps` is what every target calls that installs what it needs."""

    def setUp(self):
        super().setUp()
        self.write_stub("dpkg-query", 'case "$*" in *pkg-config | *libjansson-dev) exit 1 ;; *) echo install ok installed ;; esac\n')
        self.write_stub("apt-get", STUB)

    def log(self):
        path = self.env["STUB_LOG"]
        if not os.path.exists(path):
            return []
        with open(path) as f:
            return f.read().splitlines()

    def test_just_what_is_missing(self):
        self.write_stub("id", "echo 0\n")
        status, said = self.make("deps")
        self.assertEqual((status, said), (0, "Installing missing Debian packages: pkg-config libjansson-dev\n"))
        self.assertEqual(self.log(), ["apt-get update -qq", "apt-get install -y -qq --no-install-recommends pkg-config libjansson-dev"])

    def test_by_sudo(self):
        self.write_stub("id", "echo 1000\n")
        self.write_stub("sudo", STUB)
        self.assertEqual(self.make("deps")[0], 0)
        self.assertEqual(self.log(), ["sudo apt-get update -qq",
                                      "sudo apt-get install -y -qq --no-install-recommends pkg-config libjansson-dev"])

    def names_the_command(self):
        status, said = self.make("deps")
        lines = said.splitlines()
        self.assertEqual((status, len(lines)), (2, 2), said)
        self.assertIn("apt-get install pkg-config libjansson-dev", lines[0])
        self.assertEqual(self.log(), [])

    def test_who_may_not_is_told_the_command(self):
        self.write_stub("id", "echo 1000\n")
        self.hide("sudo")
        self.names_the_command()

    def test_where_there_is_no_apt(self):
        self.write_stub("id", "echo 0\n")
        self.hide("apt-get")
        self.names_the_command()


class OneTest(House):
    def ran(self, name):
        at = os.path.join(self.house, "ran")
        os.makedirs(at)
        self.write("house/tests/system/test_toy.py", TESTS.format(at=at))
        status, said = self.make("test", f"ONLY={name}")
        self.assertEqual(status, 0, said)
        names = sorted(os.listdir(at))
        shutil.rmtree(at)
        return names

    def test_exactly_that_one(self):
        """Though its name is the beginning of another's."""
        self.assertEqual(self.ran("test_toy.Toy.test_one"), ["one"])

    def test_part_of_a_name(self):
        self.assertEqual(self.ran("Toy.test_o"), ["one", "one_more", "other"])
        self.assertEqual(self.ran("one_m"), ["one_more"])

    def test_no_such_test(self):
        status, said = self.make("test", "ONLY=test_toy.Toy.test_none")
        self.assertEqual(status, 2)
        self.assertIn("no test has test_toy.Toy.test_none in its name", said)
