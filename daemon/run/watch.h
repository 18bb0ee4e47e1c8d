/* Who wants to hear of a run hangs a watch on it; the run knows nobody by name. The rank fixes the
 * order in which those who hang on one run are told the same thing: what is asked later (a reply)
 * must not overtake what was subscribed to before.
 *
 * Told are, each to all of them before anything else happens to the run:
 *     event       one event of the run, while it lives
 *     ready       its start is a success
 *     unkillable  it has outlived SIGKILL; it may end all the same, later
 *     ended       it is gone, and was ready before
 *     refused     it is gone, and never was ready: run->cause says why
 *     drop        the daemon goes: nobody is to be told any more
 * ready, unkillable and event may take their own watch down. ended, refused and drop come last: the
 * watch hangs on nothing by then and is its maker's again, to be freed. A call that is NULL is not
 * wanted; in place of ended or refused drop is called then, which is never NULL. */
#ifndef DAEMON_RUN_WATCH_H
#define DAEMON_RUN_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/json/json_scan.h"

struct run;
struct run_watch;

enum run_rank {
    RANK_SUBSCRIPTION,
    RANK_MONITOR,
    RANK_START,
    RANK_TERMINATE,
    RANK_AWAIT,
    RANK_PROBE,
    RANK_BATCH
};

/* An event as it came up the link: the runner's bytes. */
struct run_news {
    struct json_span event;
    int64_t seq; /* 0 for a delta */
    bool delta;
};

struct run_watch_ops {
    enum run_rank rank;
    void (*event)(struct run_watch *w, struct run *run, const struct run_news *news);
    void (*ready)(struct run_watch *w, struct run *run);
    void (*unkillable)(struct run_watch *w, struct run *run);
    void (*ended)(struct run_watch *w, struct run *run);
    void (*refused)(struct run_watch *w, struct run *run);
    void (*drop)(struct run_watch *w);
};

/* Stands inside of what its maker hangs on a run (common/container.h leads back to that). */
struct run_watch {
    const struct run_watch_ops *ops;
    struct run_watch *prev, *next; /* of the run: by rank, then by age */
};

/* All that hang on one run. */
struct run_watches {
    struct run_watch *first;
};

/* Sets ops and hangs it. */
void run_watch_hang(struct run_watches *all, struct run_watch *w, const struct run_watch_ops *ops);
/* It hears nothing more. */
void run_watch_take(struct run_watches *all, struct run_watch *w);
/* The oldest one with these ops; NULL: none. */
struct run_watch *run_watch_find(const struct run_watches *all, const struct run_watch_ops *ops);

/* For the modules that make a run's life. */
void run_watches_event(struct run_watches *all, struct run *run, const struct run_news *news);
void run_watches_ready(struct run_watches *all, struct run *run);
void run_watches_unkillable(struct run_watches *all, struct run *run);
/* Takes all of them down. */
void run_watches_ended(struct run_watches *all, struct run *run);
void run_watches_refused(struct run_watches *all, struct run *run);
void run_watches_drop(struct run_watches *all);

#endif
