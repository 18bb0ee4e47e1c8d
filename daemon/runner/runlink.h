/* The daemon's end of the link to one runner: the spec and a few small lines down, without ever
 * blocking; lines up, in bounded memory. What they mean is for the runner's owner to say; junk is
 * counted and dropped. */
#ifndef DAEMON_RUNNER_RUNLINK_H
#define DAEMON_RUNNER_RUNLINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "proto/link.h"
#include "runner_owner.h"
#include "serve/loop.h"

struct runlink {
    const struct runner_tie *tie; /* NULL: not there */
    int *fd;                      /* -1 once it is closed */
    struct watch in, out;
    struct buf received;
    size_t longest;  /* M: of a line */
    size_t searched; /* bytes of it known to hold no newline */
    bool skipping;   /* inside a line that is too long */
    uint64_t junk;
    struct buf to_send;
    int fds[LINK_FDS_MAX]; /* go with the first byte */
    size_t n_fds;
};

/* longest: bytes of a line. The descriptor and the tie are the runner's and stay where they are. 0
 * or -ENOMEM. */
int runlink_init(struct runlink *l, struct loop *loop, const struct runner_tie *tie, int *fd,
                 size_t longest);
void runlink_release(struct runlink *l);

/* Begins to send the spec and to listen. Takes the content of `spec` (which holds keys and is wiped
 * after sending) and the descriptors, on failure too. A runner that is gone is no failure: its exit
 * says so. 0 or -ENOMEM. */
int runlink_send_spec(struct runlink *l, struct buf *spec, const int *fds, size_t n_fds);
/* Small lines after the spec; lost when the link is closed. 0 or -errno. */
int runlink_cancel(struct runlink *l, bool now, enum link_cause cause);
int runlink_deltas(struct runlink *l, bool on);

/* A bounded amount. True when something was read or the end was reached now. */
bool runlink_read(struct runlink *l);
bool runlink_at_end(const struct runlink *l);

#endif
