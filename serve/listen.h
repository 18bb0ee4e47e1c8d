/* The listening socket, and who may speak on it (docs/rules.md, Life of the daemon and Protocol).
 *
 *     r = listen_activated(&l, &err);          1: systemd handed us one; 0: make our own
 *     if (r == 0) r = listen_bind(&l, path, gid, &err);     under the lock
 *     ...
 *     listen_close(&l);                        closes; unlinks the path if it is still our inode
 */
#ifndef SERVE_LISTEN_H
#define SERVE_LISTEN_H

#include <stdbool.h>
#include <sys/types.h>

#include "common/error.h"

struct listener {
    int fd; /* non-blocking, close-on-exec; -1: closed */
    bool activated;
    char *path; /* what to unlink; NULL when activated */
    dev_t dev;
    ino_t ino;
};

#define LISTENER_INIT                                                                              \
    {                                                                                              \
        .fd = -1                                                                                   \
    }

/* LISTEN_PID and LISTEN_FDS: when they are meant for this process, descriptor 3 must be a listening
 * AF_UNIX stream socket (else -EINVAL). 1 taken, 0 not ours. The variables are unset in any case.
 */
int listen_activated(struct listener *ret, struct error *err);

/* Binds and listens. A socket at the path is stale (the lock is ours) and is removed; anything else
 * there is -EEXIST and stays as it is. More than 107 bytes: -ENAMETOOLONG. Mode 0600, or 0660 with
 * the group access_gid != (gid_t)-1, from the first moment on. */
int listen_bind(struct listener *ret, const char *path, gid_t access_gid, struct error *err);

void listen_close(struct listener *l);

struct peer {
    uid_t uid;
    gid_t gid;
    pid_t pid; /* of who connected; it may have passed the descriptor on */
};

/* Checks the peer of an accepted connection: 0 with *ret, -EACCES when it is neither the daemon's
 * effective uid nor root nor a member of access_gid ((gid_t)-1: none). Fills *ret also with
 * -EACCES. */
int listen_check_peer(int fd, gid_t access_gid, struct peer *ret);

#endif
