"""What the system tests stand on: a real councild on private directories, raw clients, and the check
that a test leaves nothing behind.

    class TestStart(harness.Case):
        def test_x(self):
            daemon = self.daemon(max_children=2)      # flags; stand-in runner unless told otherwise
            client = daemon.client()
            run = client.start(council(step("ready"), step("exit", 3)), monitor=True)
            down = client.down(run["ref"])

Conditions are waited for with a deadline (wait_until); nothing sleeps for a fixed time. At the end of
every test each daemon that still lives is taken through: terminate_all, no runs, no zombie, as many
descriptors as at the start, an orderly stop with status 0, no process and no file left but records.
"""
import atexit
import contextlib
import functools
import json
import os
import pty
import re
import resource
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import time
import unittest

from patience import patience

BUILD = os.path.abspath(os.environ.get("COUNCILD_BUILD", "build"))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
STANDIN = os.path.join(BUILD, "peers", "standin")
SANITIZED = os.path.basename(BUILD) == "san"
MEASURED = os.path.basename(BUILD) == "cov"     # each process writes what it has executed when it ends
PROMPTLY = 5.0      # promptly is 1 s in docs/rules.md; a loaded machine gets more
QUICK = 2.0 * (4 if SANITIZED else 2)      # the same for what is allowed 2 s there
HELPER = "councild-sync"
REF = re.compile(r"\Aref_[A-Za-z0-9_-]{11}\Z")
RUN_ID = re.compile(r"\Arun_[A-Za-z0-9_-]{10}[AEIMQUYcgkosw048]\Z")


# ---- waiting ---------------------------------------------------------------------------------------------------------
def wait_until(condition, seconds=10.0, what=None):
    """Calls condition until it gives something true, which is returned; fails after the deadline."""
    end = time.monotonic() + patience(seconds)
    pause = 0.001
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what() if callable(what) else what or condition}")
        time.sleep(pause)
        pause = min(pause * 1.5, 0.05)


# ---- what a machine may lack -----------------------------------------------------------------------------------------
def not_here(reason):
    """Ends a test that this machine cannot run: it is listed with the reason and counts as nothing."""
    raise unittest.SkipTest(reason)


def needs_root(what):
    if os.geteuid() != 0:
        not_here(f"needs root {what}")


def needs_cgroup(client):
    """Without a cgroup nothing is promised about processes that left the group of their run."""
    if "cgroup" not in str(client.call("supervisor.info")["containment"]):
        not_here("no usable cgroup here")


def cgroup_mount():
    """Where the cgroup v2 tree is mounted, or None."""
    with open("/proc/mounts") as f:
        return next((line.split()[1] for line in f if line.split()[2] == "cgroup2"), None)


def cgroup_of(pid):
    """The cgroup v2 group of a process as a directory."""
    return cgroup_mount() + re.search(r"^0::(.*)$", read_text(f"/proc/{pid}/cgroup"), re.M).group(1)


def delegated_cgroup(case):
    """A new cgroup v2 group with nothing in it to which memory and pids are handed on; removed at the end of the test."""
    mount = cgroup_mount()
    controllers = read_text(mount + "/cgroup.controllers").split() if mount else []
    if not {"memory", "pids"} <= set(controllers):
        not_here("the kernel's cgroup v2 tree has no memory and pids controllers here: see make test-kernel")
    needs_root("to delegate a cgroup")
    write_text(mount + "/cgroup.subtree_control", "+memory +pids")
    group = tempfile.mkdtemp(prefix="test-", dir=mount)
    case.addCleanup(remove_cgroup, group)
    return group


def remove_cgroup(group):
    """Ends and removes a group and those below it."""
    write_text(group + "/cgroup.kill", "1")
    for folder, _, _ in os.walk(group, topdown=False):
        wait_until(lambda: "populated 0" in read_text(folder + "/cgroup.events"), 10)
        os.rmdir(folder)


def fork_on_terminal(ignoring=()):
    """pty.fork(), and what the terminal sends ends the child, as under a login shell, unless it is to be ignored."""
    try:
        pid, fd = pty.fork()
    except OSError as fault:
        not_here(f"no pseudo terminal can be opened here: is devpts mounted? ({fault})")
    if pid == 0:
        for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN if number in ignoring else signal.SIG_DFL)
    return pid, fd


def read_text(path):
    with open(path) as f:
        return f.read()


def write_text(path, text):
    with open(path, "w") as f:
        f.write(text)


