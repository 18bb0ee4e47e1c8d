"""What a runner is closed in with: asked for by the operator, in force where the kernel has it, told everywhere, and never passed
over in silence. A run that goes on without it, or a provider that cannot be reached because of it, would be noticed by nobody in time."""
import contextlib
import ctypes
import json
import os
import re
import signal
import struct
import subprocess


import harness
import peers
from harness import wait_until
from test_council import RUNNER, CouncilCase, alone, slow
from test_providers_bad_days import KEY

NOTHING = {"no_new_privs": False, "files": False, "network": False, "scopes": False, "syscalls": False, "undumpable": False}
LANDLOCK_CREATE_RULESET, SECCOMP = 444, {"x86_64": 317, "aarch64": 277}[os.uname().machine]


def status_of(pid):
    with open(f"/proc/{pid}/status") as f:
        return dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)


def copies_in(pid, key):
    """Where in the memory of a process these bytes stand, but for what is given to no child (`wf`): there keys are meant to be. What
    is from memfd_secret cannot be read at all."""
    found = []
    with open(f"/proc/{pid}/smaps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in maps:
            parts = line.split()
            if re.fullmatch("[0-9a-f]+-[0-9a-f]+", parts[0]):
                begin, end = (int(n, 16) for n in parts[0].split("-"))
                name = " ".join(parts[1:])
            elif parts[0] == "VmFlags:" and "rd" in parts and "wf" not in parts and end - begin < 1 << 30:  # a sanitizer's shadow is more
                with contextlib.suppress(OSError, ValueError, OverflowError):
                    memory.seek(begin)
                    data = memory.read(end - begin)
                    found += [f"{begin + at.start():x} {name}" for at in re.finditer(re.escape(key), data)]
    return found


def refuse_call(number, errno):
    """For the process and all that it starts this system call fails, as with an older kernel or a narrow unit."""
    libc = ctypes.CDLL(None, use_errno=True)
    code = [(0x20, 0, 0, 0), (0x15, 0, 1, number), (0x06, 0, 0, 0x00050000 | errno), (0x06, 0, 0, 0x7fff0000)]
    program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *c) for c in code))
    fprog = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(code), ctypes.addressof(program)))
    if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, fprog, 0, 0):
        raise OSError(ctypes.get_errno(), "no filter")


ROOT = os.geteuid() == 0


def looked_into(sandbox):
    """The tests look into the processes that they start, which takes root where those are shut."""
    if ROOT or sandbox == "off":
        return sandbox
    return {"allow_cores": True, **(sandbox if isinstance(sandbox, dict) else {"mode": sandbox})}


class Case(CouncilCase):
    def closed_in(self, sandbox, name="d", how=None, **flags):
        d = self.new_daemon(name, runner=RUNNER, sandbox=looked_into(sandbox), **flags)
        return d.start(**(how or {}))

    def told_of(self, c, **options):
        """What info, which_children, run.info and the DOWN say of one run, and /proc/PID/status of its runner."""
        run = c.start(slow(60000), "Why?", monitor=True, **options)
        child = c.call("supervisor.which_children")["children"][0]
        live = c.call("run.info", run_id=run["run_id"])
        status = status_of(run["pid"])
        c.call("run.terminate", run_id=run["run_id"])
        down = c.down(run["ref"])
        ended = c.call("run.info", run_id=run["run_id"])
        self.assertEqual(child["sandbox"], live["sandbox"])
        for other in (down, ended, ended["down"]):
            self.assertEqual(other["sandbox"], child["sandbox"])
        return child["sandbox"], status

    def possible(self, c):
        """What the daemon says of the kernel, as a run would tell it."""
        info = c.call("supervisor.info")["sandbox"]
        return {name: info[name] for name in ("mode", "landlock", *NOTHING)}, info


