/* What a connection is to be told of the end of a run after it has replayed that run: the DOWNs and
 * replies wait in a place of its queue, marked with the run's number, until those that replay are
 * through, a second at most. */
#ifndef DAEMON_WATCH_FAREWELL_H
#define DAEMON_WATCH_FAREWELL_H

#include "daemon/run/run_view.h"
#include "serve/conn.h"

struct farewell;
struct loop;

/* One who still replays; stands inside of it. */
struct farewell_reader {
    struct farewell *farewell; /* NULL: it waits for nothing */
    void (*cut)(struct farewell_reader *reader);
    struct farewell_reader *prev, *next; /* of the farewell */
};

/* The connection's farewell to that run has to wait for this reader too. cut: the time is over, it
 * has to leave now. 0 or -ENOMEM. */
int farewell_join(struct loop *loop, struct conn *c, const struct run *run,
                  struct farewell_reader *reader, void (*cut)(struct farewell_reader *reader));
/* It is through, or goes. The last one opens the place. Does nothing for one that has not joined,
 * or whose connection went before it. */
void farewell_leave(struct farewell_reader *reader);

/* The place of this connection for that run; NULL: none. */
static inline struct out_place *farewell_of(const struct conn *c, const struct run *run)
{
    return conn_place_of(c, run_view(run).number);
}

#endif
