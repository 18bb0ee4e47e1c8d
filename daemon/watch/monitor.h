/* Monitors: who wants the DOWN of which run. The line of the DOWN is made ready when the monitor is
 * set, so that telling an end needs no memory. */
#ifndef DAEMON_WATCH_MONITOR_H
#define DAEMON_WATCH_MONITOR_H

#include <stdbool.h>

#include "daemon/run/watch.h"
#include "serve/part.h"
#include "watchers.h"

struct conn;
struct out_line;
struct run;

struct monitor {
    struct run_watch watch;
    struct conn_part part;
    struct ref ref;
    struct watchers *all;
    struct conn *conn;
    struct run *run;
    struct out_line *line;
};

/* The ref of the new monitor, which lives as long as the monitor; NULL: no memory. */
const char *monitor_new(struct watchers *all, struct conn *c, struct run *run);
struct monitor *monitor_find(const struct watchers *all, const char *ref);
void monitor_free(struct monitor *m);

#endif
