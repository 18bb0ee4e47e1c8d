/* What those above may know of a run. Everything is borrowed, and as it is now: look again after
 * anything has happened to the run. */
#ifndef DAEMON_RUN_RUN_VIEW_H
#define DAEMON_RUN_RUN_VIEW_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "daemon/records/record_usage.h"
#include "proto/event.h"
#include "requested.h"

struct blob;
struct reason;
struct record_key;
struct run;

struct run_view {
    const char *run_id;
    uint64_t number;       /* unlike its address, never used again */
    uint64_t announced_as; /* which of the starts of all, from 1; 0: it is not ready */
    uint64_t progress;     /* which of the tellings of progress of all was its last; 0: none */
    pid_t pid;             /* for telling, never for signalling */
    int64_t incarnation;
    const struct record_key *record;

    const char *council_id;
    const char *registry;
    const char *labels; /* JSON text, as the following four */
    const char *started_by;
    const char *limits;
    const char *question;
    const char *members;
    int64_t started_ms; /* wall clock, stamp of the record */
    int64_t started_us; /* of ready; before that of the reservation */
    bool has_cgroup;

    const char *sandbox; /* JSON text or NULL: what it is closed in with */
    const char *phase;   /* JSON text or NULL, as usage */
    const char *usage;
    int64_t calls;
    int64_t last_seq;
    enum outcome outcome;

    int64_t shutdown; /* S: ms or enum shutdown, never SHUTDOWN_DEFAULT */
    enum cancel_state cancel;
    enum stopped_by stopped_by;
    bool told_unkillable;

    const struct reason *cause;  /* why the start has failed */
    const struct reason *reason; /* how it has ended */
    struct blob *down;           /* the line of a DOWN behind its ref; NULL before the end */
};

struct run_view run_view(const struct run *run);
/* As its runner told it last. Borrowed from the run. */
struct record_usage run_used(const struct run *run);
/* A JSON object that holds its `result`: malloc'ed, NULL when there is none, or none that can be
 * read. 0 or -ENOMEM. */
int run_result(const struct run *run, char **ret);

#endif
