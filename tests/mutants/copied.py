"""A copy of the tree, kept below build/, in which mutants are made and built."""
import os
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def tracked():
    told = subprocess.run(["git", "ls-files", "-coz", "--exclude-standard"], cwd=ROOT, capture_output=True)
    if told.returncode == 0:
        return {f for f in told.stdout.decode().split("\0") if f and os.path.isfile(os.path.join(ROOT, f))}
    found = set()
    for at, folders, files in os.walk(ROOT):
        folders[:] = [f for f in folders if f != "build"]
        found |= {os.path.relpath(os.path.join(at, f), ROOT) for f in files}
    return found


def read(path):
    with open(path, "rb") as f:
        return f.read()


def copy_file(tree, name):
    """Only what differs, so that make builds no more than that."""
    source, to = os.path.join(ROOT, name), os.path.join(tree, name)
    if os.path.isfile(to) and read(source) == read(to):
        return
    os.makedirs(os.path.dirname(to), exist_ok=True)
    with open(to, "wb") as f:
        f.write(read(source))
    os.chmod(to, os.stat(source).st_mode & 0o777)


def copy_tree(tree):
    files = tracked()
    for name in files:
        copy_file(tree, name)
    for at, folders, found in os.walk(tree):
        folders[:] = [f for f in folders if not (at == tree and f == "build")]
        for f in found:
            if os.path.relpath(os.path.join(at, f), tree) not in files:
                os.remove(os.path.join(at, f))


def make(tree, *arguments):
    """(whether it could be made, what was said)"""
    done = subprocess.run(["make", "--no-print-directory", f"-j{os.cpu_count()}", *arguments], cwd=tree, text=True, errors="replace",
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={k: v for k, v in os.environ.items() if k != "MAKEFLAGS"})
    return done.returncode == 0, done.stdout
