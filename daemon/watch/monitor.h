/* Monitors: who wants the DOWN of which run. The line of the DOWN is made ready when the monitor is
 * set, so that telling an end needs no memory. */
#ifndef DAEMON_WATCH_MONITOR_H
#define DAEMON_WATCH_MONITOR_H

#include <stdbool.h>

#include "common/hash.h"
#include "daemon/run/watch.h"
#include "proto/runid.h"
#include "serve/part.h"

struct conn;
struct out_line;
struct run;
struct server;

struct monitor {
    struct run_watch watch;
    struct conn_part part;
    char ref[RUNID_GENERATED_LEN + 1];
    UT_hash_handle hh; /* by ref, in the server */
    struct conn *conn;
    struct run *run;
    struct out_line *line;
};

/* A ref that nobody has. 0 or -errno. */
int ref_new(const struct server *s, char ret[RUNID_GENERATED_LEN + 1]);

/* The ref of the new monitor, which lives as long as the monitor; NULL: no memory. */
const char *monitor_new(struct conn *c, struct run *run);
struct monitor *monitor_find(const struct server *s, const char *ref);
void monitor_free(struct monitor *m);

#endif
