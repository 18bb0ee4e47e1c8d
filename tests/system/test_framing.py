"""docs/rules.md, Protocol: frames, strict JSON, JSON-RPC, limits of requests and connections."""
import json
import os
import socket
import threading

import harness
from harness import HANG, PROMPTLY, Stopwatch, council, wait_until

INFO = b'{"jsonrpc":"2.0","id":%s,"method":"supervisor.info"}\n'


def input_line(text):
    """A start whose council is invalid, so that the answer tells whether the line was read at all."""
    return b'{"jsonrpc":"2.0","id":1,"method":"run.start","params":{"council":5,"input":%s}}\n' % text


# Each of these is one line that is no strict JSON.
NOT_JSON = {
    "cut off": b'{"jsonrpc":"2.0","id":1,"method":"supervisor.info"',
    "text after the object": b'{"jsonrpc":"2.0","id":1,"method":"supervisor.info"} x',
    "two objects": b'{"jsonrpc":"2.0","id":1,"method":"supervisor.info"}{}',
    "plain words": b"supervisor.info",
    "HTTP": b"GET / HTTP/1.1\r",
    "NaN": input_line(b"NaN"),
    "Infinity": input_line(b"-Infinity"),
    "overflow": input_line(b"1e999"),
    "integer above 2^63-1": input_line(b"9223372036854775808"),
    "integer below -2^63": input_line(b"-9223372036854775809"),
    "leading zero": input_line(b"01"),
    "plus sign": input_line(b"+1"),
    "bare fraction": input_line(b".5"),
    "no digits after the point": input_line(b"1."),
    "capital literal": input_line(b"True"),
    "comment": input_line(b"/* x */ 1"),
    "comma at the end": input_line(b"[1,]"),
    "single quotes": input_line(b"'x'"),
    "unknown escape": input_line(rb'"\x41"'),
    "tab in a string": input_line(b'"a\tb"'),
    "duplicate key of the request": b'{"jsonrpc":"2.0","id":1,"id":1,"method":"supervisor.info"}',
    "duplicate parameter": b'{"jsonrpc":"2.0","id":1,"method":"run.info","params":{"run_id":"a","run_id":"b"}}',
    "duplicate key deep in the input": input_line(b'[[{"k":1,"j":2,"k":1}]]'),
    "duplicate key by escape": input_line(rb'{"a":1,"\u0061":2}'),
    "lone high surrogate": input_line(rb'"\ud800"'),
    "lone low surrogate": input_line(rb'"\udc00x"'),
    "high surrogate before another escape": input_line(rb'"\ud800\u0041"'),
    "raw NUL in a string": input_line(b'"a\0b"'),
    "raw NUL after the object": b'{"jsonrpc":"2.0","id":1,"method":"supervisor.info"}\0',
    "U+0000 in a name": input_line(rb'{"a\u0000b":1}'),
    "byte ff": input_line(b'"\xff"'),
    "overlong slash": input_line(b'"\xc0\xaf"'),
    "encoded surrogate": input_line(b'"\xed\xa0\x80"'),
    "above U+10FFFF": input_line(b'"\xf4\x90\x80\x80"'),
    "half a character": input_line(b'"\xe2\x82"'),
    "byte order mark": b'\xef\xbb\xbf{"jsonrpc":"2.0","id":1,"method":"supervisor.info"}',
    "nested 65 deep": input_line(b"[" * 63 + b"]" * 63),
    "a million brackets": b"[" * 1000000,
}

