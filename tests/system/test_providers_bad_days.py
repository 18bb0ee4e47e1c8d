"""What providers and the ways to them do on bad days, for every wire format: streams that stall, drip, break in the middle
of a character, answers that are errors in disguise, limits told in headers; TLS with an own CA, client certificates,
proxies, HTTP/2. A bad day of one house must be an error with a name, never a wrong answer and never the end of the run."""
import json
import os
import socket
import subprocess
import threading

import harness
import peers
from harness import Stopwatch
from test_council import CouncilCase, alone

KEY = "sk-test-" + "0011223344556677" * 2
WIRES = {"openai": "/v1", "openai_responses": "/v1", "anthropic": "/v1", "gemini": "/v1beta", "openrouter": "/v1", "ollama": ""}
TEXT = "\u00c4rger mit \U0001f600 und \u4e2d\u6587 jeden Tag"


class Case(CouncilCase):
    def setUp(self):
        super().setUp()
        self.server = None

    flags = {}

    def serve(self, script, tls=None, **provider):
        """A server with that script and a client of a daemon that knows it by every format."""
        self.server = peers.LlmServer(script, tls)
        self.addCleanup(self.server.close)
        return self.knowing(self.server.root, **provider)

    def knowing(self, root, **provider):
        d = self.new_daemon(f"d{len(self.daemons)}", runner=os.path.join(harness.BUILD, "council-runner"), **self.flags)
        d.flags["config"] = os.path.join(d.dir, "config.json")
        with open(d.flags["config"], "w") as f:
            json.dump({"providers": {name: {"type": name, "base_url": root + path, "key_env": "TEST_KEY", **provider}
                                     for name, path in WIRES.items()}}, f)
        return d.start(env={"TEST_KEY": KEY}).client(60)

    def ask(self, c, house, model="m", **more):
        more.setdefault("retry", {"max_attempts": 1})
        down, result, events = self.whole(c, alone(house, model, **more), subscribe={"deltas": True})
        self.assertReason(down, kind="normal")
        return result["rounds"][0]["member_results"]["s0"], events

    def error(self, c, house, **more):
        member, events = self.ask(c, house, **more)
        self.assertNotEqual(member["status"], "ok")
        return member, next(e for e in events if e["type"] == "attempt_failed")["error"]

    def every(self, script, check, **provider):
        """check(client, house) for each house, on a server whose script begins anew."""
        c = self.serve({}, **provider)
        for house in WIRES:
            with self.subTest(house):
                self.server.script = {"m": list(script)}
                self.server.calls.clear()
                check(c, house)


