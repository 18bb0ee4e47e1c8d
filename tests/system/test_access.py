"""Who may connect, and what the modes of socket and directory are at any moment."""
import array
import os
import socket
import stat
import subprocess
import sys
import threading

import harness
from harness import HANG, PROMPTLY, READY, council, step, wait_until
from patience import patience

SPEAK = """
import json, socket, sys
s = socket.socket(socket.AF_UNIX)
s.settimeout(5)
try:
    s.connect(sys.argv[1])
    s.sendall(b'{"jsonrpc":"2.0","id":1,"method":"supervisor.info"}\\n')
    print(len(s.recv(65536)))
except (ConnectionResetError, BrokenPipeError):
    print(0)
except PermissionError:
    print("refused")
"""


# Another user may not be allowed to run the interpreter that runs us.
PYTHON = "/usr/bin/python3" if os.path.exists("/usr/bin/python3") else sys.executable


def speak_as(user, path, groups=()):
    """How many bytes another user gets: 0 for a connection that is closed without a byte."""
    done = subprocess.run([PYTHON, "-c", SPEAK, path], user=user, group=user, extra_groups=list(groups), cwd="/",
                          capture_output=True, text=True, timeout=patience(30))
    return done.stdout.strip() or done.stderr


class Access(harness.Case):
    def test_modes_whatever_the_umask(self):
        for mask in (0, 0o22, 0o77, 0o777):
            d = self.new_daemon(f"d{mask}")
            d.flags["socket"] = d.socket = os.path.join(d.dir, "run", "deep", "sock")
            seen = set()
            done = threading.Event()

            def watch():
                while not done.is_set():
                    for path in (d.socket, os.path.dirname(d.socket)):
                        try:
                            seen.add(stat.S_IMODE(os.lstat(path).st_mode) & 0o077)
                        except OSError:
                            pass
            watcher = threading.Thread(target=watch)
            watcher.start()
            try:
                d.start(umask=mask)
            finally:
                done.set()
                watcher.join()
            self.assertLessEqual(seen, {0})
            self.assertEqual(self.mode(d.socket), 0o600)
            self.assertEqual(self.mode(os.path.dirname(d.socket)), 0o700)
            self.assertEqual(self.mode(d.state) & 0o077, 0)
            c = d.client()
            run = c.start(council(*HANG))
            self.assertEqual(self.mode(os.path.join(d.state, "open")), 0o700)
            self.assertEqual(self.mode(d.record_path(run["run_id"], "open")), 0o600)
            c.call("run.terminate", run_id=run["run_id"])
            self.extra_files.add("run/deep/sock")

    def open_the_way(self, d):
        """Lets others reach the socket in spite of its modes, so that the check of the peer is what is tested."""
        os.chmod(self.dir, 0o755)
        os.chmod(d.dir, 0o755)
        os.chmod(os.path.dirname(d.socket), 0o755)
        os.chmod(d.socket, 0o666)

    def test_strangers_are_closed_without_a_byte(self):
        harness.needs_root("to be somebody else")
        d = self.daemon()
        self.open_the_way(d)
        self.assertEqual(speak_as(54018, d.socket), "0")
        self.assertEqual(speak_as(54018, d.socket, groups=[0]), "0")
        self.assertNotEqual(speak_as(0, d.socket), "0")
        os.chmod(os.path.dirname(d.socket), 0o700)
        self.assertEqual(speak_as(54018, d.socket), "refused")

    def test_root_may_talk_to_the_daemon_of_a_user(self):
        harness.needs_root("to be somebody else")
        d = self.new_daemon()
        os.chmod(self.dir, 0o755)
        for folder, _, files in os.walk(d.dir):
            os.chown(folder, 54019, 54019)
        d.start(user=54019)
        info = d.client().call("supervisor.info")
        self.assertEqual(os.stat(f"/proc/{info['pid']}").st_uid, 54019)
        run = d.client().start(council(*HANG))
        self.assertEqual(os.stat(f"/proc/{run['pid']}").st_uid, 54019)

    def test_access_group(self):
        harness.needs_root("to be somebody else")
        import grp
        group = grp.getgrnam("daemon")
        d = self.daemon(access_group="daemon")
        os.chmod(self.dir, 0o755)
        os.chmod(d.dir, 0o755)
        self.assertEqual((self.mode(d.socket), os.stat(d.socket).st_gid), (0o660, group.gr_gid))
        self.assertEqual((self.mode(os.path.dirname(d.socket)), os.stat(os.path.dirname(d.socket)).st_gid), (0o750, group.gr_gid))
        self.assertNotIn(speak_as(54018, d.socket, groups=[group.gr_gid]), ("0", "refused"))
        self.assertEqual(speak_as(54018, d.socket), "refused")
        self.open_the_way(d)
        self.assertEqual(speak_as(54018, d.socket), "0")
        os.chmod(os.path.dirname(d.socket), 0o750)

    def knocking(self, **flags):
        """What a daemon says to its own runner, and to what descends from that by every way."""
        d = self.daemon(flags.get("cgroup", "auto"), **flags)
        c = d.client()
        got = {}
        for way in (None, "group", "setsid", "double"):
            to = self.path(f"{way}-{len(flags)}")
            knock = {"socket": d.socket, "to": to}
            act = step("grandchildren", {"way": way, "knock": knock, "life_ms": 0}) if way else step("knock", knock)
            run = c.start(council(READY, act))
            wait_until(lambda: os.path.exists(to) and os.path.getsize(to), 20, "somebody has knocked")
            with open(to) as f:
                got[way] = f.read().split()[0]
            c.call("run.terminate", run_id=run["run_id"])
        return d, got

    def test_who_lives_inside_a_run_is_not_served(self):
        """The uid of a tool is the daemon's own: with it alone one command would hold every key and stop every run."""
        for flags in ({}, {"cgroup": "off"}):
            d, got = self.knocking(**flags)
            self.assertEqual(got, dict.fromkeys((None, "group", "setsid", "double"), "closed"), flags)
            self.assertEqual(d.log().count("it lives inside a run"), 4)
            d.client().call("supervisor.info")

    def test_passed_descriptors_are_discarded(self):
        d = self.daemon()
        c = d.client()
        c.call("supervisor.info")
        base = len(harness.fds(d.pid))
        reader, writer = os.pipe()
        for n in range(20):
            c.sock.sendmsg([b'{"jsonrpc":"2.0","id":%d,"method":"supervisor.info"}\n' % (1000 + n)],
                           [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [writer] * 10))])
            c.answer(1000 + n, PROMPTLY)
        self.assertEqual(len(harness.fds(d.pid)), base)
        os.close(writer)
        os.set_blocking(reader, False)
        wait_until(lambda: os.read(reader, 1) == b"", PROMPTLY, "no copy of the descriptor is held")
        os.close(reader)
