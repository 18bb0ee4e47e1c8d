"""What a whole council does of what a provider does wrong: pieces, stalls, cuts, errors, lies about lengths."""
import json
import os

import peers
from harness import Stopwatch
from test_council import KEY, CouncilCase, alone


class BadDays(CouncilCase):
    """A server that does what aimock cannot."""

    def serve(self, script, tls=None, **provider):
        server = peers.LlmServer(script, tls)
        self.addCleanup(server.close)
        d = self.council_daemon(f"d{len(self.daemons)}", providers={"openai": {
            "type": "openai", "base_url": server.url, "key_env": "OPENAI_API_KEY", **provider}})
        return server, d.client(60)

    def one(self, c, **more):
        more.setdefault("retry", {"max_attempts": 1})
        down, result, events = self.whole(c, alone("openai", **more))
        self.assertReason(down, kind="normal")
        return result["rounds"][0]["member_results"]["s0"], result, events

    def test_bytes_in_any_pieces(self):
        text = "\u00c4rger mit \U0001f600 und \u4e2d\u6587 " * 5
        server, c = self.serve({"m": [{"reply": text, "split": 1}, {"reply": text, "split": 3, "comments": True}, {"reply": text}]})
        for _ in range(3):
            member, result, _ = self.one(c)
            self.assertEqual((member["status"], member["content"]), ("ok", text))
        self.assertEqual(server.calls[0]["headers"].get("Authorization"), f"Bearer {KEY}")

    def test_stall(self):
        server, c = self.serve({"m": [{"reply": "one two three", "stall_after": 1}]})
        watch = Stopwatch()
        member, result, events = self.one(c, timeouts={"stall_ms": 300})
        self.assertBetween(watch.seconds, 0.3, 10)
        self.assertEqual((member["status"], member["reason"]), ("timeout", "stall"))
        self.assertEqual(result["outcome"], "failed")

    def test_first_token(self):
        server, c = self.serve({"m": [{"delay_ms": 60000}]})
        member, _, _ = self.one(c, timeouts={"first_token_ms": 300})
        self.assertEqual((member["status"], member["reason"]), ("timeout", "first_token"))

    def test_connection_cut_and_retried(self):
        server, c = self.serve({"m": [{"reply": "one two three", "cut_after": 1}, {"reply": "whole answer"}]})
        member, result, events = self.one(c, retry={"max_attempts": 2, "base_ms": 0})
        self.assertEqual((member["status"], member["content"]), ("ok", "whole answer"))
        self.assertEqual(result["outcome"], "complete")
        self.assertEqual(len(server.calls), 2)
        self.assertEqual(next(e for e in events if e["type"] == "attempt_failed")["error"]["kind"], "transient")

    def test_retry_after(self):
        server, c = self.serve({"m": [{"status": 429, "headers": {"Retry-After": "1"}}, {"reply": "later"}]})
        watch = Stopwatch()
        member, _, events = self.one(c, retry={"max_attempts": 2, "base_ms": 0})
        self.assertGreaterEqual(watch.seconds, 1.0)
        self.assertEqual(member["content"], "later")
        self.assertEqual(next(e for e in events if e["type"] == "attempt_failed")["error"]["code"], "rate_limited")

    def test_errors_of_the_server(self):
        for status, body, code, kind in ((401, {"message": "bad key"}, "auth", "permanent"),
                                         (404, {"message": "no such model"}, "model_not_found", "permanent"),
                                         (400, {"message": "too long", "code": "context_length_exceeded"}, "context_length", "permanent"),
                                         (429, {"message": "quota", "code": "insufficient_quota"}, "quota_exhausted", "permanent"),
                                         (503, {"message": "busy"}, "server_error", "transient"),
                                         (302, {"message": "elsewhere"}, "unexpected_redirect", "permanent")):
            with self.subTest(status=status, code=code):
                server, c = self.serve({"m": [{"status": status, "error": body, "headers": {"Location": "http://127.0.0.1:1/"}
                                               if status == 302 else {}}]})
                member, _, events = self.one(c)
                error = next(e for e in events if e["type"] == "attempt_failed")["error"]
                self.assertEqual((error["code"], error["kind"], error["http_status"]), (code, kind, status))
                if status != 302:
                    self.assertIn(body["message"], error["message"])
                self.assertEqual(member["status"], "error")
                self.assertEqual(len(server.calls), 1)

    def test_body_that_is_no_json(self):
        page = b"<html>Bad gateway, says the proxy</html>"
        raw = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%s" % (len(page), page)
        server, c = self.serve({"m": [{"body": raw}]})
        _, _, events = self.one(c)
        error = next(e for e in events if e["type"] == "attempt_failed")["error"]
        self.assertEqual((error["code"], error["kind"]), ("bad_response", "transient"))

    def test_wrong_content_length(self):
        # More is promised than comes; less is promised than comes: never half an answer.
        server, c = self.serve({"m": [{"wrong_length": 100, "reply": "x"}, {"wrong_length": -20, "reply": "x"}]}, stream=False)
        for code in ("connection_lost", "bad_response"):
            member, _, events = self.one(c)
            error = next(e for e in events if e["type"] == "attempt_failed")["error"]
            self.assertEqual((error["kind"], error["code"], member["status"]), ("transient", code, "error"))

    def test_attempt_that_takes_too_long_without_a_stream(self):
        server, c = self.serve({"m": [{"delay_ms": 60000}]}, stream=False)
        member, _, _ = self.one(c, timeouts={"attempt_ms": 300})
        self.assertEqual((member["status"], member["reason"]), ("timeout", "attempt"))

    def test_total_time_of_a_call(self):
        server, c = self.serve({"m": [{"reply": "word " * 500, "drip_ms": 50}]})
        watch = Stopwatch()
        member, _, _ = self.one(c, timeouts={"total_ms": 600})
        self.assertBetween(watch.seconds, 0.6, 10)
        self.assertEqual(member["status"], "timeout")

    def test_error_inside_a_good_status(self):
        body = json.dumps({"error": {"message": "overloaded, try later", "type": "overloaded_error"}}).encode()
        raw = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
        server, c = self.serve({"m": [{"body": raw}]}, stream=False)
        _, _, events = self.one(c)
        error = next(e for e in events if e["type"] == "attempt_failed")["error"]
        self.assertEqual((error["kind"], error["code"]), ("transient", "overloaded"))
        self.assertIn("try later", error["message"])

    def test_huge_line(self):
        server, c = self.serve({"m": [{"huge_line": 8 << 20, "reply": "after it"}]})
        member, _, events = self.one(c)
        error = next(e for e in events if e["type"] == "attempt_failed")["error"]
        self.assertEqual(error["code"], "response_too_large")

    def test_tls(self):
        folder = self.path("tls")
        os.mkdir(folder)
        certificate = peers.certificate(folder)
        script = {"m": [{"reply": "in confidence"}]}
        server, c = self.serve(script, tls=certificate, ca_file=certificate[0])
        member, result, _ = self.one(c)
        self.assertEqual((member["status"], member["content"]), ("ok", "in confidence"))
        server, c = self.serve(script, tls=certificate)
        member, result, events = self.one(c)
        error = next(e for e in events if e["type"] == "attempt_failed")["error"]
        self.assertEqual((error["kind"], error["code"]), ("permanent", "tls"))
        self.assertEqual(server.calls, [], "nothing is sent to a server that cannot be trusted")

    def test_many_members_in_parallel(self):
        server, c = self.serve({"m": [{"delay_ms": 400, "reply": "x"}]})
        document = alone("openai")
        document["members"] = [{"id": f"s{n}", "provider": "openai", "model": "m"} for n in range(12)]
        watch = Stopwatch()
        _, result, _ = self.whole(c, document)
        self.assertEqual(result["heard"], {"ok": 12, "of": 12})
        self.assertBetween(watch.seconds, 0.4, 0.4 * 12)