class Stopwatch:
    def __init__(self):
        self.begin = time.monotonic()

    @property
    def seconds(self):
        return time.monotonic() - self.begin


# ---- processes -------------------------------------------------------------------------------------------------------
def proc_stat(pid):
    """{state, ppid, pgid, sid, start} of a process, or None."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as f:
            fields = f.read().rpartition(b")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return {"state": fields[0].decode(), "ppid": int(fields[1]), "pgid": int(fields[2]), "sid": int(fields[3]),
            "start": int(fields[19])}


def all_pids():
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def children(pid):
    return [p for p in all_pids() if (s := proc_stat(p)) and s["ppid"] == pid]


def zombies(pid):
    return [p for p in children(pid) if (s := proc_stat(p)) and s["state"] == "Z"]


def is_helper(pid):
    """Whether it is the process that syncs ends of records. A zombie has its name alone; one that has just been made, its argument."""
    try:
        return HELPER in (read_text(f"/proc/{pid}/comm").strip(), read_text(f"/proc/{pid}/cmdline").strip("\0"))
    except OSError:
        return False


def exe_of(pid):
    try:
        return os.readlink(f"/proc/{pid}/exe")
    except OSError:
        return None


def fds(pid):
    """{number: target} of the descriptors of a process."""
    ret = {}
    try:
        for name in os.listdir(f"/proc/{pid}/fd"):
            with contextlib.suppress(FileNotFoundError):
                ret[int(name)] = os.readlink(f"/proc/{pid}/fd/{name}")
    except FileNotFoundError:
        pass
    return ret


def memory_kib(pid, field="VmRSS"):
    with open(f"/proc/{pid}/status") as f:
        return int(re.search(rf"^{field}:\s+(\d+) kB", f.read(), re.M).group(1))


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", "rb") as f:
        fields = f.read().rpartition(b")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Process:
    """A process by pid and start time, so that a reused number is not mistaken for it."""

    def __init__(self, pid):
        self.pid = pid
        found = proc_stat(pid)
        self.start = found["start"] if found else None

    def stat(self):
        now = proc_stat(self.pid)
        return now if now and now["start"] == self.start else None

    def alive(self):
        now = self.stat()
        return now is not None and now["state"] not in "ZX"

    def gone(self):
        return self.stat() is None


# ---- councils for the stand-in ---------------------------------------------------------------------------------------
def step(ability, arg=True):
    return {ability: arg}


READY = step("ready")
HANG = [READY]                                             # ready, then asleep until a signal comes
STUBBORN = [step("sigterm", "ignore"), READY]


def council(*script, id="scripted", **more):
    """A valid council of one mock member that carries a script for the stand-in."""
    return {"schema_version": 1, "id": id, "members": [{"id": "a", "provider": "mock", "model": "m"}],
            "rounds": [{"type": "independent_analysis"}], "metadata": {"script": list(script)}, **more}


def ended(outcome="complete", **result):
    """Steps with which a run ends like an orderly runner."""
    return [step("result", {"outcome": outcome, "result": {"outcome": outcome, **result}}), step("exit", 0)]


# ---- client ----------------------------------------------------------------------------------------------------------
class RpcError(Exception):
    def __init__(self, error):
        super().__init__(json.dumps(error))
        self.error = error
        self.code = error.get("code")
        self.data = error.get("data") or {}
        self.reason = self.data.get("reason")


class Closed(Exception):
    """The connection ended; log holds what came before."""


class Client:
    """A raw connection. Every message that came stands in `log`, in order; taken ones stay there."""

    def __init__(self, path, timeout=10.0, sock=None):
        """sock: one that is connected already, instead of the path."""
        self.sock = sock or socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        self.sock.settimeout(patience(timeout))
        try:
            if not sock:
                self.sock.connect(path)
        except BaseException:
            self.sock.close()
            raise
        self.timeout = timeout
        self.buffer = b""
        self.log = []
        self.lines = []         # the same as bytes
        self.taken = set()
        self.next_id = 1
        self.eof = False
        self.reset = False

    def close(self):
        self.sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # -- out
    def raw(self, data):
        self.sock.settimeout(patience(self.timeout))
        self.sock.sendall(data)

    def line(self, value):
        self.raw(json.dumps(value).encode() + b"\n")

    def send(self, method, **params):
        """Sends a request and gives its id, without waiting."""
        id = self.next_id
        self.next_id += 1
        self.line({"jsonrpc": "2.0", "id": id, "method": method, "params": params})
        return id

    def half_close(self):
        self.sock.shutdown(socket.SHUT_WR)

    # -- in
    def _receive(self, seconds):
        """Reads once; False when nothing came in time. Sets eof at the end."""
        if self.eof:
            return False
        self.sock.settimeout(max(seconds, 0.0001))
        try:
            data = self.sock.recv(1 << 18)
        except (TimeoutError, BlockingIOError):
            return False
        except (ConnectionResetError, BrokenPipeError):
            self.eof = self.reset = True
            return True
        self._keep(data)
        return True

    def _keep(self, data):
        self.eof = self.eof or not data
        *lines, self.buffer = (self.buffer + data).split(b"\n")
        self.lines.extend(lines)
        self.log.extend(json.loads(line.decode("utf-8")) for line in lines)

    def swallow(self, id):
        """Reads as fast as it can to the reply or the end, and looks at it only then: the end of a daemon waits for its readers
        no longer than a second."""
        self.sock.settimeout(patience(self.timeout))
        read = bytearray()
        reply = b'"id":%d,"result"' % id
        while not (read.endswith(b"\n") and reply in read[-300:]) and (data := self.sock.recv(1 << 20)):
            read += data
        self._keep(bytes(read))

    def take(self, wanted, seconds=None, what="a message"):
        """The first message not yet taken for which wanted() holds."""
        end = time.monotonic() + patience(self.timeout if seconds is None else seconds)
        seen = 0
        while True:
            for i in range(seen, len(self.log)):
                if i not in self.taken and wanted(self.log[i]):
                    self.taken.add(i)
                    return self.log[i]
            seen = len(self.log)
            left = end - time.monotonic()
            if self.eof:
                raise Closed(f"end of the connection instead of {what}; got {self.tail()}")
            if left <= 0:
                raise AssertionError(f"{what} did not come in time; got {self.tail()}")
            self._receive(left)

    def tail(self):
        return json.dumps(self.log[-8:])[:2000]

    def position(self, message):
        """Where in the order of arrival the message stands."""
        return next(i for i, m in enumerate(self.log) if m is message)

    def drain(self, seconds=0.05):
        """Reads what is there and comes within the time."""
        end = time.monotonic() + seconds
        while not self.eof and (left := end - time.monotonic()) > 0:
            self._receive(left)

    def read_to_eof(self, seconds=None):
        end = time.monotonic() + patience(self.timeout if seconds is None else seconds)
        while not self.eof:
            if time.monotonic() > end:
                raise AssertionError(f"no end of the connection; got {self.tail()}")
            self._receive(end - time.monotonic())

    def answer(self, id, seconds=None):
        """The whole reply to the request, result or error."""
        return self.take(lambda m: "id" in m and "method" not in m and m["id"] == id, seconds, f"reply {id}")

    def answered(self, id):
        return any("method" not in m and m.get("id") == id for m in self.log)

    def reply(self, id, seconds=None):
        answer = self.answer(id, seconds)
        if "error" in answer:
            raise RpcError(answer["error"])
        return answer["result"]

    def call(self, method, seconds=None, **params):
        return self.reply(self.send(method, **params), seconds)

    def error(self, method, seconds=None, **params):
        """The error of a call that must fail."""
        answer = self.answer(self.send(method, **params), seconds)
        if "error" not in answer:
            raise AssertionError(f"{method} should fail, gave {answer}")
        return RpcError(answer["error"])

    def notification(self, method, seconds=None, **members):
        """The next such notification; members of its params may be fixed."""
        return self.take(lambda m: m.get("method") == method
                         and all(m["params"].get(k) == v for k, v in members.items()),
                         seconds, f"{method} {members}")["params"]

    def notifications(self, method, **members):
        """All that came so far, taken or not."""
        return [m["params"] for m in self.log if m.get("method") == method
                and all(m["params"].get(k) == v for k, v in members.items())]

    # -- the control protocol in short
    def start(self, council, input="x", seconds=None, **options):
        return self.call("run.start", seconds, council=council, input=input, **options)

    def start_error(self, council, input="x", seconds=None, **options):
        return self.error("run.start", seconds, council=council, input=input, **options)

    def down(self, ref, seconds=None):
        return self.notification("run.down", seconds, ref=ref)

    def down_times(self, n, watch):
        """When each of the next n DOWNs came, on the stopwatch."""
        times = []
        for _ in range(n):
            self.take(lambda m: m.get("method") == "run.down", what="a DOWN")
            times.append(watch.seconds)
        return times

    def event(self, ref, seconds=None):
        return self.notification("run.event", seconds, ref=ref)["event"]

    def report(self, ref, seconds=None):
        """The context of the stand-in's next event."""
        return self.event(ref, seconds)["context"]

    def listed(self):
        return {c["run_id"]: c for c in self.call("supervisor.which_children")["children"]}

    def counts(self):
        return self.call("supervisor.count_children")


