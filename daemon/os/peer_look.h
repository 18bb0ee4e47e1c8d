/* Does a peer on the control socket live inside a run? A run has the uid of the daemon, so its uid
 * alone would let it in. Inside is every descendant of the daemon, which is the subreaper of them
 * all, and whoever is in the cgroup of a run.
 *
 * Read from /proc through the seam. The pid cannot be another process's by now where the kernel
 * gives a pidfd of the peer (SO_PEERPIDFD, 6.5); an ancestor that dies meanwhile shows in the
 * second of two equal climbs, for its children change their parent with it. */
#ifndef DAEMON_OS_PEER_LOOK_H
#define DAEMON_OS_PEER_LOOK_H

#include <sys/types.h>

struct peer_look {
    pid_t daemon;
    uid_t uid;         /* of the daemon; a climb ends at a process that has another one */
    const char *group; /* name of the directory that holds the cgroups of runs; NULL: none */
};

enum { PEER_OUTSIDE, PEER_INSIDE };

/* One of these, or -errno: it, or one of its ancestors, cannot be looked at (-ESRCH: it is gone,
 * -ELOOP: too many ancestors, -EAGAIN: they keep changing). fd: the connection; pid: who made it.
 */
int peer_look(const struct peer_look *how, int fd, pid_t pid);

#endif
