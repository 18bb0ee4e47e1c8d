"""A scripted server that speaks the providers' formats (wires.py), for the bad days that aimock does not know.

    server = LlmServer({"model-a": [{"reply": "first"}, {"stall_after": 2, "reply": "three words here"}]})
    server.url                  # http://127.0.0.1:PORT/v1; server.root is the same without the path
    server.calls                # every request: {"model", "body", "headers", "path"}

Each model has a list of behaviours, one for each call; the last one stays. A behaviour is a dict:
    reply            the answer's text (default "ok")
    form             the same when the request wants structured output
    status, error    an HTTP status and the error object of the body
    headers          further headers
    body             bytes sent instead of the usual body, as they stand
    delay_ms         before the first byte of the answer
    pieces           how many deltas a streamed answer has (default: one for each word)
    drip_ms          pause after each delta
    split            bytes per packet (with drip_ms between packets)
    stall_after      after so many deltas nothing more comes until the client goes away
    cut_after        after so many deltas the connection is closed
    wrong_length     added to the Content-Length of an answer that is not streamed
    huge_line        one SSE comment line of so many bytes before the answer
    comments         keep-alive comments before each delta
    gzip             the body is compressed; headers and body in one piece even when it is a stream
    cut_in           the stream ends after the first byte of this text
    in_stream        this document is sent as the next event after the deltas, and that is the end
    usage            token counts (default: counted words); None: none are sent
"""
import gzip
import http.server
import json
import os
import ssl
import subprocess
import threading

import wires


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def refused(self):
        """With a key of its own, the server takes no other."""
        if self.server.key is None or self.headers.get("Authorization") == f"Bearer {self.server.key}":
            return False
        self.answer_json({"error": {"message": f"Incorrect API key provided: {self.headers.get('Authorization')}",
                                    "type": "invalid_request_error", "code": "invalid_api_key"}}, {"status": 401})
        return True

    def do_GET(self):
        if self.refused():
            return
        self.answer_json({"object": "list", "data": [{"id": m, "object": "model"} for m in self.server.script]}, {})

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        request = json.loads(body)
        if self.refused():
            return
        self.wire = wires.wire_of(self.path)
        self.model = self.wire.model(self.path, request)
        act = self.server.take(self.model, request, dict(self.headers), self.path)
        if "form" in act and "response_format" in request:
            act = {**act, "reply": act["form"]}
        try:
            self.behave(act, request)
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
            self.close_connection = True

    def behave(self, act, request):
        self.server.pause(act.get("delay_ms", 0))
        if "body" in act:
            self.wfile.write(act["body"])
            self.close_connection = True
        elif "status" in act:
            error = act.get("error", {"message": "scripted", "type": "scripted"})
            self.answer_json(self.wire.error(act["status"], error), act)
        elif self.wire.streamed(self.path, request):
            self.answer_stream(act, request)
        else:
            self.answer_json(self.wire.whole(self.model, act.get("reply", "ok"), self.usage(act, request)), act)

    def usage(self, act, request):
        words = sum(len(str(m.get("content")).split()) for m in request.get("messages", []))
        out = len(act.get("reply", "ok").split())
        return act.get("usage", {"prompt_tokens": words, "completion_tokens": out, "total_tokens": words + out})

    def answer_json(self, value, act):
        self.answer_bytes(json.dumps(value).encode(), "application/json", act)

    def answer_bytes(self, data, type, act):
        if act.get("gzip"):
            data = gzip.compress(data)
        self.send_response(act.get("status", 200))
        self.send_header("Content-Type", type)
        if act.get("gzip"):
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(data) + act.get("wrong_length", 0)))
        for name, text in act.get("headers", {}).items():
            self.send_header(name, text)
        self.end_headers()
        self.packets(data, act)
        if act.get("wrong_length"):
            self.close_connection = True

    def packets(self, data, act):
        size = act.get("split", len(data)) or 1
        for at in range(0, len(data), size):
            self.wfile.write(data[at:at + size])
            self.wfile.flush()
            if "split" in act:
                self.server.pause(act.get("drip_ms", 0))

    def deltas(self, act):
        words = act.get("reply", "ok").split(" ")
        words = [w + " " for w in words[:-1]] + words[-1:]
        return words if "pieces" not in act else [act.get("reply", "ok")] * act["pieces"]

    def frames(self, events, act):
        comment = b": keep-alive\n\n" if act.get("comments") else b""
        return [comment + self.wire.frame(*event) for event in events]

    def send(self, events, act):
        for data in self.frames(events, act):
            self.packets(data, act)

    def whole_stream(self, act, request):
        """All bytes of a stream that has nothing wrong in it."""
        events = self.wire.begin(self.model)
        for text in self.deltas(act):
            events = events + self.wire.piece(self.model, text)
        return b"".join(self.frames(events + self.wire.end(self.model, self.usage(act, request)), act))

    def answer_stream(self, act, request):
        self.close_connection = True
        if act.get("gzip"):
            self.answer_bytes(self.whole_stream(act, request), self.wire.stream_type, act)
            return
        self.send_response(200)
        self.send_header("Content-Type", self.wire.stream_type)
        self.send_header("Connection", "close")
        for name, text in act.get("headers", {}).items():
            self.send_header(name, text)
        self.end_headers()
        if "cut_in" in act:
            stream = self.whole_stream(act, request)
            self.packets(stream[:stream.index(act["cut_in"].encode()) + 1], act)
            return
        if "huge_line" in act:
            self.wfile.write(b": " + b"h" * act["huge_line"] + b"\n\n")
        self.send(self.wire.begin(self.model), act)
        for n, text in enumerate(self.deltas(act)):
            if n == act.get("stall_after"):
                self.server.stall(self.connection)
                return
            if n == act.get("cut_after"):
                return
            self.send(self.wire.piece(self.model, text), act)
            self.server.pause(act.get("drip_ms", 0))
        if "in_stream" in act:
            self.send([(None, act["in_stream"])], act)
            return
        self.send(self.wire.end(self.model, self.usage(act, request)), act)


