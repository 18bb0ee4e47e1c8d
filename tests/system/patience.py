"""How long a test waits before it gives up. Deadlines are written for a machine that has nothing else to do; where several
processes want each core everything takes so many times as long, and a test that is only slow has not failed. An emulated
machine cannot see what else its host does: COUNCILD_PATIENCE is the least factor there."""
import os


def patience(seconds):
    load = os.getloadavg()[0] / (os.cpu_count() or 1)
    return seconds * max(1.0, load, float(os.environ.get("COUNCILD_PATIENCE", 1)))