class Told(Case):
    def test_what_is_in_force_is_told_everywhere(self):
        for mode in ("best", "strict"):
            c = self.closed_in(mode, mode).client()
            told, status = self.told_of(c)
            possible, info = self.possible(c)
            self.assertEqual(told, {**possible, "tools": None})
            self.assertEqual((told["mode"], info["error"]), (mode, None))
            self.assertTrue(told["no_new_privs"] and told["syscalls"])
            self.assertEqual(told["undumpable"], ROOT)
            self.assertEqual(status["NoNewPrivs"], "1")
            self.assertEqual(status["Seccomp"], "2")

    def test_off(self):
        c = self.closed_in("off").client()
        told, status = self.told_of(c)
        self.assertEqual({k: told[k] for k in NOTHING}, NOTHING)
        self.assertEqual((told["mode"], status["Seccomp"]), ("off", "0"))
        self.assertEqual(status["NoNewPrivs"], "1", "before its exec, whatever comes later")

    def test_a_spare_is_closed_in_too(self):
        d = self.closed_in("strict", spares=1)
        c = d.client()
        wait_until(lambda: d.spares(), 10, "a spare")
        self.assertEqual(self.told_of(c)[1]["Seccomp"], "2")

    def with_one_of_ours(self, name):
        """A daemon whose spare goes by its own name; it is not started yet."""
        d = self.new_daemon(name, runner=RUNNER, sandbox=looked_into("best"), spares=1)
        d.runner = d.flags["runner"] = harness.public_copy("council-runner")
        return d

    def test_a_spare_has_its_filter_before_it_has_a_run(self):
        d = self.with_one_of_ours("d").start()
        c = d.client()
        spare = wait_until(d.spares, 10, "a spare")[0]
        wait_until(lambda: status_of(spare)["Seccomp"] == "2", 10, "a filter, while nobody waits for it")
        run = c.start(slow(1), "Why?", monitor=True)
        self.assertEqual(run["pid"], spare)
        down = c.down(run["ref"])
        self.assertEqual(down["sandbox"], {**self.possible(c)[0], "tools": None})
        self.assertEqual(down["reason"]["kind"], "normal")

    def test_a_spare_that_may_have_to_start_programs_stays_open_till_then(self):
        for tool, may in ({"argv": ["/bin/true"]}, False), ({"kind": "council", "council": "x"}, True):
            d = self.with_one_of_ours(f"may{may}")
            os.makedirs(os.path.join(d.catalogue, "tools"))
            with open(os.path.join(d.catalogue, "tools", "look.json"), "w") as f:
                json.dump({"kind": "command", "description": "Looks.", "parameters": {"type": "object"}, **tool}, f)
            d.start()
            with open(f"/proc/{wait_until(d.spares, 10, 'a spare')[0]}/cmdline", "rb") as f:
                self.assertEqual(f.read().endswith(b" (closed in early)\0"), may)

    def test_a_runner_that_does_not_say(self):
        with self.daemon().client() as c:
            run = c.start(harness.council(harness.step("ready"), harness.step("exit", 0)), monitor=True)
            self.assertIsNone(c.down(run["ref"])["sandbox"])

    def test_a_reload_is_for_later_runs(self):
        d = self.new_daemon(runner=RUNNER)
        d.flags.pop("sandbox", None)
        d.flags["config"] = os.path.join(d.dir, "config.json")

        def configure(value):
            with open(d.flags["config"], "w") as f:
                json.dump({"sandbox": value}, f)
        configure({"mode": "best", "allow_cores": True})
        c = d.start().client()
        self.assertFalse(self.told_of(c)[0]["undumpable"])
        configure("strict")
        os.kill(d.pid, signal.SIGHUP)
        wait_until(lambda: c.call("supervisor.info")["sandbox"]["mode"] == "strict", 10, "the reload")
        self.assertTrue(self.told_of(c)[0]["undumpable"])

    def test_a_probe_is_closed_in(self):
        """provider.check runs as a run does."""
        server = peers.LlmServer({"m": [{"reply": "yes"}]})
        self.addCleanup(server.close)
        d = self.new_daemon(runner=RUNNER, sandbox=looked_into("strict"))
        d.flags["config"] = os.path.join(d.dir, "config.json")
        with open(d.flags["config"], "w") as f:
            json.dump({"providers": {"own": {"type": "openai", "base_url": server.url, "key_env": "TEST_KEY"}}}, f)
        c = d.start(env={"TEST_KEY": KEY}).client(60)
        rows = c.call("provider.check", council=alone("own"), provider="own")["rows"]
        self.assertEqual([r for r in rows if r["status"] == "failed" and r["check"] in ("dns", "connect", "tls", "key")], [])
        self.assertTrue(server.calls)


class Asked(Case):
    def refused(self, value):
        d = self.new_daemon(f"d{len(self.daemons)}", sandbox=value)
        d.launch()
        self.assertNotEqual(d.process.wait(20), 0)
        d.expected_status = d.process.returncode
        return d.log()

    def test_wrong_values_name_what_is_wrong(self):
        self.assertIn("sandbox: must be one of best, strict, off", self.refused("sometimes"))
        self.assertIn("sandbox: must be one of best, strict, off", self.refused({"mode": 1}))
        self.assertIn("sandbox: strict_network must be true or false", self.refused({"strict_network": "yes"}))
        self.assertIn("sandbox: unknown key strictly", self.refused({"strictly": True}))

    def test_cores_need_the_operators_leave(self):
        harness.needs_root("to look into a process that is shut")
        with self.daemon("a", sandbox="best").client() as c:
            error = c.start_error(slow(1), limits={"core_bytes": 1})
            self.assertEqual((error.reason, error.data["field"]), ("invalid_option", "/limits/core_bytes"))
            self.assertIn("allow_cores", error.error["message"])
            c.start(harness.council(harness.step("ready"), harness.step("exit", 0)), limits={"core_bytes": 0})
        for value in ({"allow_cores": True}, {"mode": "off"}):
            with self.daemon(value.get("mode", "b"), sandbox=value).client() as c:
                c.start(harness.council(harness.step("ready"), harness.step("exit", 0)), limits={"core_bytes": 1 << 20})
        d = self.new_daemon("c", sandbox={"mode": "best"}, limits={"core_bytes": 5})
        d.launch()
        self.assertNotEqual(d.process.wait(20), 0)
        d.expected_status = d.process.returncode
        self.assertIn("allow_cores", d.log())