class Streams(Case):
    def test_bytes_in_any_pieces(self):
        """A character of four bytes and an event come in packets of one, two, three bytes."""
        def check(c, house):
            for _ in range(3):
                member, events = self.ask(c, house)
                self.assertEqual((member["status"], member["content"]), ("ok", TEXT))
                self.assertEqual("".join(e["text"] for e in events if e["type"] == "member_token"), TEXT)
        self.every([{"reply": TEXT, "split": 1}, {"reply": TEXT, "split": 2}, {"reply": TEXT, "split": 3}], check)

    def test_keep_alive_comments(self):
        def check(c, house):
            if house != "ollama":       # JSON lines have no comments
                self.assertEqual(self.ask(c, house)[0]["content"], TEXT)
        self.every([{"reply": TEXT, "comments": True, "split": 5}], check)

    def test_comments_are_no_tokens(self):
        """Keep-alives do not keep the clock of the first token from ringing."""
        c = self.serve({"m": [{"reply": "x", "stall_after": 0, "comments": True}]})
        member, error = self.error(c, "openai", timeouts={"first_token_ms": 300})
        self.assertEqual(error["code"], "first_token")

    def test_gzip(self):
        def check(c, house):
            member, _ = self.ask(c, house)
            self.assertEqual((member["status"], member["content"]), ("ok", TEXT))
            self.assertIn("gzip", self.server.calls[0]["headers"]["Accept-Encoding"])
        self.every([{"reply": TEXT, "gzip": True}], check)

    def test_stall(self):
        def check(c, house):
            watch = Stopwatch()
            member, error = self.error(c, house, timeouts={"stall_ms": 300})
            self.assertEqual((member["status"], member["reason"], error["code"]), ("timeout", "stall", "stall"))
            self.assertBetween(watch.seconds, 0.3, 10)
        self.every([{"reply": "one two three", "stall_after": 2}], check)

    def test_first_token(self):
        def check(c, house):
            member, error = self.error(c, house, timeouts={"first_token_ms": 300})
            self.assertEqual((member["status"], error["code"], error["kind"]), ("timeout", "first_token", "transient"))
        self.every([{"delay_ms": 20000}], check)

    def test_total_time_though_it_drips(self):
        def check(c, house):
            watch = Stopwatch()
            member, _ = self.ask(c, house, timeouts={"total_ms": 500, "stall_ms": 400})
            self.assertEqual((member["status"], member["reason"]), ("timeout", "total"))
            self.assertBetween(watch.seconds, 0.5, 10)
        self.every([{"reply": "x", "pieces": 500, "drip_ms": 40}], check)

    def test_broken_in_the_middle(self):
        """The connection ends between two events, inside an event, inside a character: retried, and nothing of it stays."""
        def check(c, house):
            for _ in range(3):
                member, events = self.ask(c, house, retry={"max_attempts": 2, "base_ms": 0})
                self.assertEqual((member["status"], member["content"]), ("ok", "whole"))
                failed = next(e for e in events if e["type"] == "attempt_failed")
                self.assertEqual(failed["error"]["kind"], "transient")
                self.assertIn(failed["error"]["code"], ("connection_lost", "bad_response"))
        whole = {"reply": "whole"}
        for at in (1, 2):
            self.every([{"reply": TEXT, "cut_after": at}, whole] * 3 + [whole], check)
        self.every([{"reply": TEXT, "cut_in": "\u00c4"}, whole, {"reply": TEXT, "cut_in": "\U0001f600"}, whole,
                    {"reply": TEXT, "cut_in": "jeden"}, whole], check)

    def test_error_in_the_stream(self):
        errors = {"openai": {"error": {"message": "the house is full", "type": "server_error"}},
                  "openai_responses": {"type": "error", "code": "server_error", "message": "the house is full"},
                  "anthropic": {"type": "error", "error": {"type": "overloaded_error", "message": "the house is full"}},
                  "gemini": {"error": {"code": 503, "status": "UNAVAILABLE", "message": "the house is full"}},
                  "openrouter": {"error": {"code": 502, "message": "the house is full"}},
                  "ollama": {"error": "the house is full"}}
        c = self.serve({})
        for house, document in errors.items():
            with self.subTest(house):
                self.server.script = {"m": [{"reply": "one two", "in_stream": document}]}
                _, error = self.error(c, house)
                self.assertEqual((error["kind"], error["code"]),
                                 ("transient", "overloaded" if house == "anthropic" else "server_error"))
                self.assertIn("the house is full", error["message"])


