"""The wire formats that the scripted server speaks, each as a class with
    stream_type                 content type of a streamed answer
    model(path, body)           which model is asked
    streamed(path, body)
    begin(model), piece(model, text), end(model, usage)     lists of (event name or None, document) or plain strings
    whole(model, text, usage)   the answer in one piece
    error(status, error)        the body of an error
    frame(name, document)       bytes on the wire
usage: {"prompt_tokens": n, "completion_tokens": m} or None.
"""
import json
import re


def text_of(document):
    return document if isinstance(document, str) else json.dumps(document, ensure_ascii=False)


class Wire:
    stream_type = "text/event-stream"

    def model(self, path, body):
        return body.get("model")

    def streamed(self, path, body):
        return bool(body.get("stream"))

    def begin(self, model):
        return []

    def error(self, status, error):
        return {"error": error}

    def frame(self, name, document):
        head = f"event: {name}\n" if name else ""
        return f"{head}data: {text_of(document)}\n\n".encode()


class Chat(Wire):
    """OpenAI chat completions."""

    def chunk(self, model, delta, finish=None, **more):
        return None, {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": model,
                      "choices": [{"index": 0, "delta": delta, "finish_reason": finish}], **more}

    def begin(self, model):
        return [self.chunk(model, {"role": "assistant", "content": ""})]

    def piece(self, model, text):
        return [self.chunk(model, {"content": text})]

    def end(self, model, usage):
        name, last = self.chunk(model, {})
        counted = [(name, {**last, "choices": [], "usage": usage})] if usage else []
        return [self.chunk(model, {}, "stop"), *counted, (None, "[DONE]")]

    def whole(self, model, text, usage):
        ret = {"id": "c1", "object": "chat.completion", "created": 1, "model": model,
               "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}]}
        return {**ret, "usage": usage} if usage else ret


class Messages(Wire):
    """Anthropic."""

    def usage(self, usage):
        return {"input_tokens": usage["prompt_tokens"], "output_tokens": usage["completion_tokens"]} if usage else {}

    def event(self, type, **more):
        return type, {"type": type, **more}

    def begin(self, model):
        message = {"id": "m1", "type": "message", "role": "assistant", "model": model, "content": []}
        return [self.event("message_start", message=message), self.event("ping"),
                self.event("content_block_start", index=0, content_block={"type": "text", "text": ""})]

    def piece(self, model, text):
        return [self.event("content_block_delta", index=0, delta={"type": "text_delta", "text": text})]

    def end(self, model, usage):
        return [self.event("content_block_stop", index=0),
                self.event("message_delta", delta={"stop_reason": "end_turn"}, usage=self.usage(usage)),
                self.event("message_stop")]

    def whole(self, model, text, usage):
        return {"id": "m1", "type": "message", "role": "assistant", "model": model, "content": [{"type": "text", "text": text}],
                "stop_reason": "end_turn", "usage": self.usage(usage)}

    def error(self, status, error):
        return {"type": "error", "error": error}


class Generate(Wire):
    """Gemini: the model and the wish to stream stand in the path."""

    def model(self, path, body):
        return re.search(r"/models/([^:]+):", path).group(1)

    def streamed(self, path, body):
        return ":streamGenerateContent" in path

    def document(self, model, text, finish=None, usage=None):
        candidate = {"index": 0, "content": {"role": "model", "parts": [{"text": text}]}}
        ret = {"candidates": [{**candidate, "finishReason": finish} if finish else candidate], "modelVersion": model}
        if usage:
            ret["usageMetadata"] = {"promptTokenCount": usage["prompt_tokens"], "candidatesTokenCount": usage["completion_tokens"]}
        return ret

    def piece(self, model, text):
        return [(None, self.document(model, text))]

    def end(self, model, usage):
        return [(None, self.document(model, "", "STOP", usage))]

    def whole(self, model, text, usage):
        return self.document(model, text, "STOP", usage)

    def error(self, status, error):
        return {"error": {"code": status, "status": "SCRIPTED", **error}}


class Responses(Wire):
    """OpenAI's responses."""

    def response(self, model, text, usage):
        ret = {"id": "r1", "object": "response", "model": model, "status": "completed",
               "output": [{"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": text}]}]}
        if usage:
            ret["usage"] = {"input_tokens": usage["prompt_tokens"], "output_tokens": usage["completion_tokens"]}
        return ret

    def begin(self, model):
        self.said = ""
        return [("response.created", {"type": "response.created", "response": {"id": "r1", "model": model, "output": []}})]

    def piece(self, model, text):
        self.said += text
        return [("response.output_text.delta", {"type": "response.output_text.delta", "output_index": 0, "delta": text})]

    def end(self, model, usage):
        return [("response.completed", {"type": "response.completed", "response": self.response(model, self.said, usage)})]

    def whole(self, model, text, usage):
        return self.response(model, text, usage)


class Lines(Wire):
    """Ollama: one JSON object per line."""
    stream_type = "application/x-ndjson"

    def document(self, model, text, **more):
        return {"model": model, "created_at": "2026-01-01T00:00:00Z", "message": {"role": "assistant", "content": text},
                "done": False, **more}

    def last(self, model, text, usage):
        counts = {"prompt_eval_count": usage["prompt_tokens"], "eval_count": usage["completion_tokens"]} if usage else {}
        return {**self.document(model, text), "done": True, "done_reason": "stop", **counts}

    def piece(self, model, text):
        return [(None, self.document(model, text))]

    def end(self, model, usage):
        return [(None, self.last(model, "", usage))]

    def whole(self, model, text, usage):
        return self.last(model, text, usage)

    def error(self, status, error):
        return {"error": error["message"]}

    def frame(self, name, document):
        return text_of(document).encode() + b"\n"


def wire_of(path):
    """The format that belongs to the path of a request."""
    path = path.split("?")[0]
    for end, wire in (("/messages", Messages), ("enerateContent", Generate), ("/responses", Responses), ("/api/chat", Lines)):
        if path.endswith(end):
            return wire()
    return Chat()
