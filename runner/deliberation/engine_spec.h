/* What a run is, as the engine is told; and what an ended run has left for it. */
#ifndef RUNNER_DELIBERATION_ENGINE_SPEC_H
#define RUNNER_DELIBERATION_ENGINE_SPEC_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "runner/deliberation/state/ledger.h"

/* Filled by resume.h. */
struct resume {
    const char *from_run_id; /* these four belong to the journals */
    const char *seed;
    json_t *reliability;
    json_t *first;   /* run_started of the nearest journal that has one, or NULL */
    json_t *calls;   /* {call_id: {call_key: {exchanges [event], requests [event], tools [event],
                        answered: rank}}} */
    json_t *carried; /* [{from_run_id, event}] to be told at the start; NULL: nothing is told */
    int reusable;
    int64_t carried_tokens; /* charged before, open reservations too */
    double carried_cost;
    int64_t carried_attempts;
    struct reservation spared; /* less than open reservations in full */
};

/* What the run is. Strings are copied and JSON is referenced (not changed) by engine_new. */
struct engine_spec {
    const char *run_id;
    const char *council_id;
    json_t *council;  /* the resolved document (or auto document): names inlined, template expanded,
                         profiles merged into the seats, defaults filled in; budget holds the
                         limits in force (smallest of all layers) */
    json_t *input;    /* any JSON */
    json_t *options;  /* options of the run spec (history, reports, metadata, ...), or NULL */
    const char *seed; /* 1..128 bytes */
    const char *council_sha256; /* of the plan; NULL: computed from `council` */
    const char *ask_sha256;     /* of the plan; NULL: computed from `council` */
    json_t *context; /* of an auto run: catalogue, providers ({name: {type}}), prices, defaults ...
                        as in the run spec, to resolve the council that is chosen; or NULL */
    json_t *reliability;         /* {key: score}: snapshot of the store, or NULL */
    int max_parallel;            /* operator's cap of calls in flight; 0: 16 */
    int64_t started_wall_ms;     /* wall clock at ms 0 */
    bool verbose;                /* member_started carries the rendered messages */
    const struct resume *resume; /* what an ended run left (resume.h), or NULL */
};

#endif
