/* What a run is made of; for the modules of this room alone, each of which does one part of its
 * life: start.c (until ready), linkline.c (what it says), stop.c (ending it), ending.c and down.c
 * (from the exit to the DOWN); life.c says which is whose turn. */
#ifndef DAEMON_RUN_RUN_INSIDE_H
#define DAEMON_RUN_RUN_INSIDE_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "common/buf.h"
#include "common/hash.h"
#include "daemon/settings/run_limits.h"
#include "machine.h"
#include "proto/event.h"
#include "proto/reason.h"
#include "proto/runid.h"
#include "requested.h"
#include "serve/timer.h"
#include "watch.h"

struct blob;
struct record;
struct runner;
struct runs;
struct runs_parts;

struct run {
    const struct runs_parts *parts;
    struct runs *table; /* NULL: its id is free again */
    uint64_t number;    /* unlike its address, never used again */
    struct run_machine machine;
    bool announced;        /* its ready was taken: clients can see it */
    uint64_t announced_as; /* which of all starts, from 1 */
    uint64_t progress;     /* which of all tellings of progress was its last */
    char run_id[RUNID_MAX + 1];
    UT_hash_handle hh;

    struct runner *runner; /* NULL once its leader is reaped and its descriptors are closed */
    pid_t pid;             /* for telling, never for signalling */
    struct record *record;
    char *start_key;   /* under which it was started (start_keys.h), or NULL */
    char *resume_from; /* the name of the record that it goes on from, or NULL */
    int64_t incarnation;
    bool keep_record; /* recorder journal */
    int record_error; /* errno of the first write that failed */

    char *council_id;
    char *registry;
    char *labels; /* JSON text, as the following four */
    char *started_by;
    char *limits_json;
    char *question;
    char *members;
    struct run_limits limits;
    int64_t started_ms; /* wall clock, stamp of the record */
    int64_t started_us; /* of ready; before that of the reservation */
    bool has_cgroup;

    /* what the runner told last */
    char *sandbox; /* JSON text or NULL: what it is closed in with */
    char *phase;   /* JSON text or NULL, as usage */
    char *usage;
    int64_t calls;
    int64_t last_seq;
    enum outcome outcome;
    bool has_result;
    struct buf result;   /* the line with it, when it could not be written into the record */
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
    bool exit_known;  /* exit_info is filled */
    int64_t ended_ms; /* wall clock */
    int64_t duration_ms;
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

/* runs.c. A run in state starting, in the table under its id. Its timers are not set up yet. NULL:
 * no memory. */
struct run *run_new(struct runs *t, const char *run_id);
/* Out of the table (if it still is in it) and out of memory. */
void run_free(struct run *run);
void run_leave_table(struct run *run);
/* Numbers what has happened, and tells the observer. The run is in the table, but at its end. */
void runs_started(struct run *run);
void runs_progressed(struct run *run);
void runs_ended(struct runs *t, const struct run *run);

#endif