class OtherKernels(Case):
    def start_fails(self, sandbox, call, errno, name):
        c = self.closed_in(sandbox, name, how={"before": lambda: refuse_call(call, errno)}).client()
        error = c.start_error(slow(1), "Why?")
        self.assertEqual(error.reason, "start_failed")
        self.assertEqual(self.possible(c)[1]["error"], error.data["cause"]["message"])
        self.assertEqual(error.data["cause"]["code"], "sandbox")
        return error.data["cause"]["message"]

    def test_a_unit_that_forbids_it_is_no_older_kernel(self):
        for n, call in enumerate((LANDLOCK_CREATE_RULESET, SECCOMP)):
            message = self.start_fails("best", call, 1, f"d{n}")
            self.assertIn("SystemCallFilter", message)

    def test_without_landlock(self):
        """ENOSYS, as before 5.13, or EOPNOTSUPP, as where it is switched off."""
        for errno in (38, 95):
            c = self.closed_in("best", f"best{errno}", how={"before": lambda e=errno: refuse_call(LANDLOCK_CREATE_RULESET, e)}).client()
            told, status = self.told_of(c)
            self.assertEqual((told["files"], told["network"], told["scopes"], told["landlock"]), (False, False, False, 0))
            self.assertTrue(told["syscalls"])
            self.assertEqual(told, {**self.possible(c)[0], "tools": None})
            self.assertIn("Landlock", self.start_fails("strict", LANDLOCK_CREATE_RULESET, errno, f"strict{errno}"))
            self.assertIn("strict_network", self.start_fails({"strict_network": True}, LANDLOCK_CREATE_RULESET, errno, f"n{errno}"))
            self.assertIn("strict_scopes", self.start_fails({"strict_scopes": True}, LANDLOCK_CREATE_RULESET, errno, f"s{errno}"))

    def test_without_filters(self):
        told, _ = self.told_of(self.closed_in("best", "best", how={"before": lambda: refuse_call(SECCOMP, 38)}).client())
        self.assertFalse(told["syscalls"])
        self.assertIn("filters", self.start_fails("strict", SECCOMP, 38, "strict"))


class Reached(Case):
    """Everything that providers need is let through."""

    def ask(self, root, how=None, name="d", **provider):
        d = self.new_daemon(name, runner=RUNNER, sandbox=looked_into("strict"))
        d.flags["config"] = os.path.join(d.dir, "config.json")
        with open(d.flags["config"], "w") as f:
            json.dump({"providers": {"own": {"type": "openai", "base_url": root + "/v1", "key_env": "TEST_KEY", **provider}}}, f)
        c = d.start(env={"TEST_KEY": KEY}, **(how or {})).client(60)
        _, result, events = self.whole(c, alone("own", retry={"max_attempts": 1}))
        return result["rounds"][0]["member_results"]["s0"], events

    def serve(self, tls=None):
        server = peers.LlmServer({"m": [{"reply": "reached"}]}, tls)
        self.addCleanup(server.close)
        return server

    def test_by_name(self):
        root = self.serve().root.replace("127.0.0.1", "localhost")
        self.assertEqual(self.ask(root)[0]["content"], "reached")

    def test_tls_with_files_behind_links(self):
        folder = self.path("tls")
        os.mkdir(folder)
        house, mine = peers.certificate(folder), peers.certificate(folder, "client-")
        links = [self.path(f"link{n}") for n in range(3)]
        for link, file in zip(links, (house[0], *mine)):
            os.symlink(file, link)
        server = self.serve((*house, mine[0]))
        member, _ = self.ask(server.root, ca_file=links[0], client_cert=links[1], client_key=links[2])
        self.assertEqual(member["content"], "reached")

    def test_tls_by_the_certificates_of_the_system(self):
        """A hashed folder, with links within it, and from it to a file somewhere else."""
        harness.needs_root("to lay an own folder over the machine's")
        certs = self.path("certs")
        os.mkdir(certs)
        os.mkdir(self.path("tls"))
        house = peers.certificate(self.path("tls"))
        name = subprocess.check_output(["openssl", "x509", "-noout", "-hash", "-in", house[0]], text=True).strip()
        os.symlink(house[0], os.path.join(certs, "house.pem"))
        os.symlink("house.pem", os.path.join(certs, f"{name}.0"))
        lay = ["unshare", "-m", "sh", "-c", f"mount --bind {certs} /etc/ssl/certs && exec \"$0\" \"$@\""]
        member, events = self.ask(self.serve(house).root, {"prefix": lay})
        self.assertEqual(member.get("content"), "reached", events)

    def test_each_way_to_look_up_names(self):
        """`hosts:` lines of /etc/nsswitch.conf in use. What is missing here, or asks a daemon over a UNIX socket, is passed over."""
        harness.needs_root("to lay an own nsswitch.conf over the machine's")
        root = self.serve().root.replace("127.0.0.1", "localhost")
        for n, line in enumerate(("files dns", "mymachines resolve [!UNAVAIL=return] files myhostname dns", "files myhostname",
                                  "files mdns4_minimal [NOTFOUND=return] dns mdns4", "myhostname dns")):
            file = self.path(f"nsswitch{n}")
            with open(file, "w") as f:
                f.write(f"passwd: files\ngroup: files\nhosts: {line}\n")
            lay = ["unshare", "-m", "sh", "-c", f"mount --bind {file} /etc/nsswitch.conf && exec \"$0\" \"$@\""]
            with self.subTest(line):
                member, events = self.ask(root, {"prefix": lay}, f"d{n}")
                self.assertEqual(member.get("content"), "reached", events)