# ---- daemon ----------------------------------------------------------------------------------------------------------
def runner_of(place, source):
    """A link (or copy) of a program in a folder of the test, so that its processes can be told by their exe."""
    target = os.path.join(place, "runner")
    if source == target:
        return target
    if os.path.exists(target):
        os.unlink(target)
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
    return target


@functools.cache
def public_copy(name):
    """A copy of a program that every user may run; the build folder may lie below somebody's home."""
    folder = tempfile.mkdtemp(prefix="councild-public-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.chmod(folder, 0o755)
    return shutil.copy2(os.path.join(BUILD, name), folder)


def parts_of_record(text):
    """The lines of a record by what they are; a torn last one counts as an event."""
    ret = {"journal": b""}
    for n, line in enumerate(text.splitlines(keepends=True)):
        try:
            kind = json.loads(line)
        except ValueError:
            kind = {}
        kind = "journal" if "seq" in kind else kind.get("type")
        if (kind == "spec" and n == 0) or kind in ("result", "down"):
            ret[kind] = line
        else:
            ret["journal"] += line
    return ret


class Daemon:
    """One councild on directories of its own. Attributes: dir, socket, state, catalogue, runner, pid, log."""

    def __init__(self, place, runner=STANDIN, **flags):
        self.dir = place
        self.socket = os.path.join(place, "run", "sock")
        self.state = os.path.join(place, "state")
        self.catalogue = os.path.join(place, "catalogue")
        self.log_path = os.path.join(place, "stderr")
        self.runner = runner_of(place, runner) if runner else None
        os.makedirs(os.path.join(place, "run"), mode=0o700, exist_ok=True)
        os.makedirs(self.catalogue, exist_ok=True)
        self.flags = {"socket": self.socket, "state_dir": self.state, "catalogue_dir": self.catalogue,
                      "runner": self.runner, "spares": 0, **flags}
        if SANITIZED or MEASURED:   # leaks cannot be looked for, and nothing written, in a process that is closed in
            self.flags.setdefault("sandbox", "off")
        elif os.geteuid():  # /proc of a process that is shut tells nothing to another one of its user
            self.flags.setdefault("sandbox", {"allow_cores": True})
        self.socket = self.flags["socket"] or self.socket
        self.state = self.flags["state_dir"] or self.state
        self.process = None
        self.clients = []
        self.expected_status = 0
        self.crashes = False        # a runner is made to crash, which a sanitiser reports
        self.base = None

    # -- life
    def argv(self):
        ret = [os.path.join(BUILD, "councild")]
        for name, value in self.flags.items():
            if value is not None and (name == "sandbox" or not isinstance(value, (dict, list))):
                ret += ["--" + name.replace("_", "-"),
                        value if isinstance(value, str) else json.dumps(value)]
        return ret

    def write_config(self):
        """Values that are no flags go into a file."""
        values = {name: value for name, value in self.flags.items() if isinstance(value, (dict, list)) and name != "sandbox"}
        if values and "config" not in self.flags:
            self.flags["config"] = os.path.join(self.dir, "config.json")
            with open(self.flags["config"], "w") as f:
                json.dump(values, f)

    def launch(self, env=None, rlimits=(), pass_fds=(), before=None, user=None, stderr=None, umask=-1, prefix=()):
        """Starts the process without waiting. rlimits: ((RLIMIT_X, soft, hard), ...); before() runs in the child,
        as whoever the tests are, before it becomes `user`."""
        def prepare():
            for limit, soft, hard in rlimits:
                resource.setrlimit(limit, (soft, hard))
            if before:
                before()
            if user is not None:
                os.setgroups([])
                os.setgid(user)
                os.setuid(user)
        mine = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": self.dir, "LANG": "C.UTF-8"}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"):
            if name in os.environ:
                mine[name] = os.environ[name]
        if SANITIZED:       # freed memory is kept for a short while only: some tests look at the growth
            mine["ASAN_OPTIONS"] = mine.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=4:malloc_context_size=8"
        mine.update(env or {})
        self.write_config()
        log = stderr if stderr is not None else open(self.log_path, "ab")
        argv = self.argv()
        if user is not None:
            argv[0] = public_copy("councild")
        self.process = subprocess.Popen([*prefix, *argv], env=mine, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=log, pass_fds=pass_fds,
                                        preexec_fn=prepare, umask=umask, cwd=self.dir)
        if stderr is None:
            log.close()
        self.pid = self.process.pid
        return self

    def start(self, seconds=20.0, **how):
        """Starts it and waits until it answers."""
        self.launch(**how)
        self.wait_ready(seconds)
        return self

    def answers(self):
        if self.process.poll() is not None:
            raise AssertionError(f"councild ended with {self.process.returncode}: {self.log()}")
        try:
            with Client(self.socket, 2.0) as c:
                c.call("supervisor.info")
            return True
        except (FileNotFoundError, ConnectionRefusedError, BlockingIOError, Closed):
            return False

    def wait_ready(self, seconds=20.0):
        wait_until(self.answers, seconds, lambda: f"councild ready; {self.log()}")
        self.settle()

    def settle(self):
        """Remembers the number of descriptors of the idle daemon, once spares are there and the probe is gone."""
        def steady():
            if len(self.spares()) != self.flags["spares"]:
                return False
            first = len(fds(self.pid))
            time.sleep(0.02)
            return first == len(fds(self.pid)) and len(self.spares()) == self.flags["spares"] and first
        self.base = wait_until(steady, 10, "an idle daemon")

    def spares(self):
        return [p for p in children(self.pid) if exe_of(p) == self.runner]

    def runners(self):
        """Children that lead a run or wait for one, zombies too."""
        return [p for p in children(self.pid) if not is_helper(p)]

    def helper(self):
        """The process that syncs ends of records, or None."""
        return next((p for p in children(self.pid) if is_helper(p) and Process(p).alive()), None)

    def log(self):
        with open(self.log_path, errors="replace") as f:
            return f.read()[-6000:]

    def log_lines(self, pattern):
        with open(self.log_path, errors="replace") as f:
            return [line for line in f if re.search(pattern, line)]

    def client(self, timeout=10.0):
        c = Client(self.socket, timeout)
        self.clients.append(c)
        return c

    def signal(self, number):
        os.kill(self.pid, number)

    def kill(self):
        """SIGKILL, and its status taken."""
        with self.helper_dies():
            self.process.kill()
            self.process.wait(10)

    @contextlib.contextmanager
    def helper_dies(self):
        """The daemon ends inside, and what it had for itself does so with it."""
        helper = self.helper()
        helper = helper and Process(helper)
        yield
        wait_until(lambda: not (helper and helper.alive()), 5, "the helper dies with its daemon")

    def wait(self, seconds=20.0):
        """The exit status; the daemon is expected to end."""
        try:
            return self.process.wait(patience(seconds))
        except subprocess.TimeoutExpired:
            raise AssertionError(f"councild does not end: {self.log()}") from None

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def restart(self, **how):
        assert not self.alive()
        return self.start(**how)

    # -- what may be left
    def processes(self):
        """Pids of living processes of the stand-in (or runner) that this test's daemons started."""
        mark = os.path.join(self.dir, "")
        return [p for p in all_pids() if (exe_of(p) or "").startswith(mark) and (proc_stat(p) or {}).get("state") != "Z"]

    def tree(self):
        """All files under the directory of the test, relative."""
        found = []
        for folder, _, files in os.walk(self.dir):
            found += [os.path.relpath(os.path.join(folder, name), self.dir) for name in files]
        return sorted(found)

    def records(self, kind="runs"):
        """Names, the oldest first: start and run_id."""
        try:
            return sorted(n.removesuffix(".jsonl") for n in os.listdir(os.path.join(self.state, kind)))
        except FileNotFoundError:
            return []

    def record_path(self, run_id, kind="runs"):
        """The file of the newest record of a run; None: there is none."""
        names = [n for n in self.records(kind) if n.split("-", 1)[1] == run_id]
        return os.path.join(self.state, kind, names[-1] + ".jsonl") if names else None

    def record(self, run_id, kind="runs"):
        """What stands in it: {"spec", "journal", "result", "down"}: the lines of each as bytes, the journal always there."""
        path = self.record_path(run_id, kind)
        if not path:
            return {}
        with open(path, "rb") as f:
            return parts_of_record(f.read())

    def change_events(self, run_id, change):
        """Puts change(events as bytes) in the place of the events of an ended record, and cuts off what stood behind them."""
        record = self.record(run_id)
        with open(self.record_path(run_id), "wb") as f:
            f.write(record["spec"] + change(record["journal"]))

    def idle(self):
        """Waits until the daemon is as it was at the start: no run, no zombie, no descriptor too many."""
        for c in self.clients:
            c.close()
        self.clients = []
        with Client(self.socket) as c:
            c.call("supervisor.terminate_all", 30)
            wait_until(lambda: not any(c.counts().values()), 15, lambda: f"no runs: {c.counts()}")
        wait_until(lambda: not zombies(self.pid), 5, lambda: f"no zombies: {zombies(self.pid)}")
        wait_until(lambda: len(self.spares()) == self.flags["spares"], 10, lambda: f"spares: {self.spares()}")
        wait_until(lambda: len(fds(self.pid)) <= self.base, 5,
                   lambda: f"at most {self.base} descriptors: {sorted(fds(self.pid).items())}")

    def stop(self, seconds=20.0):
        with self.helper_dies():
            self.process.terminate()
            return self.wait(seconds)


