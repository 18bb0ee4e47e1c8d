"""Programs of others that the tests talk to; tests/peers/install puts them where they are looked for."""
import json
import os
import re
import subprocess
import sys
import urllib.request

import harness

FOLDER = os.path.join(harness.ROOT, "tests", "peers")
MODULES = os.path.join(FOLDER, "node_modules")
sys.path.insert(0, FOLDER)
import llm_server  # noqa: E402

LlmServer, certificate = llm_server.LlmServer, llm_server.certificate


def from_npm(test):
    """Marks a test, or all of a class, that talks to a program from npm: `make test-all` runs it, `make test` does not."""
    test.from_npm = True
    return test


def node():
    """The Node.js that came with the peers."""
    if os.environ.get("COUNCILD_PEERS") == "--own":
        raise AssertionError("a test that needs the peers from npm is marked with peers.from_npm")
    for arch in ("x64", "arm64"):
        path = os.path.join(MODULES, f"node-linux-{arch}", "bin", "node")
        if os.path.exists(path):
            return path
    raise AssertionError("the peers are not installed: run tests/peers/install")


class Aimock:
    """aimock on a port of its own, answering from a list of fixtures."""

    def __init__(self, folder, fixtures, latency_ms=0, chunk=20):
        source = os.path.join(folder, "fixtures.json")
        with open(source, "w") as f:
            json.dump({"fixtures": fixtures}, f)
        self.log = os.path.join(folder, "aimock.log")
        with open(self.log, "wb") as out:
            self.process = subprocess.Popen(
                [node(), os.path.join(MODULES, ".bin", "llmock"), "--port", "0", "--fixtures", source,
                 "--latency", str(latency_ms), "--chunk-size", str(chunk), "--strict"],
                stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)
        self.url = harness.wait_until(self._listening, 30, lambda: f"aimock listens: {self._text()}")

    def _text(self):
        with open(self.log) as f:
            return f.read()

    def _listening(self):
        if self.process.poll() is not None:
            raise AssertionError(f"aimock ended: {self._text()}")
        found = re.search(r"listening on (http://\S+)", self._text())
        return found and found.group(1)

    def journal(self):
        """All requests it got."""
        with urllib.request.urlopen(self.url + "/__aimock/journal?limit=1000", timeout=10) as reply:
            return json.load(reply)

    def close(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def verdict(script, value):
    done = subprocess.run([node(), os.path.join(FOLDER, script)], input=json.dumps(value).encode(),
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
    return done.returncode, done.stdout.decode()


def openrpc_verdict(document):
    """What @open-rpc/schema-utils-js says about an OpenRPC document."""
    return verdict("check_openrpc.js", document)


def told_verdict(document, told):
    """What ajv says about [{of, value}]: answers of methods and params of notifications, by the schemas of the document."""
    return verdict("check_told.js", {"document": document, "told": told})
