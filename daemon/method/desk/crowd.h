/* Requests that wait for the end of one run, all for the same reason: they hang on it as one watch,
 * so that what they are answered is made once. */
#ifndef DAEMON_METHOD_DESK_CROWD_H
#define DAEMON_METHOD_DESK_CROWD_H

#include "daemon/run/watch.h"

struct pending;

struct crowd {
    struct run_watch watch;
    struct pending *winner;  /* who is answered before the others; NULL: nobody is special */
    struct pending *waiters; /* in the order in which they came */
};

/* The crowd with these ops on the run, made when there is none; goes with the run. NULL: no memory.
 * Whoever is told the end frees it: crowd_drop, which is also ops->drop. */
struct crowd *crowd_of(struct run *run, const struct run_watch_ops *ops);
void crowd_drop(struct run_watch *w);

#endif