class Memory(Case):
    def owners_of_memory(self, sandbox, name):
        """To whom /proc/PID/mem belongs, of a daemon of user 54026 and of its runner: to root where the process is shut."""
        d = self.new_daemon(name, runner=RUNNER, sandbox=sandbox)
        os.chmod(self.dir, 0o755)
        for folder, _, _ in os.walk(d.dir):
            os.chown(folder, 54026, 54026)
        c = d.start(user=54026).client()
        run = c.start(slow(60000), "Why?", monitor=True)
        owners = [os.stat(f"/proc/{pid}/mem").st_uid for pid in (d.pid, run["pid"])]
        c.call("run.terminate", run_id=run["run_id"])
        c.down(run["ref"])
        return owners

    def test_daemon_and_runner_are_shut(self):
        harness.needs_root("to be somebody else")
        self.assertEqual(self.owners_of_memory("best", "best"), [0, 0])
        self.assertEqual(self.owners_of_memory({"allow_cores": True}, "cores"), [54026, 54026])
        self.assertEqual(self.owners_of_memory("off", "off"), [54026, 54026])

    def test_peak_is_told_though_nobody_can_look(self):
        c = self.closed_in("best", cgroup="off").client()
        run = c.start(slow(1), "Why?", monitor=True)
        down = c.down(run["ref"])
        self.assertGreater(down["rusage"]["max_rss_bytes"], 1 << 20)

    def test_no_copy_of_a_key_lies_about(self):
        """A runner that has used its key and waits for something else, and the daemon, hold it nowhere but in the memory for keys."""
        harness.needs_root("to look into a process that is shut")
        server = peers.LlmServer({"m": [{"reply": "fast"}]})
        self.addCleanup(server.close)
        d = self.new_daemon(runner=RUNNER, sandbox="best", spares=1)
        d.flags["config"] = os.path.join(d.dir, "config.json")
        with open(d.flags["config"], "w") as f:
            json.dump({"providers": {"own": {"type": "openai", "base_url": server.url, "key_env": "TEST_KEY"}}}, f)
        env = {"TEST_KEY": KEY}
        if harness.SANITIZED:       # which keeps a copy of the environment for itself
            env = {"CREDENTIALS_DIRECTORY": self.path("keys")}
            os.mkdir(env["CREDENTIALS_DIRECTORY"])
            with open(os.path.join(env["CREDENTIALS_DIRECTORY"], "TEST_KEY"), "w") as f:
                f.write(KEY)
        c = d.start(env=env).client(60)
        document = slow(60000)
        document["members"].append({"id": "fast", "provider": "own", "model": "m"})
        run = c.start(document, "Why?", monitor=True, subscribe=True)
        c.take(lambda m: m.get("method") == "run.event" and m["params"]["event"]["type"] == "member_completed", 30, "the answer")
        self.assertTrue(server.calls)
        for pid in (run["pid"], d.pid):
            self.assertTrue(copies_in(pid, b"independent_analysis"), "the look finds what is there")
            self.assertEqual(copies_in(pid, KEY.encode()), [])
        c.call("run.terminate", run_id=run["run_id"])
        c.down(run["ref"])
