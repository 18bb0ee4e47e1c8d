"""The other side of the figure `tls`: OpenAI's chat completions, each answer a stream of a few hundred words on a
connection that stays open.

    tls_server.py DIR: makes DIR/cert.pem, writes the bodies of the first requests to DIR/0, DIR/1 ..., prints its URL,
    ends with its standard input.
"""
import http.server
import itertools
import json
import os
import ssl
import subprocess
import sys
import threading

WORDS, BODIES = 300, 256
numbers = itertools.count()


def chunk(**more):
    head = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "some"}
    return f"data: {json.dumps({**head, **more})}\n\n"


def delta(content, finish=None):
    return chunk(choices=[{"index": 0, "delta": content, "finish_reason": finish}])


ANSWER = (delta({"role": "assistant", "content": ""}) + delta({"content": "word "}) * WORDS + delta({}, "stop") +
          chunk(choices=[], usage={"prompt_tokens": 50, "completion_tokens": WORDS, "total_tokens": WORDS + 50}) +
          "data: [DONE]\n\n").encode()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        n = next(numbers)
        if n < BODIES:
            with open(os.path.join(sys.argv[1], str(n)), "wb") as out:
                out.write(body)
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Content-Length", str(len(ANSWER)))
        self.end_headers()
        self.wfile.write(ANSWER)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, *_):
        pass


cert, key = (os.path.join(sys.argv[1], name) for name in ("cert.pem", "key.pem"))
subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                "-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=localhost",
                "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"], check=True, stderr=subprocess.DEVNULL)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(cert, key)
server = Server(("127.0.0.1", 0), Handler)
server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(f"https://127.0.0.1:{server.server_address[1]}/v1", flush=True)
sys.stdin.read()
