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
#include <stddef.h>
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
 * there is -EEXIST and stays as it is. More than 107 bytes: -ENAMETOOLONG. It has this mode, and
 * this group ((gid_t)-1: whichever it gets), from the first moment on. */
int listen_bind(struct listener *ret, const char *path, mode_t mode, gid_t gid, struct error *err);
/* Another mode for it, unless systemd gave it. 0 or -errno. */
int listen_set_mode(const struct listener *l, mode_t mode);

void listen_close(struct listener *l);

struct peer {
    uid_t uid;
    gid_t gid;
    pid_t pid;     /* of who connected; it may have passed the descriptor on */
    void *card;    /* what the owner of connections knows of it (owner.h), as are the following */
    bool is_kept;  /* the connections that are kept back are for such as it */
    bool is_bound; /* its user may have no more than its part of all connections */
};

/* Who is at the other end of an accepted connection, as it was when it connected; without a card. 0
 * or -errno. */
int listen_peer(int fd, struct peer *ret);
/* The groups of that peer beside peer.gid: malloc'ed. 0 or -errno. */
int listen_peer_groups(int fd, gid_t **ret, size_t *ret_count);

#endif
