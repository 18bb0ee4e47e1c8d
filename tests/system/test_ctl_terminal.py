"""councilctl run on a terminal: progress in place, and what Ctrl-C asks."""
import os
import re
import select
import signal
import subprocess
import time
import unittest

import harness
from fake_councild import FakeDaemon
from patience import patience
from test_ctl_run import CTL, SUB, Case, down, events, numbered, run_start


class Terminal:
    """councilctl on a pseudo terminal of 60 columns."""

    def __init__(self, daemon, *args, env=None, ignoring=()):
        self.out = ""
        self.pid, self.fd = harness.fork_on_terminal(ignoring)
        if self.pid == 0:
            os.environ.update({"TERM": "xterm", **(env or {})})
            os.execv(CTL, [CTL, "--socket", daemon.path, *args])
        import fcntl
        import struct
        import termios
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 20, 60, 0, 0))

    def read(self, until=None, seconds=10):
        """Reads until the text is there, or to the end."""
        end = time.monotonic() + seconds
        while until is None or until not in self.out:
            if not select.select([self.fd], [], [], max(0, end - time.monotonic()))[0]:
                raise AssertionError(f"no {until!r} in {self.out!r}")
            try:
                data = os.read(self.fd, 65536)
            except OSError:
                data = b""
            if not data:
                if until is not None:
                    raise AssertionError(f"ended without {until!r}: {self.out!r}")
                break
            self.out += data.decode(errors="replace")
        return self.out

    def type(self, text):
        os.write(self.fd, text.encode())

    def wait(self):
        self.read()
        os.close(self.fd)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def final_screen(text, width=60):
    """What stands on a terminal after all of this was written to it."""
    lines, row, column = [""], 0, 0
    for token in re.findall(r"\x1b\[[0-9;]*[A-Za-z]|\r|\n|[^\x1b\r\n]+", text):
        if token == "\r":
            column = 0
        elif token == "\n":
            row += 1
            if row == len(lines):
                lines.append("")
        elif token.endswith("A") and token[0] == "\x1b":
            row = max(0, row - int(token[2:-1]))
        elif token.endswith("J") and token[0] == "\x1b":
            lines[row:] = [lines[row][:column]]
        elif token[0] != "\x1b":
            lines[row] = lines[row][:column] + token + lines[row][column + len(token):]
            column += len(token)
    return lines


