/* A test that starts its own program again, as the child of what it tests. The child knows itself
 * by its parent and not by what it was handed: a fault in the handing over would make it test in
 * its turn, and start children without end. */
#ifndef TESTS_UNIT_DAEMON_OWN_CHILD_H
#define TESTS_UNIT_DAEMON_OWN_CHILD_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Asked once, at the beginning of main. */
static inline bool is_own_child(void)
{
    char parent[64], theirs[4096], ours[4096];
    snprintf(parent, sizeof parent, "/proc/%d/exe", (int)getppid());
    const ssize_t n = readlink(parent, theirs, sizeof theirs);
    const ssize_t m = readlink("/proc/self/exe", ours, sizeof ours);
    return n > 0 && n == m && memcmp(ours, theirs, (size_t)n) == 0;
}

#endif
