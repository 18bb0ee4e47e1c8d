/* Starting a run: from an admitted request to its answer. */
#ifndef DAEMON_RUN_START_H
#define DAEMON_RUN_START_H

#include "common/buf.h"
#include "runs.h"

struct call;

/* A request that has passed every check. Texts and trees are borrowed. */
struct start_order {
    const char *run_id; /* not in the table */
    const char *council_id;
    const char *registry;
    const char *labels;     /* JSON text */
    const char *started_by; /* JSON text */
    struct run_limits limits;
    int64_t shutdown;
    bool keep_record;
    bool is_probe;
    bool monitor;
    int subscribe;
    json_t *warnings;
    struct buf *record_spec; /* content of spec.json */
    struct buf *link_spec;   /* the line for the runner; holds keys */
    int resume_fd;           /* journal to resume from; -1: none. Taken */
    int64_t now_ms;          /* the start stamp that stands in record_spec */
};

/* Starts it and turns the call into a waiting one, or answers start_failed at once. 0 or -errno for
 * internal_error. */
int start_run(struct call *call, struct start_order *order);

/* For run_event. */
void start_succeeded(struct run *run);
void start_await_exit(struct run *run);
void start_abort(struct run *run, enum run_event event);
/* The run that never was ready is gone: the answer. */
void start_failed(struct run *run);

/* The members `pid`, `council_id` and so on are told by run.info from here. */
json_t *start_cause_json(const struct reason *cause);

#endif
