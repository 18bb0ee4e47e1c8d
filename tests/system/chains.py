"""Chains of resumptions: a run is ended somewhere, so is the run that resumes it, and the one that resumes that; the last one may
finish. What any of them was answered is never asked again: the same question with the same number of answers before it, paid twice
within one chain, is a double payment. The server refuses it with an error that nobody retries, so that the run shows it. What was
on its way when a run ended left no answer in a journal: it may be asked again, and is counted as lost, once for each end."""
import collections
import http.client
import os
import random
import signal

import test_resume
from harness import wait_until

WAYS = ("runner", "runner", "drain", "now", "daemon")
OVER = ("run_completed", "run_failed")


class Server(test_resume.Server):
    """Where `left` is set, {(model, prompt): times}, takes each question only so often (one that is not in it, once), and refuses
    it from then on, as a service would whose customer has nothing left: {...} of `refused`."""

    def __init__(self, script):
        self.left, self.refused = None, collections.Counter()
        self.open = 0           # connections, of whomever
        super().__init__(script)

    def take(self, model, body, headers, path):
        question = model, body["messages"][-1]["content"]
        with self.lock:
            if self.left is not None and self.left.setdefault(question, 1) <= 0:
                self.refused[question] += 1
                return {"status": 402, "error": {"message": "this question was answered and paid for", "type": "paid"}}
            if self.left is not None:
                self.left[question] -= 1
        return super().take(model, body, headers, path)

    def process_request(self, request, client_address):
        with self.lock:
            self.open += 1
        super().process_request(request, client_address)

    def shutdown_request(self, request):
        super().shutdown_request(request)
        with self.lock:
            self.open -= 1

    def settle(self):
        """Until everything that was sent by those who are gone has been taken: connections are accepted in their order."""
        c = http.client.HTTPConnection(*self.server_address, timeout=10)
        c.request("GET", "/v1/models", headers={"Connection": "close"})
        c.getresponse().read()
        c.close()
        wait_until(lambda: self.open == 0, 10)


class Count:
    def __init__(self):
        self.doubles = []       # (call_id, attempt)
        self.refused = []       # (model, prompt)
        self.lost = 0           # requests that were begun and left no answer
        self.asked = 0          # at the server, which took it
        self.kept = 0           # answers in the journals


class Case(test_resume.Case):
    """Knows how to end a run, and to resume what is left of it."""
    server_class = Server

    def reference(self, template):
        """A run that nobody ends: its lasting result and its number of lines. What it asks is what each chain may pay for."""
        self.document = self.council(template, test_resume.TEMPLATES[template])
        _, result, lines = self.whole(self.document, seed="seed")
        self.due = collections.Counter(self.server.asked)
        return test_resume.lasting(result), len(lines)

    def owe(self, journals):
        """From here on the server takes what stands in none of the journals as answered."""
        self.server.settle()
        left = collections.Counter(self.due)
        left.subtract((call["model"], call["messages"][-1]["content"]) for j in journals for call, _ in self.paid(j))
        with self.server.lock:
            self.server.left = left

    def paid(self, journal):
        """[(member_started, exchange_completed)] of the answers that came in this run."""
        calls = {e["call_id"]: e for e in journal if e["type"] == "member_started"}
        return [(calls[e["call_id"]], e) for e in journal if e["type"] == "exchange_completed" and not e.get("reused")]

    def begin(self, council=None, dead=None, fresh=False):
        """fresh: no journal has a line yet, so none has the seed."""
        options = {"resume_from": dead} if dead else {}
        if fresh or not dead:
            options["seed"] = "seed"
        more = {} if dead else {"council": council, "input": "x"}
        return self.c.call("run.start", options=options, monitor=True, subscribe=True, verbose="debug", **more)

    def end(self, run, seq, way):
        """Ends a run when line `seq` of its journal was told (0: at once); its journal."""
        if seq:
            self.until(run["subscription"], seq)
        if way == "daemon":
            self.d.kill()
            self.c = self.d.restart(env={"TEST_KEY": "sk-test-0011223344556677"}).client(30)
        elif way == "runner":
            try:
                os.kill(run["pid"], signal.SIGKILL)
            except ProcessLookupError:
                pass
            self.c.down(run["ref"])
        else:
            try:
                self.c.call("run.cancel", run_id=run["run_id"], mode=way)
            except test_resume.harness.RpcError:
                pass
            self.c.down(run["ref"])
        return self.journal_of(run["run_id"])

    def journal_of(self, run_id):
        return self.journal(run_id) if "journal" in self.d.record(run_id) else []

    def finish(self, dead, fresh):
        run = self.begin(dead=dead, fresh=fresh)
        self.c.down(run["ref"])
        answer = self.c.call("run.await", run_id=run["run_id"])
        return answer["result"], self.journal_of(run["run_id"])

    def chain(self, ends):
        """Begins the council of the reference, ends it and its resumptions as `ends` [(seq, way)] says, finishes the last: its result and Count."""
        before = self.server.asked.total()
        self.server.refused.clear()
        journals, dead = [], None
        for seq, way in ends:
            self.owe(journals)
            run = self.begin(self.document, dead, fresh=not any(journals))
            dead = run["run_id"]
            journals.append(self.end(run, seq, way))
        self.owe(journals)
        result, last = self.finish(dead, fresh=not any(journals))
        journals.append(last)
        return result, self.counted(journals, self.server.asked.total() - before), journals

    def counted(self, journals, asked):
        count = Count()
        count.asked = asked
        count.refused = list(self.server.refused.elements())
        paid = collections.Counter((e["call_id"], call["call_key"], e["attempt"]) for j in journals for call, e in self.paid(j))
        count.kept = paid.total()
        count.doubles = [key for key, times in paid.items() if times > 1]
        count.lost = count.asked - count.kept
        return count

    def in_flight(self, journal):
        """How many requests may have been on their way when this journal ended."""
        begun = sum(e["type"] in ("member_started", "member_reask") for e in journal)
        return begun - sum(e["type"] == "member_completed" for e in journal) + sum(e["type"] == "attempt_failed" for e in journal)


def drawn(random_, lines, most):
    """Ends for one chain, drawn: early ones are where answers were lost, so half of them fall into the first lines."""
    ends = []
    for _ in range(random_.randint(1, most)):
        seq = random_.randint(0, 6) if random_.random() < 0.5 else random_.randint(0, lines)
        ends.append((seq, random_.choice(WAYS)))
    return ends


def seeded(name):
    return random.Random(name)
