"""docs/rules.md, People: one user does not take what all share.

256 connections with half a line each locked everybody out, who operates too; 250 with half a line of 4 MB made a daemon
of 4 MB one of 1 GB."""
import contextlib
import re
import resource
import select

import harness
from harness import read_text, wait_until
from people import client_of, open_the_way

ASKER, OTHER, GATEWAY = 54201, 54202, 54203
ACCESS = [{"user": str(ASKER), "role": "ask"}, {"user": str(OTHER), "role": "look"},
          {"user": str(GATEWAY), "role": "ask", "many": True}]
MIB = 1 << 20


def resident(pid):
    return int(re.search(r"^VmRSS:\s+([0-9]+) kB$", read_text(f"/proc/{pid}/status"), re.M).group(1)) * 1024


def say(client, data):
    """Sends what is taken; True: all of it, False: the connection is gone."""
    client.sock.setblocking(False)
    while data:
        try:
            data = data[client.sock.send(data):]
        except BlockingIOError:
            select.select([], [client.sock], [], 0.2)
        except OSError:
            return False
    return True


def is_closed(client):
    client.sock.setblocking(False)
    with contextlib.suppress(BlockingIOError, ConnectionResetError):
        while client.sock.recv(65536):
            pass
        return True
    return False


class Shares(harness.Case):
    def serve(self, **flags):
        d = self.daemon(access=ACCESS, **flags)
        open_the_way(self, d)
        return d

    def refused(self, client, limit):
        notice = client.take(lambda m: "error" in m)
        self.assertError(harness.RpcError(notice["error"]), "too_many_connections", -32011, limit=limit)
        client.read_to_eof()

    def test_a_user_has_a_quarter_and_four_are_kept(self):
        harness.needs_root("to be somebody else")
        d = self.serve(max_connections=16)
        asker = [client_of(d, ASKER) for _ in range(4)]
        for client in asker:
            client.raw(b'{"half')
        self.refused(client_of(d, ASKER), 4)
        other = client_of(d, OTHER)
        self.assertEqual(other.call("supervisor.info")["limits"]["max_connections"], 16)
        gateway = [client_of(d, GATEWAY) for _ in range(7)]
        self.refused(client_of(d, GATEWAY), 12)
        operators = [d.client() for _ in range(4)]
        for client in [*gateway, *operators]:
            client.call("supervisor.info")
        self.refused(d.client(), 16)
        # Who leaves makes room for the next of the same user.
        asker.pop().close()
        asker.append(client_of(d, ASKER))
        asker[-1].call("supervisor.info")

    def test_half_lines_are_bounded_together(self):
        harness.needs_root("to be somebody else")
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        d = self.serve(max_connections=256, how={"rlimits": [(resource.RLIMIT_NOFILE, 2048, 4096)]})
        before = resident(d.pid)
        quiet = client_of(d, OTHER)
        quiet.raw(b'{"jsonrpc":"2.0","id":1,"method":"supervisor.inf')
        half, most = b"x" * (4 * MIB - 1000), 0
        greedy = [client_of(d, GATEWAY) for _ in range(60)]
        for client in greedy:
            say(client, half)
            most = max(most, resident(d.pid) - before)
        # 64 MiB of buffers, what was freed and not given back yet, and what a sanitizer keeps.
        self.assertLess(most, (150 if not harness.SANITIZED else 400) * MIB)
        wait_until(lambda: sum(map(is_closed, greedy)) >= 60 - 16, what=lambda: sum(map(is_closed, greedy)))
        self.assertFalse(all(map(is_closed, greedy)))
        self.assertTrue(d.log_lines(f"too much of all together of=.*uid={GATEWAY}"))
        self.assertFalse(d.log_lines(f"too much of all together of=.*uid={OTHER}"))
        quiet.raw(b'o"}\n')
        self.assertEqual(quiet.answer(1)["result"]["name"], "councild")
        self.assertEqual(d.client().call("supervisor.info")["name"], "councild")