class Answers(Case):
    def raw(self, body, type="application/json", status="200 OK"):
        return {"body": f"HTTP/1.1 {status}\r\nContent-Type: {type}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body}

    def test_a_parameter_that_is_refused(self):
        """Asked once more without it, told as a warning, charged once: the member has its answer."""
        body = json.dumps({"error": {"message": "Unsupported parameter: 'temperature' is not supported with this model.",
                                     "code": "unsupported_parameter"}}).encode()
        places = {"gemini": "generationConfig", "ollama": "options"}

        def check(c, house):
            member, events = self.ask(c, house, temperature=0.5, top_p=0.9)
            self.assertEqual((member["status"], member["content"]), ("ok", "yes"))
            self.assertEqual([e["code"] for e in events if e["type"] == "warning"][:1], ["parameter_refused"])
            first, second = (call["body"] for call in self.server.calls)
            place = first[places[house]] if house in places else first
            self.assertEqual(place.pop("temperature"), 0.5)
            self.assertEqual(first, second)
        self.every([self.raw(body, status="400 Bad Request"), {"reply": "yes"}], check)

    def paused(self, text, streamed):
        """Anthropic's stop in the middle of its own work: it is to be asked to go on."""
        head = {"id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": [], "usage": {"input_tokens": 10, "output_tokens": 1}}
        if not streamed:
            return self.raw(json.dumps({**head, "content": [{"type": "text", "text": text}], "stop_reason": "pause_turn",
                                        "usage": {"input_tokens": 10, "output_tokens": 5}}).encode())
        events = [{"type": "message_start", "message": head},
                  {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
                  {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}},
                  {"type": "content_block_stop", "index": 0},
                  {"type": "message_delta", "delta": {"stop_reason": "pause_turn"}, "usage": {"output_tokens": 5}},
                  {"type": "message_stop"}]
        return self.raw("".join(f"event: {e['type']}\ndata: {json.dumps(e)}\n\n" for e in events).encode(), "text/event-stream")

    def test_a_paused_turn_goes_on(self):
        for streamed in (True, False):
            c = self.serve({"m": [self.paused("One ", streamed), self.paused("two ", streamed),
                                  {"reply": "three", "usage": {"prompt_tokens": 30, "completion_tokens": 7}}]}, stream=streamed)
            with self.subTest(streamed=streamed):
                member, events = self.ask(c, "anthropic")
                self.assertEqual((member["status"], member["content"], member["finish_reason"]), ("ok", "One two three", "stop"))
                first, second, third = (call["body"]["messages"] for call in self.server.calls)
                one, two = {"type": "text", "text": "One "}, {"type": "text", "text": "two "}
                self.assertEqual(second, first + [{"role": "assistant", "content": [one]}])
                self.assertEqual(third, first + [{"role": "assistant", "content": [one, two]}])
                usage = next(e for e in events if e["type"] == "exchange_completed")["usage"]
                self.assertEqual((usage["input_tokens"], usage["output_tokens"]), (50, 17))

    def test_pauses_without_end(self):
        c = self.serve({"m": [self.paused("on ", True)]})
        member, _ = self.ask(c, "anthropic")
        self.assertEqual((member["status"], member["finish_reason"], len(self.server.calls)), ("ok", "length", 9))

    def test_errors_with_the_providers_words(self):
        """Class, status, the provider's own message and the id of the request."""
        for status, code, kind in ((400, "invalid_request", "permanent"), (401, "auth", "permanent"), (402, "insufficient_credit", "permanent"),
                                   (404, "model_not_found", "permanent"), (429, "rate_limited", "transient"),
                                   (500, "server_error", "transient"), (529, "overloaded", "transient")):
            def check(c, house, status=status, code=code, kind=kind):
                _, error = self.error(c, house)
                self.assertEqual((error["http_status"], error["code"], error["kind"]), (status, code, kind))
                self.assertIn("says the house", error["message"])
                self.assertEqual(error["context"]["request_id"], "req_77")
            self.every([{"status": status, "error": {"message": f"{status} says the house", "type": "scripted"},
                         "headers": {"request-id": "req_77"}}], check)

    def test_200_with_an_error_body(self):
        def check(c, house):
            _, error = self.error(c, house)
            self.assertEqual((error["kind"], error["code"]), ("transient", "overloaded"))
            self.assertIn("overloaded", error["message"].lower())
        self.every([self.raw(b'{"error": {"message": "The model is overloaded", "type": "overloaded_error"}}')], check)

    def test_html_of_a_proxy(self):
        page = b"<html><body>502 says a proxy on the way</body></html>"

        def check(c, house):
            _, error = self.error(c, house)
            self.assertEqual((error["kind"], error["code"]), ("transient", "bad_response"))
            _, error = self.error(c, house)
            self.assertEqual((error["kind"], error["code"], error["http_status"]), ("transient", "server_error", 502))
        self.every([self.raw(page, "text/html"), self.raw(page, "text/html", "502 Bad Gateway")], check)

    def test_wrong_length(self):
        def check(c, house):
            _, error = self.error(c, house)
            self.assertEqual((error["kind"], error["code"]), ("transient", "connection_lost"))
        self.every([{"reply": TEXT, "wrong_length": 50}], check, stream=False)

    def test_redirects_are_not_followed(self):
        elsewhere = peers.LlmServer({"m": [{"reply": "stolen"}]})
        self.addCleanup(elsewhere.close)

        def check(c, house):
            _, error = self.error(c, house)
            self.assertEqual((error["kind"], error["code"], error["http_status"]), ("permanent", "unexpected_redirect", 307))
            self.assertIn(f"redirected to {elsewhere.url}/chat/completions,", error["message"])
            self.assertNotIn("secret", error["message"])
        self.every([{"status": 307, "headers": {"Location": elsewhere.url + "/chat/completions?secret=1"}}], check)
        self.assertEqual(elsewhere.calls, [], "a key was carried to a stranger")

    def test_too_long(self):
        def check(c, house):
            _, error = self.error(c, house)
            self.assertEqual((error["kind"], error["code"]), ("permanent", "response_too_large"))
        self.every([{"reply": "a" * 262145, "pieces": 5}], check)

    def test_the_event_of_an_answer_fits_a_narrow_link(self):
        """Of the largest that the default lets through, half is too much where the link is half as wide."""
        script = {"m": [{"reply": "a" * 131073, "pieces": 4}]}
        self.assertEqual(self.ask(self.serve(script), "openai")[0]["status"], "ok")
        self.flags = {"max_request_bytes": 2097152}
        _, error = self.error(self.serve(script), "openai")
        self.assertEqual((error["kind"], error["code"]), ("permanent", "response_too_large"))

    def test_a_result_fits_a_narrow_link(self):
        """It is told without what would make it longer than councild reads."""
        self.flags = {"max_request_bytes": 2097152}
        c = self.serve({"m": [{"reply": "a" * 125000, "pieces": 4}]})
        members = [{"id": f"s{n}", "provider": "openai", "model": "m"} for n in range(10)]
        down, result, _ = self.whole(c, {**alone(), "members": members})
        self.assertEqual((down["outcome"], result["status"]), ("complete", "completed"))

    def test_wait_that_is_asked_for(self):
        """Seconds, a header in milliseconds, and OpenAI's and Anthropic's own headers."""
        for headers in ({"Retry-After": "0.6"}, {"retry-after-ms": "600", "Retry-After": "9"},
                        {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "600ms",
                         "x-ratelimit-remaining-tokens": "12", "x-ratelimit-reset-tokens": "1h"}):
            c = self.serve({"m": [{"status": 429, "headers": headers}, {"reply": "later"}]})
            with self.subTest(headers):
                watch = Stopwatch()
                member, events = self.ask(c, "openai", retry={"max_attempts": 2, "base_ms": 0})
                self.assertEqual(member["content"], "later")
                self.assertEqual(next(e for e in events if e["type"] == "attempt_failed")["error"]["retry_after_ms"], 600)
                self.assertBetween(watch.seconds, 0.6, 8)

    def test_wait_beyond_what_is_borne(self):
        c = self.serve({"m": [{"status": 429, "headers": {"Retry-After": "3600"}}]})
        watch = Stopwatch()
        member, _ = self.error(c, "openai", retry={"max_attempts": 5})
        self.assertEqual(len(member["attempts"]), 1)
        self.assertLess(watch.seconds, 10)


class Ways(Case):
    def test_own_ca(self):
        folder = self.path("tls")
        os.mkdir(folder)
        certificate = peers.certificate(folder)

        def check(c, house):
            self.assertEqual(self.ask(c, house)[0]["content"], "in confidence")
        self.every([{"reply": "in confidence"}], check, tls=certificate, ca_file=certificate[0])

    def test_a_stranger_is_not_trusted(self):
        folder = self.path("tls")
        os.mkdir(folder)

        def check(c, house):
            _, error = self.error(c, house)
            self.assertEqual((error["kind"], error["code"]), ("permanent", "tls"))
            self.assertEqual(self.server.calls, [])
        self.every([{}], check, tls=peers.certificate(folder))

    def test_no_tls_there(self):
        """https at a port of plain HTTP: one that answers with a line of it, one that waits for one. Neither is waited for, nor asked again."""
        def speak(server):
            while True:
                try:
                    there, _ = server.accept()
                except OSError:
                    return
                there.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
                there.close()
        with socket.create_server(("127.0.0.1", 0)) as plain, socket.create_server(("127.0.0.1", 0)) as silent:
            threading.Thread(target=speak, args=(plain,), daemon=True).start()
            c = self.knowing(f"https://127.0.0.1:{plain.getsockname()[1]}")
            watch = Stopwatch()
            member, error = self.error(c, "openai", retry={"max_attempts": 5, "base_ms": 20000})
            self.assertEqual((error["kind"], error["code"], len(member["attempts"])), ("permanent", "tls_handshake", 1))
            self.assertIn("should base_url begin with http://", error["message"])
            self.assertLess(watch.seconds, 15)
            c = self.knowing(f"https://127.0.0.1:{silent.getsockname()[1]}")
            watch = Stopwatch()
            member, error = self.error(c, "openai")
            self.assertEqual((error["kind"], error["code"]), ("transient", "tls_handshake"))
            self.assertIn("is it an https server?", error["message"])
            self.assertLess(watch.seconds, 25, "a connection is waited for 30 s")
            plain.shutdown(socket.SHUT_RDWR)

    def test_client_certificate(self):
        folder = self.path("tls")
        os.mkdir(folder)
        house, mine = peers.certificate(folder), peers.certificate(folder, "client-")
        c = self.serve({"m": [{"reply": "welcome"}]}, (*house, mine[0]), ca_file=house[0], client_cert=mine[0], client_key=mine[1])
        self.assertEqual(self.ask(c, "openai")[0]["content"], "welcome")
        c = self.serve({"m": [{"reply": "welcome"}]}, (*house, mine[0]), ca_file=house[0])
        member, _ = self.error(c, "openai")
        self.assertEqual(member["status"], "error")
        self.assertEqual(self.server.calls, [])

    def test_proxy(self):
        """Only the one of the configuration; those of the environment are not asked."""
        proxy = peers.LlmServer({"m": [{"reply": "by way of the proxy"}]})
        self.addCleanup(proxy.close)
        c = self.knowing("http://house.invalid", proxy=proxy.root)
        self.assertEqual(self.ask(c, "anthropic")[0]["content"], "by way of the proxy")
        self.assertEqual(proxy.calls[0]["path"], "http://house.invalid/v1/messages")
        c = self.knowing("http://house.invalid")
        _, error = self.error(c, "anthropic")
        self.assertEqual((error["kind"], error["code"]), ("transient", "dns"))

    def test_nobody_there(self):
        c = self.knowing("http://127.0.0.1:1")
        _, error = self.error(c, "gemini")
        self.assertEqual((error["kind"], error["code"]), ("transient", "connect"))

    def test_requests_in_flight(self):
        c = self.serve({"m": [{"delay_ms": 200, "reply": "x"}]}, max_in_flight=2)
        document = alone("openai")
        document["members"] = [{"id": f"s{n}", "provider": "openai", "model": "m"} for n in range(6)]
        watch = Stopwatch()
        _, result, _ = self.whole(c, document)
        self.assertEqual(result["heard"], {"ok": 6, "of": 6})
        self.assertGreaterEqual(watch.seconds, 0.6)

    @peers.from_npm
    def test_http_2(self):
        """Members who ask at once share one connection."""
        folder = self.path("tls")
        os.mkdir(folder)
        certificate = peers.certificate(folder)
        script = os.path.join(peers.FOLDER, "h2_server.js")
        server = subprocess.Popen([peers.node(), script, *certificate], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        self.addCleanup(server.stdout.close)
        root = f"https://127.0.0.1:{int(server.stdout.readline())}"
        document = alone("openai")
        document["members"] = [{"id": f"s{n}", "provider": "openai", "model": "m"} for n in range(5)]
        _, result, _ = self.whole(self.knowing(root, ca_file=certificate[0]), document)
        said = [m["content"] for m in result["rounds"][0]["member_results"].values()]
        self.assertEqual(said, ["2.0/1"] * 5)
