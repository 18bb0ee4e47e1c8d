/* The table of runs: everything the daemon knows about each that is not gone, by run_id.
 *
 * A run is opaque outside of this room (run_inside.h). Those above look at it through run_view.h,
 * hang watches on it (watch.h), and ask life.h. */
#ifndef DAEMON_RUN_RUNS_H
#define DAEMON_RUN_RUNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct core;
struct keeper;
struct loop;
struct records;
struct run;
struct runners;
struct run_watches;
struct runs;
struct spares;

/* What all runs live on; of the root, and outlives the table. */
struct runs_parts {
    struct core *core;
    struct records *records;
    struct keeper *keeper;
    struct runners *runners;
    struct spares *spares;
};

int runs_new(const struct runs_parts *parts, struct runs **ret); /* 0 or -ENOMEM */
/* With the runs that are left: their watches are dropped, their runners freed. NULL is fine. */
void runs_free(struct runs *t);
const struct runs_parts *runs_parts(const struct runs *t);

struct loop *run_loop(const struct run *run);
/* Where watches hang on it. */
struct run_watches *run_watches(struct run *run);

/* By full length: an id with a NUL inside is in no table. NULL: none. */
struct run *runs_find(const struct runs *t, const char *run_id, size_t len);
/* Those that clients can see; NULL also for a run that is starting. */
struct run *runs_find_listed(const struct runs *t, const char *run_id, size_t len);
bool run_listed(const struct run *run);
size_t runs_count(const struct runs *t); /* slots that are taken */
/* All of them, in no order that means anything: NULL gives the first; NULL: there is none (more). A
 * run may be stopped while they are walked, but none is freed by that. */
struct run *runs_next(const struct runs *t, const struct run *run);

/* Who hears of all runs, before those that hang on one: a run is ready; it has told how far it is;
 * it is gone and was ready before. */
struct runs_observer {
    void (*started)(struct runs_observer *o, const struct run *run);
    void (*progressed)(struct runs_observer *o, const struct run *run);
    void (*ended)(struct runs_observer *o, const struct run *run);
};
/* From now on; NULL: nobody. It has to stay as long as the table. */
void runs_observe(struct runs *t, struct runs_observer *observer);
uint64_t runs_starts(const struct runs *t);   /* that were a success, so far */
uint64_t runs_progress(const struct runs *t); /* tellings of progress, so far */

struct runs_counts {
    int64_t active, starting, terminating;
};
/* registry NULL: all. */
void runs_tally(const struct runs *t, const char *registry, struct runs_counts *ret);
bool run_in_registry(const struct run *run, const char *registry);

/* "running" or "terminating", as lists show it. */
const char *run_shown_state(const struct run *run);

/* The runner makes deltas only while somebody listens. */
void run_set_deltas(struct run *run, bool on);

#endif
