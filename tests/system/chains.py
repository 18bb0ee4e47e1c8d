"""Chains of resumptions: a run is ended somewhere, so is the run that resumes it, and the one that resumes that; the last one may
finish. What any of them was answered is never asked again: the same question with the same number of answers before it, paid twice
within one chain, is a double payment. What was on its way when a run ended may be lost, once for each end."""
import collections
import os
import random
import signal

import test_resume

WAYS = ("runner", "runner", "drain", "now", "daemon")
OVER = ("run_completed", "run_failed")


class Count:
    def __init__(self):
        self.doubles = []       # (call_id, attempt)
        self.lost = 0           # requests that were begun and left no answer
        self.asked = 0          # at the server
        self.kept = 0           # answers in the journals


class Case(test_resume.Case):
    """Knows how to end a run, and to resume what is left of it."""

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

    def chain(self, council, ends):
        """Begins the council, ends it and its resumptions as `ends` [(seq, way)] says, finishes the last: its result and Count."""
        before = self.server.asked.total()
        journals, dead = [], None
        for seq, way in ends:
            run = self.begin(council, dead, fresh=not any(journals))
            dead = run["run_id"]
            journals.append(self.end(run, seq, way))
        result, last = self.finish(dead, fresh=not any(journals))
        journals.append(last)
        return result, self.counted(journals, self.server.asked.total() - before), journals

    def counted(self, journals, asked):
        count = Count()
        count.asked = asked
        paid = collections.Counter()
        for journal in journals:
            keys = {}
            for e in journal:
                if e["type"] == "member_started":
                    keys[e["call_id"]] = e["call_key"]
                elif e["type"] == "exchange_completed" and not e.get("reused"):
                    count.kept += 1
                    paid[e["call_id"], keys[e["call_id"]], e["attempt"]] += 1
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
