"""docs/rules.md and docs/providers/README.md name tests that exist."""
import ast
import os
import re

import harness

SYSTEM = os.path.dirname(os.path.abspath(__file__))


def tests_of(path):
    """{class: names of its tests}, with those inherited inside the file."""
    with open(path) as f:
        tree = ast.parse(f.read())
    found = {}
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            names = {n.name for n in node.body if isinstance(n, ast.FunctionDef)}
            for base in node.bases:
                names |= found.get(getattr(base, "id", None), set())
            found[node.name] = names
    return found


class Rules(harness.Case):
    def test_every_test_that_is_named_exists(self):
        self.check("rules.md", 80)

    def test_the_table_of_the_providers(self):
        self.check(os.path.join("providers", "README.md"), 25)

    def check(self, page, at_least):
        with open(os.path.join(harness.ROOT, "docs", page)) as f:
            text = f.read()
        named = re.findall(r"`(test_\w+)\.(\w+)(?:\.(\w+))?`", text)
        self.assertGreaterEqual(len(named), at_least)
        for file, group, test in named:
            with self.subTest(f"{file}.{group}.{test}"):
                found = tests_of(os.path.join(SYSTEM, file + ".py"))
                self.assertIn(group, found)
                if test:
                    self.assertIn(test, found[group])
        for path in re.findall(r"`(tests/[\w/.]+)`", text):
            self.assertTrue(os.path.exists(os.path.join(harness.ROOT, path)), path)
