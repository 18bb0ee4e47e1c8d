/* Who keeps a connection: gets its lines, and hears how it goes. One table for all connections of
 * one server. */
#ifndef SERVE_OWNER_H
#define SERVE_OWNER_H

#include <stddef.h>
#include <stdint.h>

#include "share.h"

struct conn;
struct loop;
struct peer;

struct conn_owner {
    /* Why the peer of this accepted socket may not come in (a text for the log, not freed); NULL:
     * it may. Then it may have been given a card, which conn_card returns, and which `forget` gets
     * back when the connection is gone, or none came of it; and been told how it stands beside
     * others (is_kept, is_bound). NULL instead of the function: root and the own uid may. */
    const char *(*refuses)(void *context, int fd, struct peer *peer);
    void (*forget)(void *card); /* NULL: not wanted */
    /* A line, without its line break; the bytes are good during the call. It may push, doom and
     * close, but the connection is still there afterwards. */
    void (*line)(struct conn *c, const char *line, size_t len);
    /* The client will say no more, and bytes without a line break are left: they are dropped. */
    void (*torn)(struct conn *c);
    /* A line is longer than `limit`: the connection is closed after what is queued now. */
    void (*too_long)(struct conn *c, size_t limit);
    /* A connection is gone; nothing of it is left. NULL: not wanted, like the next. */
    void (*left)(void *context);
    /* The output phase of a connection is through. */
    void (*moved)(void *context);
};

/* What all connections of one server share. It outlives them. */
struct conn_home {
    struct loop *loop;
    const struct conn_owner *owner;
    void *context;        /* for the owner */
    size_t line_bytes;    /* limit of a line, for those that come from now on */
    size_t queue_bytes;   /* cap of what may wait for one client, for all */
    int64_t half_line_ms; /* how long the rest of a line is waited for; 0: for ever */
    struct shares shares; /* what each user holds */
    /* A connection is gone, its descriptor is free. NULL: not wanted. */
    void (*room)(struct conn_home *home);
    struct conn *conns; /* all, oldest first */
    size_t count;
};

#endif
