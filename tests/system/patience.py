"""How long a test waits before it gives up. Deadlines are written for a machine that has nothing else to do; where several
processes want each core everything takes so many times as long, and a test that is only slow has not failed."""
import os


def patience(seconds):
    return seconds * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
