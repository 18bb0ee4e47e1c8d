"""A councild whose records are on a file system of their own, in an image that is mounted with default options.

    class Power(disk.Case):
        kind = "ext4"
        def test_x(self):
            self.first          # the daemon, whose runner stops at syncs when self.stopper.on
            self.image          # what the device holds
"""
import collections
import json
import os
import subprocess

import harness
import test_resume
from syncs import Stopper, stopping

IMAGE_BYTES = 320 << 20         # the smallest that mkfs.xfs makes is 300 MiB
# Nothing may write behind our back once the image is mounted.
MKFS = {"ext4": ["mkfs.ext4", "-q", "-E", "lazy_itable_init=0,lazy_journal_init=0"], "xfs": ["mkfs.xfs", "-q"]}
KEY = {"TEST_KEY": "sk-test-0011223344556677"}
COUNCIL = {"schema_version": 1, "id": "three", "default_profile": "p", "profiles": {"p": {"provider": "llm", "max_tokens": 4000}},
           "members": [{"id": name, "model": name} for name in ("ann", "bob", "cy")], "chair": {"model": "chair"},
           "template": {"name": "karpathy", "opts": {}}}


class Case(harness.Case):
    kind = None

    def setUp(self):
        super().setUp()
        self.image = self.path("image")
        self.place = os.path.join(self.dir, "disk")
        self.mounts = []
        self.addCleanup(self.abandon)
        subprocess.run(["truncate", "-s", str(IMAGE_BYTES), self.image], check=True)
        subprocess.run([*MKFS[self.kind], self.image], check=True)
        self.mount(self.image)
        self.stopper = Stopper(os.path.join(self.dir, "syncs"))
        self.addCleanup(self.stopper.close)
        self.server = test_resume.Server({})
        self.server.asked = collections.Counter()
        self.addCleanup(self.server.close)
        self.state = os.path.join(self.place, "state")
        self.first = self.begin_daemon()

    def mount(self, image):
        os.makedirs(self.place, exist_ok=True)
        subprocess.run(["mount", "-o", "loop", image, self.place], check=True)
        self.mounts.append(self.place)

    def abandon(self):
        self._kill_left()
        self.unmount_all()

    def unmount_all(self):
        while self.mounts:
            subprocess.run(["umount", self.mounts.pop()], check=True)

    def begin_daemon(self):
        place = os.path.join(self.dir, "d")
        os.makedirs(place, mode=0o700)
        d = harness.Daemon(place, runner=stopping(os.path.join(place, "runner"), self.stopper), state_dir=self.state)
        d.flags["config"] = os.path.join(place, "config.json")
        with open(d.flags["config"], "w") as f:
            json.dump({"providers": {"llm": {"type": "openai", "base_url": self.server.url, "key_env": "TEST_KEY"}}}, f)
        self.daemons.append(d)
        return d.start(env={**KEY, **self.stopper.env})

    def next_daemon(self):
        """On the same records, and as it comes."""
        return self.daemon(f"next-{len(self.daemons)}", state_dir=self.state, runner=os.path.join(harness.BUILD, "council-runner"))

    def leaves_nothing(self, d):
        pass    # files are what these tests are about; they look at them themselves

    def events(self, client, run_id):
        """{seq: event} of a record, or None."""
        try:
            ref = client.call("run.subscribe", run_id=run_id)["ref"]
        except harness.RpcError:
            return None
        client.notification("run.end", ref=ref)
        return {n["event"]["seq"]: n["event"] for n in client.notifications("run.event", ref=ref)}
