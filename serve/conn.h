/* One client's connection: lines in, lines out.
 *
 * Input: a bounded read per turn, cut into lines, each handed to dispatch. A line over the limit is
 * answered and the connection closed. At end of file (half close) what was asked is still answered;
 * then the connection closes. Reading pauses while more than OUT_PAUSE bytes wait for the client.
 *
 * Output: never blocks. Replies and DOWNs always enter the queue, events only while it holds at
 * most OUT_PAUSE; above the configured cap the connection is closed.
 *
 * What belongs to a connection (monitors, subscriptions, requests that wait) hangs on it and goes
 * with it. A connection that is given up is `doomed`; it is freed in the output phase of a turn, so
 * a pointer to it stays good during the phases before. */
#ifndef SERVE_CONN_H
#define SERVE_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "common/buf.h"
#include "listen.h"
#include "loop.h"
#include "outq.h"

enum { OUT_PAUSE = 1 << 20 };

struct server;
struct monitor;
struct subscription;
struct pending;
struct farewell;

struct conn {
    struct server *server;
    int fd;
    struct peer peer;
    struct watch in, out;
    struct buf input;
    size_t searched; /* bytes of input known to hold no newline */
    size_t limit;    /* of a line, as it was when the client came */
    struct outq queue;
    bool paused;  /* too much output waits: no reading */
    bool at_eof;  /* the client will say no more */
    bool closing; /* nothing is read any more; closed when the queue is empty */
    bool doomed;  /* lost or given up */
    struct monitor *monitors;
    struct subscription *subscriptions;
    struct pending *pendings;
    struct farewell *farewells;
    struct conn *prev, *next; /* among the server's connections */
};

/* Takes the descriptor, also on failure. NULL: no memory. */
struct conn *conn_new(struct server *server, int fd, const struct peer *peer);
/* Now, with everything that hangs on it. Only from the output phase or at the end of the daemon. */
void conn_free(struct conn *c);
/* Nothing can come of it any more, though it may not have been noticed yet: a look at the kernel.
 */
bool conn_is_over(const struct conn *c);
/* Gives the connection up; conn_free follows in this turn. */
void conn_doom(struct conn *c);

/* Takes the item (freed when the connection is doomed). */
void conn_push(struct conn *c, struct out_item *item);
/* Copies the line; false when there is no memory (the line is lost). */
bool conn_push_line(struct conn *c, const struct buf *line);
/* Something may have changed: flush, resume, or close. */
void conn_touch(struct conn *c);
/* No more input; close when everything is sent. */
void conn_close_after_flush(struct conn *c);
/* Is there room for one more event? */
bool conn_takes_events(const struct conn *c);

#endif
