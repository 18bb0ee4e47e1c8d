"""A scripted daemon for the tests of councilctl: it answers what the test tells it to.

    with FakeDaemon({"supervisor.info": reply({...}), "run.start": handler}) as daemon:
        daemon.path         # the socket
        daemon.requests     # what came, in order

A handler gets the connection and the request and sends whatever it likes with connection.send.
"""
import json
import os
import shutil
import socket
import tempfile
import threading


def reply(result):
    return lambda connection, request: connection.reply(request, result)


def fault(code, reason, message="no", **data):
    return lambda connection, request: connection.send(
        {"jsonrpc": "2.0", "id": request["id"],
         "error": {"code": code, "message": message, "data": {"reason": reason, **data}}})


class Connection:
    def __init__(self, sock):
        self.sock = sock

    def send(self, message):
        self.sock.sendall(json.dumps(message, separators=(",", ":"), ensure_ascii=False).encode() + b"\n")

    def raw(self, data):
        self.sock.sendall(data)

    def reply(self, request, result):
        self.send({"jsonrpc": "2.0", "id": request["id"], "result": result})

    def notify(self, method, **params):
        self.send({"jsonrpc": "2.0", "method": method, "params": params})

    def close(self):
        self.sock.shutdown(socket.SHUT_RDWR)


class FakeDaemon:
    def __init__(self, handlers):
        self.handlers = handlers
        self.requests = []
        self.directory = tempfile.mkdtemp(prefix="fake-councild-")
        self.path = os.path.join(self.directory, "sock")
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(self.path)
        self.listener.listen(8)
        self.threads = []
        self.open = []

    def __enter__(self):
        self.start(self.accept)
        return self

    def __exit__(self, *_):
        for sock in [self.listener, *self.open]:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            sock.close()
        for thread in self.threads:
            thread.join()
        shutil.rmtree(self.directory)

    def start(self, function, *args):
        thread = threading.Thread(target=function, args=args, daemon=True)
        self.threads.append(thread)
        thread.start()

    def accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            self.open.append(sock)
            self.start(self.serve, sock)

    def serve(self, sock):
        connection = Connection(sock)
        try:
            with sock.makefile("rb") as lines:
                for line in lines:
                    self.answer(connection, json.loads(line))
        except OSError:
            pass

    def answer(self, connection, request):
        self.requests.append(request)
        handler = self.handlers.get(request["method"])
        if handler is None:
            handler = fault(-32601, "method_not_found", "no such method", method=request["method"])
        handler(connection, request)
