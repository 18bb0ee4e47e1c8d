/* The table of runs: everything the daemon knows about each that is not gone, by run_id.
 *
 * struct run is shared by the modules of this room, each of which does one part of its life:
 * start.c (until ready), linkline.c (what it says), stop.c (ending it), ending.c and down.c (from
 * the exit to the DOWN); life.c says which is whose turn. Those above only read it, hang watches on
 * it, and ask life.c. */
#ifndef DAEMON_RUN_RUNS_H
#define DAEMON_RUN_RUNS_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "common/hash.h"
#include "daemon/settings/run_limits.h"
#include "machine.h"
#include "proto/event.h"
#include "proto/reason.h"
#include "proto/runid.h"
#include "serve/timer.h"
#include "watch.h"

struct blob;
struct core;
struct keeper;
struct record;
struct records;
struct runner;
struct runners;
struct runs;
struct spares;

/* Who began the stop sequence. */
enum stopped_by {
    STOPPED_BY_NONE,
    STOPPED_BY_CLIENT,
    STOPPED_BY_ALL,
    STOPPED_BY_STOP,
    STOPPED_BY_DEADLINE
};

enum cancel_state { CANCEL_STATE_NONE, CANCEL_STATE_DRAIN, CANCEL_STATE_NOW };

/* What all runs live on; of the root, and outlives the table. */
struct runs_parts {
    struct core *core;
    struct records *records;
    struct keeper *keeper;
    struct runners *runners;
    struct spares *spares;
};

struct run {
    const struct runs_parts *parts;
    struct runs *table; /* NULL: its id is free again */
    uint64_t number;    /* unlike its address, never used again */
    struct run_machine machine;
    bool announced; /* its ready was taken: clients can see it */
    char run_id[RUNID_MAX + 1];
    UT_hash_handle hh;

    struct runner *runner; /* NULL once its leader is reaped and its descriptors are closed */
    pid_t pid;             /* for telling, never for signalling */
    struct record *record;
    int64_t incarnation;
    bool keep_record; /* recorder journal */
    int record_error; /* errno of the first write that failed */

    char *council_id;
    char *registry;
    char *labels; /* JSON text, as the following two */
    char *started_by;
    char *limits_json;
    struct run_limits limits;
    int64_t started_ms; /* wall clock, stamp of the record */
    int64_t started_us; /* of ready; before that of the reservation */
    bool has_cgroup;

    /* what the runner told last */
    char *phase; /* JSON text or NULL, as usage */
    char *usage;
    int64_t calls;
    int64_t last_seq;
    enum outcome outcome;
    bool has_result;
    int64_t peak_memory; /* -1: not known */

    /* start */
    struct reason cause; /* why the start has failed */
    bool link_closed;

    /* stop */
    int64_t shutdown; /* S: ms or enum shutdown, never SHUTDOWN_DEFAULT */
    enum stopped_by stopped_by;
    enum cancel_state cancel;
    int rung; /* of the stop sequence; stop.c */
    bool deadline_passed;
    bool sent_term, sent_kill;
    bool told_unkillable;

    /* end */
    bool exit_known; /* exit_info is filled */
    struct reason reason;
    struct blob *down; /* the line of a DOWN behind its ref */
    siginfo_t exit_info;
    struct rusage usage_at_exit;
    int64_t ending_since_us;
    int64_t quiet_since_us; /* the last time that link or output gave something */
    bool drained;
    bool rest_resists;
    int64_t poll_ms;

    struct timer timer;      /* start timeout, deadline, stop sequence: one at a time */
    struct timer cleaning;   /* the clean-up's own: nobody else sets or clears it */
    struct timer link_timer; /* the link is closed: does the run go on? */

    struct run_watches watches; /* who is told; see watch.h */
    bool deltas_on;             /* what the runner was told */
};

int runs_new(const struct runs_parts *parts, struct runs **ret); /* 0 or -ENOMEM */
/* With the runs that are left: their watches are dropped, their runners freed. NULL is fine. */
void runs_free(struct runs *t);
const struct runs_parts *runs_parts(const struct runs *t);

/* A run in state starting, in the table under its id. Its timers are not set up yet. NULL: no
 * memory. */
struct run *run_new(struct runs *t, const char *run_id);
/* Out of the table (if it still is in it) and out of memory. */
void run_free(struct run *run);
void run_leave_table(struct run *run);
struct loop *run_loop(const struct run *run);

/* By full length: an id with a NUL inside is in no table. NULL: none. */
struct run *runs_find(const struct runs *t, const char *run_id, size_t len);
/* Those that clients can see; NULL also for a run that is starting. */
struct run *runs_find_listed(const struct runs *t, const char *run_id, size_t len);
bool run_listed(const struct run *run);
size_t runs_count(const struct runs *t); /* slots that are taken */
/* All of them, in no order that means anything: NULL gives the first; NULL: there is none (more). A
 * run may be stopped while they are walked, but none is freed by that. */
struct run *runs_next(const struct runs *t, const struct run *run);

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