NOT_A_REQUEST = {
    "batch": b'[{"jsonrpc":"2.0","id":1,"method":"supervisor.info"}]',
    "empty batch": b"[]",
    "number": b"1",
    "string": b'"supervisor.info"',
    "null": b"null",
    "id null": b'{"jsonrpc":"2.0","id":null,"method":"supervisor.info"}',
    "id true": b'{"jsonrpc":"2.0","id":true,"method":"supervisor.info"}',
    "id list": b'{"jsonrpc":"2.0","id":[1],"method":"supervisor.info"}',
    "unknown member": b'{"jsonrpc":"2.0","id":1,"method":"supervisor.info","x":1}',
    "no method": b'{"jsonrpc":"2.0","id":1}',
    "method is a number": b'{"jsonrpc":"2.0","id":1,"method":7}',
    "no version": b'{"id":1,"method":"supervisor.info"}',
    "other version": b'{"jsonrpc":"1.0","id":1,"method":"supervisor.info"}',
    "params is a string": b'{"jsonrpc":"2.0","id":1,"method":"supervisor.info","params":"x"}',
}


class Framing(harness.Case):
    def test_request_byte_by_byte(self):
        c = self.daemon().client()
        for byte in INFO % b"7":
            c.raw(bytes([byte]))
        self.assertEqual(c.answer(7)["result"]["protocol"], 1)

    def test_thousand_requests_in_one_write_are_answered_in_order(self):
        c = self.daemon().client(60)
        c.raw(b"".join(INFO % str(n).encode() for n in range(1000)))
        wait_until(lambda: c._receive(1) and len(c.log) >= 1000, 60, "1000 replies")
        self.assertEqual([m["id"] for m in c.log], list(range(1000)))

    def test_nothing_is_sent_before_the_first_line(self):
        c = self.daemon().client()
        c.drain(0.1)
        self.assertEqual(c.log, [])
        c.call("supervisor.info")

    def test_replies_repeat_the_id_byte_for_byte(self):
        c = self.daemon().client()
        for id in (b"1.0", b"9007199254740993", b"-0", b"1e2", rb'"a\u0062\/"', b'""', b'"\xc3\xa4"', b"-9223372036854775808"):
            c.raw(INFO % id)
            wait_until(lambda: c._receive(1), PROMPTLY)
            self.assertIn(b'"id":' + id, c.lines[-1].replace(b'"id": ', b'"id":'), id)

    def test_white_space_and_order_of_members_are_free(self):
        c = self.daemon().client()
        c.raw(b' { "params" : { } ,\t"method" : "supervisor.info" , "id" : 3 , "jsonrpc" : "2.0" } \r\n')
        self.assertIn("result", c.answer(3))

    def test_later_requests_overtake_waiting_ones(self):
        c = self.daemon().client()
        slow = c.send("run.start", council=council(harness.step("sleep", 400), *HANG), input="x")
        infos = [c.send("supervisor.info") for _ in range(3)]
        for id in infos:
            c.answer(id, PROMPTLY)
        self.assertFalse(c.answered(slow))
        c.reply(slow)

    def test_message_without_id_is_not_executed_and_not_answered(self):
        d = self.daemon()
        c = d.client()
        c.line({"jsonrpc": "2.0", "method": "run.start", "params": {"council": council(*HANG), "input": "x"}})
        c.line({"jsonrpc": "2.0", "method": "no.such"})
        c.call("supervisor.info")
        c.drain(0.1)
        self.assertEqual(len(c.log), 1)
        self.assertEqual(c.counts()["active"] + c.counts()["starting"], 0)

    def test_bytes_without_newline_at_the_end_are_never_executed(self):
        d = self.daemon()
        c = d.client()
        start = {"jsonrpc": "2.0", "id": 1, "method": "run.start", "params": {"council": council(*HANG), "input": "x"}}
        c.raw(INFO % b"5" + json.dumps(start).encode())
        c.half_close()
        c.read_to_eof()
        self.assertIn("result", c.log[0])
        self.assertEqual([(m["id"], m["error"]["data"]["reason"]) for m in c.log[1:]], [(None, "parse_error")])
        self.assertEqual(d.client().counts()["workers"], 0)


