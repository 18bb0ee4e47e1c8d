/* The beginning of a run: from an order that has passed every check until it is ready, or is known
 * never to be. */
#ifndef DAEMON_RUN_START_H
#define DAEMON_RUN_START_H

#include "common/buf.h"
#include "daemon/records/record_key.h"
#include "daemon/settings/run_limits.h"
#include "machine.h"
#include "proto/link.h"
#include "proto/reason.h"
#include "runs.h"

/* Texts and buffers are borrowed. */
struct start_order {
    const char *run_id; /* not in the table */
    const char *council_id;
    const char *registry;
    const char *labels;     /* JSON text */
    const char *started_by; /* JSON text */
    const char *question;   /* JSON text: what was asked, in one line */
    const char *members;    /* JSON text: ids of the council's seats */
    struct run_limits limits;
    int64_t shutdown;
    bool keep_record;
    struct buf *record_spec;          /* what was asked, for the record */
    struct buf *link_spec;            /* the line for the runner; holds keys */
    bool folder;                      /* link_spec says that the record's folder comes with it */
    bool deltas;                      /* link_spec asks for deltas from the beginning on */
    const char *start_key;            /* start_keys.h, or NULL */
    const struct record_key *elder;   /* the record that this run resumes, or NULL */
    int resume_fds[RESUME_CHAIN_MAX]; /* records to resume from; taken by start_send */
    size_t n_resume;
    int64_t now_ms; /* the start stamp that stands in record_spec */
};

/* Closes the records that nobody has taken. */
void start_order_release(struct start_order *o);
/* Reserves id and slot. 0 with *ret, whose timers are still to be set up; 1 with *ret_cause: it
 * cannot be started; -ENOMEM. */
int start_reserve(struct runs *t, const struct start_order *o, struct run **ret,
                  struct reason *ret_cause);
/* The run's own record for its runner: the file, and its folder or -1. */
struct start_fds {
    int record, folder;
};
/* Makes the record and finds a runner, which is nobody's yet. 0 with *ret_fds, which start_send
 * takes; 1 with *ret_cause: it cannot be started, and the run is freed. */
int start_find(struct run *run, const struct start_order *o, struct start_fds *ret_fds,
               struct reason *ret_cause);
/* Gives the runner its limits and its spec. False: that failed, for run->cause; the runner is to be
 * ended. */
bool start_send(struct run *run, struct start_order *o, const struct start_fds *own);

/* The actions of life.c. */
void start_succeeded(struct run *run); /* tells the watches that it is ready */
void start_await_exit(struct run *run);
void start_abort(struct run *run, enum run_event event);

#endif
