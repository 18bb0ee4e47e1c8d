/* What a connection is to be told of the end of a run after it has replayed that run. */
#ifndef DAEMON_WATCH_FAREWELL_H
#define DAEMON_WATCH_FAREWELL_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "serve/timer.h"

struct conn;
struct out_item;
struct run;
struct subscription;

struct farewell {
    struct conn *conn;
    uint64_t run;     /* its number */
    unsigned replays; /* subscriptions that are not through yet */
    struct out_item *items;
    struct timer limit;
    struct farewell *prev, *next; /* of the connection */
};

/* The farewell of this connection for that run; NULL: none. */
struct farewell *farewell_of(struct conn *c, const struct run *run);
/* The same, made when there is none. NULL: no memory. */
struct farewell *farewell_need(struct conn *c, const struct run *run);
/* Into the farewell, or into the connection's queue when f is NULL. Takes the item. */
void farewell_push(struct farewell *f, struct conn *c, struct out_item *item);
bool farewell_push_line(struct farewell *f, struct conn *c, const struct buf *line);
/* The last of them on a connection: what has to come after all DOWNs goes there. NULL: none. */
struct farewell *farewell_last(struct conn *c);

/* One replay is through. Frees the farewell when it was the last. */
void farewell_done(struct farewell *f);
void farewells_drop(struct conn *c);

/* The DOWN of this ref, not sent yet: is there one, and taking it back. */
bool farewells_have_down(const struct conn *c, const char *ref);
bool farewells_remove_down(struct conn *c, const char *ref);
/* Lets it go before its replay is through. */
void farewells_release_down(struct conn *c, const char *ref);

#endif