class StrictJson(harness.Case):
    def test_every_line_that_is_not_strict_json_costs_one_parse_error(self):
        d = self.daemon()
        c = d.client()
        for name, line in NOT_JSON.items():
            with self.subTest(name):
                c.raw(line if line.endswith(b"\n") else line + b"\n")
                message = c.take(lambda m: "error" in m)
                self.assertIsNone(message["id"])
                self.assertError(harness.RpcError(message["error"]), "parse_error", -32700)
                self.assertEqual(c.call("supervisor.info")["protocol"], 1)
        self.assertEqual(d.records() + d.records("open"), [])

    def test_messages_that_are_no_requests(self):
        c = self.daemon().client()
        for name, line in NOT_A_REQUEST.items():
            with self.subTest(name):
                c.raw(line + b"\n")
                message = c.take(lambda m: "error" in m)
                self.assertError(harness.RpcError(message["error"]), "invalid_request", -32600)
        self.assertEqual(c.call("supervisor.info")["protocol"], 1)
        self.assertEqual(len(c.log), len(NOT_A_REQUEST) + 1)

    def test_what_is_strict_json_is_read(self):
        c = self.daemon().client()
        for text in (b"1e-999", b"9223372036854775807", b"-9223372036854775808", b"0.1E+3", rb'"\ud83d\ude00"',
                     b'"\xf0\x9f\x98\x80"', rb'"a\u0000b"', b'"\xef\xbf\xbf"', b"[" * 62 + b"]" * 62, b'{"a":{"a":1},"b":{"a":1}}',
                     b"[" + b",".join([b"{}"] * 100000) + b"]"):
            with self.subTest(text[:40]):
                c.raw(input_line(text))
                self.assertEqual(c.take(lambda m: m.get("id") == 1)["error"]["data"]["reason"], "invalid_council")

    def test_more_than_1000_values_outside_council_and_input(self):
        c = self.daemon().client()
        c.raw(b'{"jsonrpc":"2.0","id":1,"method":"run.start","params":{"council":5,"input":1,"callers":[' +
              b",".join([b'"x"'] * 1100) + b"]}}\n")
        self.assertError(harness.RpcError(c.take(lambda m: "error" in m)["error"]), "parse_error", -32700)

    def test_council_of_more_than_20000_values(self):
        c = self.daemon().client()
        big = council(*HANG, metadata={"script": HANG, "many": [0] * 20001})
        error = c.start_error(big)
        self.assertError(error, "invalid_council", -32602)
        self.assertIn("document_too_large", [e["code"] for e in error.data["errors"]])

    def test_unknown_methods_and_parameters_are_named(self):
        c = self.daemon().client()
        self.assertError(c.error("no.such"), "method_not_found", -32601, method="no.such")
        self.assertError(c.error("Supervisor.info"), "method_not_found", -32601, method="Supervisor.info")
        self.assertError(c.error("supervisor.info", x=1), "invalid_parameter", -32602, field="x")
        self.assertError(c.error("run.info"), "invalid_parameter", -32602, field="run_id")
        self.assertError(c.error("run.info", run_id=5), "invalid_parameter", -32602, field="run_id")
        self.assertError(c.error("run.await", run_id="a", timeout_ms="x"), "invalid_parameter", -32602, field="timeout_ms")
        self.assertError(c.error("run.cancel", run_id="a", mode="soon"), "invalid_parameter", -32602, field="mode")
        self.assertError(c.error("m\u0000" + "x" * 5000), "method_not_found", -32601)

    def test_memory_of_the_daemon_on_hostile_json(self):
        # Trees of jansson would take hundreds of MiB for these lines.
        d = self.daemon()
        c = d.client(60)
        c.call("supervisor.info")
        before = harness.memory_kib(d.pid)
        size = 4000000
        for unit in (b"{},", b"[],", b'"",', b"0,", b'{"a":0},'):
            c.raw(input_line(b"[" + unit * (size // len(unit)) + b"0]"))
            self.assertIn(c.take(lambda m: "error" in m)["error"]["data"]["reason"], ("invalid_council", "invalid_parameter"))
        many = b",".join(b'"k%d":0' % n for n in range(300000))
        c.raw(input_line(b"{" + many + b"}"))
        c.take(lambda m: "error" in m)
        grown = harness.memory_kib(d.pid, "VmHWM") - before
        # The line itself is held, too; a sanitised daemon keeps freed memory for a while.
        self.assertLess(grown, (8 + 8) * 1024 * (6 if harness.SANITIZED else 1))


class Limits(harness.Case):
    def test_line_over_the_limit(self):
        limit = 2 << 20
        d = self.daemon(max_request_bytes=limit)
        other = d.client()
        c = d.client()
        blocks = threading.Thread(target=lambda: self.flood(c, limit + (1 << 20)))
        blocks.start()
        message = c.take(lambda m: "error" in m)
        self.assertError(harness.RpcError(message["error"]), "request_too_large", -32010, limit=limit)
        c.read_to_eof()
        blocks.join()
        other.call("supervisor.info", PROMPTLY)

    @staticmethod
    def flood(c, size):
        try:
            c.sock.sendall(b"x" * size)
        except OSError:
            pass

    def test_line_just_under_the_limit_is_read(self):
        limit = 2 << 20
        c = self.daemon(max_request_bytes=limit).client()
        line = b'{"jsonrpc":"2.0","id":1,"method":"supervisor.info"}'
        c.raw(line + b" " * (limit - len(line) - 1) + b"\n")
        self.assertIn("result", c.answer(1))

    def test_limits_are_reported(self):
        limits = self.daemon(max_request_bytes=3000000, max_connections=17).client().call("supervisor.info")["limits"]
        self.assertIn(3000000, limits.values())
        self.assertIn(17, limits.values())

    def test_memory_on_an_endless_line(self):
        d = self.daemon()
        c = d.client(30)
        before = harness.memory_kib(d.pid)
        sent = 0
        try:
            while sent < 64 << 20:
                c.raw(b"x" * (1 << 20))
                sent += 1 << 20
        except OSError:
            pass
        grown = harness.memory_kib(d.pid, "VmHWM") - before
        self.assertLess(grown, 2 * 4096 * (4 if harness.SANITIZED else 1))

    def test_connection_over_the_cap(self):
        d = self.daemon(max_connections=3)
        first = [d.client() for _ in range(3)]
        for c in first:
            c.call("supervisor.info")
        late = d.client()
        notice = late.take(lambda m: "error" in m)
        self.assertIsNone(notice["id"])
        self.assertError(harness.RpcError(notice["error"]), "too_many_connections", -32011, limit=3)
        late.read_to_eof()
        for c in first:
            c.call("supervisor.info")
        for c in first:
            c.close()
            with harness.Client(d.socket) as another:
                another.call("supervisor.info")

    def test_cap_is_lowered_to_fit_the_descriptors(self):
        import resource
        d = self.daemon(how={"rlimits": [(resource.RLIMIT_NOFILE, 80, 80)]}, max_connections=256)
        limits = d.client().call("supervisor.info")["limits"]
        self.assertLess(limits["max_connections"], 80)

    def test_well_formed_clients_are_served_during_floods_of_junk(self):
        d = self.daemon()
        good = d.client()
        stop = threading.Event()

        def junk(data):
            while not stop.is_set():
                try:
                    with socket.socket(socket.AF_UNIX) as s:
                        s.connect(d.socket)
                        s.settimeout(0.2)
                        while not stop.is_set():
                            s.sendall(data)
                except OSError:
                    pass
        threads = [threading.Thread(target=junk, args=(data,)) for data in (b"junk\n" * 5000, b"[" * 100000 + b"\n", os.urandom(65536))]
        for t in threads:
            t.start()
        try:
            for _ in range(20):
                watch = Stopwatch()
                good.call("supervisor.info")
                self.assertLess(watch.seconds, PROMPTLY)
            run = good.start(council(*HANG))
            good.call("run.terminate", run_id=run["run_id"])
        finally:
            stop.set()
            for t in threads:
                t.join()
        self.assertEqual(good.counts()["workers"], 0)
