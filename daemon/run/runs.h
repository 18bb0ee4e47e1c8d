/* The table of runs: everything the daemon knows about each that is not gone, by run_id.
 *
 * struct run is shared by the modules that each do one part of its life: start.c (until ready),
 * runlink.c (what it says), stop.c (ending it), ending.c (from the exit to the DOWN), monitor.c and
 * subscribe.c (who watches). Its state is changed by run_event only. */
#ifndef DAEMON_RUN_RUNS_H
#define DAEMON_RUN_RUNS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/hash.h"
#include "daemon/os/reap.h"
#include "daemon/settings/run_limits.h"
#include "machine.h"
#include "proto/event.h"
#include "proto/methods.h"
#include "proto/reason.h"
#include "proto/runid.h"
#include "serve/timer.h"

struct batch;
struct blob;
struct monitor;
struct pending;
struct record;
struct runner;
struct server;
struct subscription;

/* Who began the stop sequence. */
enum stopped_by {
    STOPPED_BY_NONE,
    STOPPED_BY_CLIENT,
    STOPPED_BY_ALL,
    STOPPED_BY_STOP,
    STOPPED_BY_DEADLINE
};

enum cancel_state { CANCEL_STATE_NONE, CANCEL_STATE_DRAIN, CANCEL_STATE_NOW };

/* A member of some terminate_all that waits for this run. */
struct batch_seat {
    struct batch *batch;
    struct batch_seat *next;
};

struct run {
    struct server *server;
    uint64_t number; /* unlike its address, never used again */
    struct run_machine machine;
    bool announced; /* its ready was taken: clients can see it */
    char run_id[RUNID_MAX + 1];
    UT_hash_handle hh;

    struct runner *runner; /* NULL once its leader is reaped and its descriptors are closed */
    pid_t pid;             /* for telling, never for signalling */
    struct record *record;
    int64_t incarnation;
    bool keep_record; /* recorder journal */
    bool is_probe;    /* answers its request when it is gone */
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
    struct pending *start_waiters; /* the one that asked, unless it is gone */
    bool start_monitor;
    int start_subscribe; /* enum subscribe */
    json_t *warnings;
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
    int64_t oom_kills;
    int64_t ending_since_us;
    int64_t quiet_since_us; /* the last time that link or output gave something */
    bool drained;
    bool rest_resists;
    int64_t poll_ms;

    struct timer timer;      /* start timeout, deadline, stop sequence, clean-up: one at a time */
    struct timer link_timer; /* the link is closed: does the run go on? */

    struct monitor *monitors;
    struct subscription *subscriptions;
    unsigned delta_readers;
    bool deltas_on; /* what the runner was told */
    struct pending *terminate_waiters;
    struct pending *await_waiters;
    struct pending *probe_waiters; /* who asked for a probe, once it is ready */
    struct batch_seat *batch_seats;
};

/* A run in state starting, in the table under its id, with its own copies of the texts. NULL: no
 * memory. */
struct run *run_new(struct server *s, const char *run_id);
/* Out of the table (if it still is in it) and out of memory. */
void run_free(struct run *run);
void run_leave_table(struct run *run);

/* By full length: an id with a NUL inside is in no table. NULL: none. */
struct run *runs_find(const struct server *s, const char *run_id, size_t len);
/* Those that clients can see; NULL also for a run that is starting. */
struct run *runs_find_listed(const struct server *s, const char *run_id, size_t len);
bool run_listed(const struct run *run);
size_t runs_count(const struct server *s); /* slots that are taken */

struct runs_counts {
    int64_t active, starting, terminating;
};
/* registry NULL: all. */
void runs_tally(const struct server *s, const char *registry, struct runs_counts *ret);
bool run_in_registry(const struct run *run, const char *registry);

/* The one place where a run changes its state: moves it, logs that, does what is to be done. What a
 * caller has to know about the move is returned. May free the run (RUN_DO_FINISH). */
enum run_action run_event(struct run *run, enum run_event event);

/* "running" or "terminating", as lists show it. */
const char *run_shown_state(const struct run *run);

#endif
