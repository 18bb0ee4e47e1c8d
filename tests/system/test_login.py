"""councilctl login: whoever types a key must not see it on the screen, find it in a list of processes, or lose the one that worked
because the new one does not."""
import json
import os
import signal
import stat

import harness
from test_ctl_commands import ctl
from test_ctl_real import CTL
from test_ctl_terminal import Terminal
from test_doctor import GOOD, Doctor

OLD, NEW = "sk-the-old-one-000", "sk-the-new-one-111"


class LoginCase(Doctor):
    def start(self, **providers):
        """A daemon without any key, and the server that takes the new one."""
        self.server = self.serve({"m": [GOOD]}, key=NEW)
        self.d = self.new_daemon(runner=os.path.join(harness.BUILD, "council-runner"), providers={
            "house": {"type": "openai", "key_env": "HOUSE_KEY", "base_url": self.server.url}, **providers})
        self.folder = self.path("config/councild/credentials")
        self.file = os.path.join(self.folder, "HOUSE_KEY")
        self.d.start(env={"XDG_CONFIG_HOME": self.path("config")})
        self.extra_files.add("config")
        self.c = self.d.client(60)

    def tearDown(self):
        harness.Case.tearDown(self)

    def login(self, text, *args, status=0):
        done = ctl("--socket", self.d.socket, "login", *args, stdin=text)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        for key in (OLD, NEW):
            self.assertNotIn(key, done.stdout + done.stderr)
        return done.stdout if status == 0 else done.stderr

    def held(self):
        if not os.path.exists(self.file):
            return None
        self.assertEqual(stat.S_IMODE(os.stat(self.file).st_mode), 0o600)
        with open(self.file) as f:
            return f.read()

    def state(self):
        return {p["name"]: p["key"] for p in self.c.call("provider.list")["providers"]}["house"]


class Login(LoginCase):
    def test_a_key_that_is_taken_is_written_and_used(self):
        self.start()
        self.assertEqual(self.state(), "missing")
        self.assertIn(self.file, self.login(NEW + "\n", "house"))
        self.assertEqual((self.held(), self.state()), (NEW, "present"))
        self.assertEqual(stat.S_IMODE(os.stat(self.folder).st_mode), 0o700)
        self.assertEqual(os.listdir(self.folder), ["HOUSE_KEY"])
        self.assertTrue(self.c.call("provider.check", provider="house")["ok"])
        told = json.loads(self.login(NEW, "--json", "house"))
        self.assertEqual(told, {"provider": "house", "key_env": "HOUSE_KEY", "file": self.file, "checked": True})
        self.assertNotIn(NEW, self.d.log())

    def test_a_key_that_is_refused_leaves_everything_as_it_was(self):
        self.start()
        self.assertIn("key_accepted", self.login(OLD + "\n", "house", status=1))
        self.assertEqual((self.held(), self.state()), (None, "missing"))
        self.login(NEW + "\n", "house")
        self.login(OLD + "\n", "house", status=1)
        self.assertEqual((self.held(), self.state()), (NEW, "present"))
        self.assertTrue(self.c.call("provider.check", provider="house")["ok"])
        self.login(OLD + "\n", "--no-check", "house")
        self.assertEqual(self.held(), OLD)

    def test_a_configuration_with_a_fault_leaves_everything_as_it_was(self):
        self.start()
        with open(self.d.flags["config"], "w") as f:
            f.write("{")
        self.assertIn("reload_failed", self.login(NEW + "\n", "house", status=1))
        self.assertEqual((self.held(), self.state()), (None, "missing"))

    def test_what_is_no_key_or_no_provider(self):
        self.start(open={"type": "openai", "base_url": "http://127.0.0.1:9/v1", "key_env": None})
        self.assertIn("nothing came", self.login("", "house", status=1))
        self.assertIn("printable ASCII", self.login("\n", "house", status=1))
        self.assertIn("printable ASCII", self.login("two words\n", "house", status=1))
        self.assertIn("too long", self.login("k" * 20000 + "\n", "house", status=1))
        self.assertIn("no provider horse", self.login(NEW, "horse", status=1))
        self.assertIn("needs no key", self.login(NEW, "open", status=1))
        self.assertIsNone(self.held())

    def test_the_daemon_of_somebody_else(self):
        harness.needs_root("to be somebody else")
        self.start()
        os.chmod(self.dir, 0o755)
        for folder in (self.d.dir, os.path.dirname(self.d.socket)):
            os.chmod(folder, 0o755)
        os.chmod(self.d.socket, 0o666)
        done = ctl("--socket", self.d.socket, "login", "house", stdin=NEW, user=54018, group=54018, extra_groups=[])
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("not yours", done.stderr)
        os.chmod(os.path.dirname(self.d.socket), 0o700)


class AtATerminal(LoginCase):
    def terminal(self, **more):
        class Place:
            path = self.d.socket
        return Terminal(Place, "login", "house", **more)

    def echoes(self, fd):
        import termios
        return bool(termios.tcgetattr(fd)[3] & termios.ECHO)

    def test_it_is_asked_for_and_not_shown(self):
        self.start()
        t = self.terminal()
        t.read("(HOUSE_KEY), not shown: ")
        self.assertFalse(self.echoes(t.fd))
        t.type(NEW + "\n")
        self.assertEqual(t.wait(), 0, t.out)
        self.assertNotIn(NEW, t.out)
        self.assertEqual(self.held(), NEW)

    def test_ctrl_c_leaves_a_terminal_that_shows_again(self):
        self.start()
        t = self.terminal()
        t.read("not shown: ")
        self.assertFalse(self.echoes(t.fd))
        terminal = os.dup(t.fd)
        t.type("sk-half\x03")
        self.assertEqual(t.wait(), -signal.SIGINT)
        self.assertTrue(self.echoes(terminal))
        os.close(terminal)
        self.assertIsNone(self.held())

    def test_a_signal_that_is_ignored_stays_so(self):
        self.start()
        t = self.terminal(ignoring=[signal.SIGINT, signal.SIGHUP])
        t.read("not shown: ")
        os.kill(t.pid, signal.SIGHUP)
        t.type("\x03")
        t.type(NEW + "\n")
        self.assertEqual(t.wait(), 0, t.out)
        self.assertEqual(self.held(), NEW)

    def test_it_is_in_no_argument(self):
        self.start()
        t = self.terminal()
        t.read("not shown: ")
        with open(f"/proc/{t.pid}/cmdline", "rb") as f:
            self.assertEqual(f.read().split(b"\0")[:-1], [CTL.encode(), b"--socket", self.d.socket.encode(), b"login", b"house"])
        t.type("\x04")
        self.assertEqual(t.wait(), 1)
