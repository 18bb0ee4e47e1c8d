"""A scripted server that speaks OpenAI's chat completions, for the bad days that aimock does not know.

    server = LlmServer({"model-a": [{"reply": "first"}, {"stall_after": 2, "reply": "three words here"}]})
    server.url                  # http://127.0.0.1:PORT/v1
    server.calls                # every request: {"model", "body", "headers", "path"}

Each model has a list of behaviours, one for each call; the last one stays. A behaviour is a dict:
    reply            the answer's text (default "ok")
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
    usage            token counts (default: counted words); None: none are sent
"""
import http.server
import json
import os
import ssl
import subprocess
import threading


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.answer_json({"object": "list", "data": [{"id": m, "object": "model"} for m in self.server.script]}, {})

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        request = json.loads(body)
        act = self.server.take(request.get("model"), request, dict(self.headers), self.path)
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
            self.answer_json({"error": act.get("error", {"message": "scripted", "type": "scripted"})}, act)
        elif request.get("stream"):
            self.answer_stream(act, request)
        else:
            self.answer_json(self.completion(act, request), act)

    def usage(self, act, request):
        words = sum(len(str(m.get("content")).split()) for m in request.get("messages", []))
        out = len(act.get("reply", "ok").split())
        return act.get("usage", {"prompt_tokens": words, "completion_tokens": out, "total_tokens": words + out})

    def completion(self, act, request):
        ret = {"id": "c1", "object": "chat.completion", "created": 1, "model": request["model"],
               "choices": [{"index": 0, "finish_reason": "stop",
                            "message": {"role": "assistant", "content": act.get("reply", "ok")}}]}
        if self.usage(act, request):
            ret["usage"] = self.usage(act, request)
        return ret

    def answer_json(self, value, act):
        data = json.dumps(value).encode()
        self.send_response(act.get("status", 200))
        self.send_header("Content-Type", "application/json")
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

    def chunk(self, request, delta, finish=None, **more):
        return {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": request["model"],
                "choices": [{"index": 0, "delta": delta, "finish_reason": finish}], **more}

    def event(self, value, act):
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        data = f"data: {text}\n\n".encode()
        if act.get("comments"):
            data = b": keep-alive\n\n" + data
        self.packets(data, act)

    def answer_stream(self, act, request):
        self.close_connection = True
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        if "huge_line" in act:
            self.wfile.write(b": " + b"h" * act["huge_line"] + b"\n\n")
        self.event(self.chunk(request, {"role": "assistant", "content": ""}), act)
        for n, text in enumerate(self.deltas(act)):
            if n == act.get("stall_after"):
                self.server.stall(self.connection)
                return
            if n == act.get("cut_after"):
                return
            self.event(self.chunk(request, {"content": text}), act)
            self.server.pause(act.get("drip_ms", 0))
        self.event(self.chunk(request, {}, "stop"), act)
        if self.usage(act, request):
            self.event({**self.chunk(request, {}), "choices": [], "usage": self.usage(act, request)}, act)
        self.event("[DONE]", act)


class LlmServer(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, script=None, tls=None):
        """tls: (certificate file, key file), as made by certificate()."""
        super().__init__(("127.0.0.1", 0), Handler)
        self.script = {model: list(acts) for model, acts in (script or {}).items()}
        self.calls = []
        self.lock = threading.Lock()
        self.ending = threading.Event()
        scheme = "http"
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
            scheme = "https"
        self.url = f"{scheme}://127.0.0.1:{self.server_address[1]}/v1"
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


def certificate(folder):
    """A certificate for 127.0.0.1 and localhost that signs itself; gives (certificate, key)."""
    cert, key = os.path.join(folder, "cert.pem"), os.path.join(folder, "key.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return cert, key
