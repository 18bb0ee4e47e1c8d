"""Chains of resumptions by hand: hundreds of runs ended somewhere (runner, daemon, cancel, drain), resumed, ended again.

    resume_campaign.py [--chains N] [--most KILLS] [--seed TEXT]

Spread over every template, against a server that counts what it was asked, and refuses what was answered in a journal of the chain.
Prints, and fails on, double payments: such a question that was asked again, whether the server saw it or the journals tell it; and
prints apart from them what was lost because it was on its way.
The binaries are those of COUNCILD_BUILD.
"""
import argparse
import os
import random
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "system"))
import chains                                                                       # noqa: E402
from test_resume import TEMPLATES, lasting                                          # noqa: E402


class Campaign(chains.Case):
    wanted = chains_seed = most = None
    figures = {"chains": 0, "ends": 0, "asked": 0, "kept": 0, "lost in flight": 0, "refused": 0, "double payments": 0,
               "other results": 0}

    def one(self, expected, ends):
        result, count, journals = self.chain(ends)
        flying = sum(self.in_flight(j) for j in journals[:-1])
        more = {"chains": 1, "ends": len(ends), "asked": count.asked, "kept": count.kept, "lost in flight": count.lost,
                "refused": len(count.refused),
                "double payments": len(count.doubles) + len(count.refused) + max(0, count.lost - flying),
                "other results": lasting(result) != expected}
        for name, n in more.items():
            self.figures[name] += n
        if more["double payments"] or more["other results"]:
            print("chain", self.document["id"], ends, count.doubles, count.refused, flush=True)

    def campaign(self, template):
        expected, lines = self.reference(template)
        random_ = random.Random(f"{self.chains_seed} {template}")
        for _ in range(self.wanted // len(TEMPLATES)):
            self.one(expected, chains.drawn(random_, lines, self.most))


def campaign_test(template):
    def test(self):
        self.campaign(template)
    return test


for name in TEMPLATES:
    setattr(Campaign, f"test_{name}", campaign_test(name))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--chains", type=int, default=300)
    parser.add_argument("--most", type=int, default=4)
    parser.add_argument("--seed", default=str(random.randrange(10 ** 9)))
    args = parser.parse_args()
    Campaign.wanted, Campaign.most, Campaign.chains_seed = args.chains, args.most, args.seed
    print("seed", args.seed, flush=True)
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(Campaign)
    passed = unittest.TextTestRunner(verbosity=2).run(suite).wasSuccessful()
    print(", ".join(f"{n} {name}" for name, n in Campaign.figures.items()))
    return not passed or Campaign.figures["double payments"] > 0 or Campaign.figures["other results"] > 0


if __name__ == "__main__":
    sys.exit(main())
