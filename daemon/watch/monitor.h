/* Monitors: who wants the DOWN of which run. The line of the DOWN is made ready when the monitor is
 * set, so that telling an end needs no memory. */
#ifndef DAEMON_WATCH_MONITOR_H
#define DAEMON_WATCH_MONITOR_H

struct conn;
struct monitor;
struct run;
struct watchers;

/* The ref of the new monitor, which lives as long as the monitor; NULL: no memory. */
const char *monitor_new(struct watchers *all, struct conn *c, struct run *run);
struct monitor *monitor_find(const struct watchers *all, const char *ref);
const struct conn *monitor_conn(const struct monitor *m);
/* It fires no more. NULL is fine. */
void monitor_free(struct monitor *m);

#endif
