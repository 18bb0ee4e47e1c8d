"""councilctl tenant: what it writes, says, and refuses. Below a folder here; on a booted systemd it is `make test-systemd`."""
import json
import os
import shutil
import tempfile
import unittest

from harness import needs_root
from test_ctl_commands import ctl


class Tenants(unittest.TestCase):
    def setUp(self):
        self.root = tempfile.mkdtemp(prefix="councild-tenants-")
        self.addCleanup(shutil.rmtree, self.root)

    def tenant(self, *args, status=0):
        done = ctl("tenant", "--root", self.root, *args)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout.replace(self.root, "") if status == 0 else done.stderr

    def test_added_listed_and_removed(self):
        told = self.tenant("add", "acme")
        steps = [line.split() for line in told.partition("\n\n")[0].splitlines()]
        self.assertEqual({did for did, _ in steps}, {"wrote", "made"})
        for _, path in steps:
            self.assertTrue(os.path.exists(self.root + path), path)
        self.assertIn("usermod -aG councild-acme-c", told)
        self.assertNotIn("wrote", self.tenant("add", "acme"))
        with open(f"{self.root}/etc/councild/credentials/acme/HOUSE_KEY", "w") as f:
            f.write("sk-secret")
        listed = self.tenant("list")
        self.assertEqual(listed.splitlines()[1].split(), ["acme", "councild-acme-c", "HOUSE_KEY"])
        self.assertNotIn("sk-secret", listed)
        self.assertEqual(json.loads(self.tenant("list", "--json")),
                         [{"tenant": "acme", "group": "councild-acme-c", "keys": ["HOUSE_KEY"]}])
        removed = json.loads(self.tenant("remove", "acme", "--json"))
        self.assertEqual({step["did"] for step in removed}, {"removed"})
        self.assertEqual(json.loads(self.tenant("list", "--json")), [])
        self.assertEqual(sum(len(files) for _, _, files in os.walk(self.root)), 0)
        self.assertEqual(self.tenant("remove", "acme"), "")

    def test_what_is_wrong_is_told(self):
        self.assertIn("1 to 20", self.tenant("add", "a" * 21, status=2))
        self.assertIn("1 to 20", self.tenant("add", "../etc", status=2))
        self.assertIn("not ending with -c", self.tenant("add", "acme-c", status=2))
        self.assertIn("name of a tenant", self.tenant("add", status=2))
        self.assertIn("wants no name", self.tenant("list", "acme", status=2))
        self.assertIn("none of add, remove", self.tenant("rename", "acme", status=2))
        self.assertIn("councild@acme makes it", self.tenant("keys", "acme", status=1))
        os.makedirs(f"{self.root}/etc")
        with open(f"{self.root}/etc/sysusers.d", "w"):
            pass
        self.assertIn("sysusers.d", self.tenant("add", "acme", status=1))

    def test_only_root_may(self):
        needs_root("to be somebody else")
        done = ctl("tenant", "add", "acme", user=54018)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("only root", done.stderr)

    def test_keys_are_handed_over(self):
        self.tenant("add", "acme")
        os.makedirs(f"{self.root}/run/councild/acme/daemon")
        with open(f"{self.root}/etc/councild/credentials/acme/HOUSE_KEY", "w") as f:
            f.write("sk-secret\n")
        done = ctl("tenant", "--root", self.root, "keys", "acme")
        self.assertEqual((done.returncode, done.stdout), (0, ""))
        self.assertIn("1 key for tenant acme", done.stderr)
        with open(f"{self.root}/run/councild/acme/keys/HOUSE_KEY") as f:
            self.assertEqual(f.read(), "sk-secret\n")