# ---- test case -------------------------------------------------------------------------------------------------------
class Case(unittest.TestCase):
    """Base of all system tests; looks after daemons and what they may leave."""
    maxDiff = 4000

    def setUp(self):
        base = os.environ.get("COUNCILD_TEST_TMP", "/tmp")
        self.dir = tempfile.mkdtemp(prefix="councild-", dir=base)
        self.daemons = []
        self.extra_files = set()        # paths under self.dir that the test itself makes, by prefix
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        self.addCleanup(self._kill_left)

    def path(self, name):
        """A path for a file that the test makes."""
        self.extra_files.add(name)
        return os.path.join(self.dir, name)

    def new_daemon(self, name="d", **flags):
        """A daemon that is not started yet."""
        place = os.path.join(self.dir, name)
        os.makedirs(place, mode=0o700, exist_ok=True)
        d = Daemon(place, **flags)
        self.daemons.append(d)
        return d

    def daemon(self, name="d", how=None, **flags):
        return self.new_daemon(name, **flags).start(**(how or {}))

    def _kill_left(self):
        for d in self.daemons:
            for c in d.clients:
                c.close()
            if d.alive():
                d.kill()
            for pid in d.processes():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def _failed(self):
        result = self._outcome.result
        return any(test is self for test, _ in [*result.failures, *result.errors]) or not self._outcome.success

    def tearDown(self):
        if self._failed():
            for d in self.daemons:
                if os.path.exists(d.log_path):
                    print(f"--- log of {d.dir}:\n{d.log()}", flush=True)
            return
        for d in self.daemons:
            self.leaves_nothing(d)

    def leaves_nothing(self, d):
        if d.process is None:
            return
        if d.alive():
            d.idle()
            self.assertEqual(d.stop(), 0, d.log())
        else:
            self.assertEqual(d.process.returncode, d.expected_status, d.log())
        wait_until(lambda: not d.processes(), 5, lambda: f"processes left: {d.processes()}")
        if SANITIZED and not d.crashes:
            self.assertNotRegex(d.log(), "AddressSanitizer|LeakSanitizer|runtime error:")
        strangers = [f for f in d.tree() if not self._known(d, f)]
        self.assertEqual(strangers, [], "files beside the records")

    FILES = re.compile(r"\A(stderr|runner(\.early|\.born/\d+)?|config\.json|catalogue/.*"
                       r"|run/sock(\.lock)?|state/(lock|survivors|cgroup)"
                       r"|state/(index|audit(\.1)?)\.jsonl|state/(runs|open)/\d{13}-[A-Za-z0-9_][A-Za-z0-9._-]*\.jsonl)\Z")

    def _known(self, d, name):
        if name == "run/sock":
            return d.expected_status is not None and d.expected_status < 0    # only after a SIGKILL
        return self.FILES.match(name) or any(name.startswith(e) for e in self.extra_files)

    # -- assertions
    def assertReason(self, down, **reason):
        self.assertEqual(down["reason"], reason, down)

    def assertError(self, error, reason, code, **data):
        self.assertEqual((error.reason, error.code), (reason, code), error.error)
        for name, value in data.items():
            self.assertEqual(error.data.get(name), value, error.error)
        self.assertTrue(error.error.get("message"), error.error)

    def assertBetween(self, value, low, high):
        """Lower bounds are strict, upper ones generous."""
        self.assertGreaterEqual(value, low)
        self.assertLessEqual(value, high)

    def mode(self, path):
        return stat.S_IMODE(os.lstat(path).st_mode)
