/* The runner's end of the link: lines from councild, and a queue of lines to it that never blocks.
 *
 * The input buffer is made when the first byte comes, so that a spare holds nothing; it carries
 * keys and is wiped whenever it is freed. Descriptors that come with the spec are kept in fds until
 * they are taken. */
#ifndef RUNNER_LINK_UPLINK_H
#define RUNNER_LINK_UPLINK_H

#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"
#include "proto/link.h"

enum {
    UPLINK_UP_MAX = 8 * 1024 * 1024,    /* a line to councild, where the spec does not say: M */
    UPLINK_DELTA_MARK = 256 * 1024,     /* with more queued, deltas are dropped */
    UPLINK_STOP_MARK = 8 * 1024 * 1024, /* with more queued, providers are not read */
};

struct uplink {
    int fd;
    char *in;
    size_t in_len, in_size, line_len; /* line_len: of the line that was given out */
    size_t longest;                   /* line that is taken, with its line break: LINK_DOWN_MAX */
    struct buf out;
    bool eof; /* councild is gone, or does not want this runner any more */
    int fds[LINK_FDS_MAX];
    size_t n_fds;
};

void uplink_init(struct uplink *u, int fd); /* makes the descriptor non-blocking */
void uplink_release(struct uplink *u);      /* closes everything */

/* Takes what is there to read. Sets eof. */
void uplink_read(struct uplink *u);
/* The next line without its line break, NUL-terminated, valid until the next call of a function of
 * this header; NULL: none is complete. */
char *uplink_line(struct uplink *u, size_t *ret_len);
/* Frees and wipes the input buffer if it holds nothing. */
void uplink_tidy(struct uplink *u);
/* Sends what the socket takes. Sets eof when nobody reads any more. */
void uplink_flush(struct uplink *u);
/* Sends everything, waiting as long as councild lives. */
void uplink_drain(struct uplink *u);

#endif