class TestTerminal(Case):
    def slow(self, daemon_hold, script=None, end=None):
        def wait(connection):
            daemon_hold(connection)
        return {"run.start": run_start(script or list(events())[:5], end or down("complete"), wait)}

    def cancelable(self, ending="cancelled"):
        """A run that ends when it is cancelled."""
        return {"run.start": run_start(list(events())[:5], None, lambda connection: None),
                "run.cancel": self.on_cancel(ending)}

    def on_cancel(self, ending):
        def handler(connection, request):
            connection.reply(request, {})
            for event in list(numbered("r1", events("run_failed", ending)))[-1:]:
                connection.notify("run.event", ref=SUB, run_id="r1", event=event)
            connection.notify("run.end", ref=SUB, run_id="r1", last_seq=9)
            connection.notify("run.down", **down(ending))
        return handler

    def test_progress_is_drawn_in_place_and_taken_away(self):
        go_on = []
        def wait(connection):
            end = time.monotonic() + 10
            while not go_on and time.monotonic() < end:
                time.sleep(0.01)
        script = list(events())
        def handler(connection, request):
            run_start(script[:8], None, wait)(connection, request)
            for event in list(numbered("r1", script))[8:]:
                connection.notify("run.event", ref=SUB, run_id="r1", event=event)
            connection.notify("run.down", **down("complete"))
        with FakeDaemon({"run.start": handler}) as daemon:
            terminal = Terminal(daemon, "run", "c", "q", "--stream")
            text = terminal.read(until="0 of 3 have answered")
            text = terminal.read(until="bob")
            go_on.append(True)
            self.assertEqual(terminal.wait(), 0)
            text = terminal.out
        self.assertIn("\x1b[J", text)
        screen = "\n".join(final_screen(text))
        self.assertNotIn("have answered", screen)
        self.assertNotIn("mock/m", screen)
        self.in_order(screen, "run r1", "round 1 of 3", "ann | First line", "outcome: complete", "Forty-two.")

    def test_no_color(self):
        with FakeDaemon({"run.start": run_start(events(), down("complete"))}) as daemon:
            terminal = Terminal(daemon, "run", "c", "q", env={"NO_COLOR": "1"})
            self.assertEqual(terminal.wait(), 0)
        self.assertNotRegex(terminal.out, r"\x1b\[[0-9;]*m")

    def test_a_dumb_terminal_gets_plain_lines(self):
        with FakeDaemon({"run.start": run_start(events(), down("complete"))}) as daemon:
            terminal = Terminal(daemon, "run", "c", "q", env={"TERM": "dumb"})
            self.assertEqual(terminal.wait(), 0)
        self.assertNotIn("\x1b", terminal.out)

    def test_ctrl_c_asks_and_cancels(self):
        with FakeDaemon(self.cancelable()) as daemon:
            terminal = Terminal(daemon, "run", "c", "q")
            terminal.read(until="bob")
            terminal.type("\x03")
            terminal.read(until="[c]ancel")
            self.assertEqual([r["method"] for r in daemon.requests], ["run.start"])
            terminal.type("x\n")
            terminal.read(until="c, l or g?")
            terminal.type("c\n")
            self.assertEqual(terminal.wait(), 5)
            self.assertEqual(daemon.requests[1]["params"], {"run_id": "r1"})
        self.assertIn("outcome: ", terminal.out)

    def test_ctrl_c_asks_and_leaves(self):
        with FakeDaemon(self.cancelable()) as daemon:
            terminal = Terminal(daemon, "run", "c", "q")
            terminal.read(until="bob")
            terminal.type("\x03")
            terminal.read(until="[c]ancel")
            terminal.type("l\n")
            self.assertEqual(terminal.wait(), 130)
            self.assertIn(f"councilctl --socket {daemon.path} events r1", terminal.out)
            self.assertIn("await r1", terminal.out)
            self.assertEqual(len(daemon.requests), 1)

    def test_a_second_ctrl_c_leaves(self):
        with FakeDaemon(self.cancelable()) as daemon:
            terminal = Terminal(daemon, "run", "c", "q")
            terminal.read(until="bob")
            terminal.type("\x03")
            terminal.read(until="[c]ancel")
            terminal.type("\x03")
            self.assertEqual(terminal.wait(), 130)
            self.assertIn("await r1", terminal.out)

    def test_going_on_shows_what_was_held_back(self):
        with FakeDaemon(self.cancelable()) as daemon:
            terminal = Terminal(daemon, "run", "c", "q")
            terminal.read(until="bob")
            terminal.type("\x03")
            terminal.read(until="[c]ancel")
            terminal.out = ""
            terminal.type("g\n")
            terminal.read(until="0 of 3 have answered")
            terminal.type("\x03")           # it asks once only
            self.assertEqual(terminal.wait(), 130)
            self.assertNotIn("[c]ancel", terminal.out)

    def test_an_end_ends_the_question(self):
        """The run is over while the question stands on the terminal: nobody has to answer it."""
        ask = []
        def wait(connection):
            end = time.monotonic() + 10
            while not ask and time.monotonic() < end:
                time.sleep(0.01)
        script = list(events())
        def handler(connection, request):
            run_start(script[:5], None, wait)(connection, request)
            for event in list(numbered("r1", script))[5:]:
                connection.notify("run.event", ref=SUB, run_id="r1", event=event)
            connection.notify("run.down", **down("complete"))
        with FakeDaemon({"run.start": handler}) as daemon:
            terminal = Terminal(daemon, "run", "c", "q")
            terminal.read(until="0 of 3 have answered")
            terminal.type("\x03")
            terminal.read(until="[c]ancel")
            ask.append(True)
            self.assertEqual(terminal.wait(), 0)
        self.assertIn("Forty-two.", terminal.out)

    def test_ctrl_c_without_a_keyboard_leaves_at_once(self):
        with FakeDaemon(self.cancelable()) as daemon:
            child = subprocess.Popen([CTL, "--socket", daemon.path, "run", "c", "q"], stdin=subprocess.DEVNULL,
                                     stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            while "asking" not in child.stdout.readline():
                pass
            child.send_signal(signal.SIGINT)
            _, err = child.communicate(timeout=patience(10))
            self.assertEqual(child.returncode, 130)
            self.assertIn("The run goes on", err)
            self.assertEqual(len(daemon.requests), 1)


if __name__ == "__main__":
    unittest.main()