class LlmServer(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, script=None, tls=None, key=None):
        """tls: (certificate file, key file), as made by certificate(), and a file of CAs when clients need a certificate.
        key: the only one that is taken; None: any."""
        super().__init__(("127.0.0.1", 0), Handler)
        self.script = {model: list(acts) for model, acts in (script or {}).items()}
        self.calls = []
        self.key = key
        self.lock = threading.Lock()
        self.ending = threading.Event()
        scheme = "http"
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls[:2])
            if len(tls) > 2:
                context.load_verify_locations(tls[2])
                context.verify_mode = ssl.CERT_REQUIRED
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
            scheme = "https"
        self.root = f"{scheme}://127.0.0.1:{self.server_address[1]}"
        self.url = self.root + "/v1"
        self.thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.thread.start()

    def take(self, model, body, headers, path):
        with self.lock:
            self.calls.append({"model": model, "body": body, "headers": headers, "path": path})
            acts = self.script.get(model, [{}])
            return acts.pop(0) if len(acts) > 1 else acts[0]

    def pause(self, ms):
        if ms:
            self.ending.wait(ms / 1000)

    def stall(self, connection):
        """Until the client closes, or the server ends."""
        connection.settimeout(0.05)
        while not self.ending.is_set():
            try:
                if not connection.recv(1):
                    return
            except (TimeoutError, ssl.SSLWantReadError):
                continue
            except OSError:
                return

    def handle_error(self, *_):
        pass

    def close(self):
        self.ending.set()
        self.shutdown()
        self.server_close()
        self.thread.join(5)


def certificate(folder, name=""):
    """A certificate for 127.0.0.1 and localhost that signs itself; gives (certificate, key)."""
    cert, key = os.path.join(folder, name + "cert.pem"), os.path.join(folder, name + "key.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return cert, key
