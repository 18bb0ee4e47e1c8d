"""The other side of the figure `tls`: keeps connections open, answers each request with a stream of a few hundred words.

    tls_server.py DIR: makes DIR/cert.pem, writes the bodies of the first requests to DIR/0, DIR/1 ..., prints its URL,
    ends with its standard input.
"""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from peers import llm_server  # noqa: E402

WORDS, BODIES = 300, 256


class Server(llm_server.LlmServer):
    def take(self, model, body, headers, path):
        with self.lock:
            n = len(self.calls)
            self.calls.append(None)
            if n < BODIES:
                with open(os.path.join(sys.argv[1], str(n)), "w", encoding="utf-8") as out:
                    json.dump(body, out, ensure_ascii=False, separators=(",", ":"))
        return {"reply": " ".join(["word"] * WORDS)}


def answer_stream(self, act, request):
    """With a length, so that the connection can be used again."""
    chunks = [self.chunk(request, {"role": "assistant", "content": ""})]
    chunks += [self.chunk(request, {"content": text}) for text in self.deltas(act)]
    chunks += [self.chunk(request, {}, "stop"), {**self.chunk(request, {}), "choices": [], "usage": self.usage(act, request)}]
    data = "".join(f"data: {json.dumps(c)}\n\n" for c in chunks) + "data: [DONE]\n\n"
    self.send_response(200)
    self.send_header("Content-Type", "text/event-stream")
    self.send_header("Content-Length", str(len(data)))
    self.end_headers()
    self.wfile.write(data.encode())


llm_server.Handler.answer_stream = answer_stream
server = Server(tls=llm_server.certificate(sys.argv[1]))
print(server.url, flush=True)
sys.stdin.read()
