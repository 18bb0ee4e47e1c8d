/* Which ended records are kept: applied after each end and hourly, oldest first, a little per loop
 * turn. run.prune is the same with a policy of its own.
 *
 *     struct retention job;
 *     retention_start(&job, &policy, NULL);
 *     while (retention_step(&job, records, now_ms) > 0)   one call per loop turn
 *         ;
 *
 * Live and pinned records are never touched, nor those that a kept one resumes. */
#ifndef DAEMON_RECORDS_RETENTION_H
#define DAEMON_RECORDS_RETENTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record_key.h"
#include "record_owner.h"

struct records;

/* -1: no such bound. */
struct retention_policy {
    int64_t max_runs;
    int64_t max_age_days;
    int64_t max_bytes;
};

/* A pass over the records. A plain value without memory of its own. */
struct retention {
    struct retention_policy policy;
    struct record_whose whose; /* the others stay, and do not count */
    int64_t removed;           /* records, so far */
    int error; /* the first -errno of a removal that failed; that record is passed over */

    /* private */
    int64_t bytes;           /* of those counted so far */
    struct record_key sized; /* counting has come this far */
    struct record_key at;    /* removal has come this far */
    int phase;
    size_t count;      /* of those that are there, if not all are meant */
    size_t elders;     /* kept for their heirs' sake, on this walk */
    bool walk_removed; /* any */
};

/* whose NULL: all records. */
void retention_start(struct retention *job, const struct retention_policy *policy,
                     const struct record_whose *whose);
/* A bounded amount of work (some ten files): 1 when there is more to do, 0 when done. */
int retention_step(struct retention *job, struct records *records, int64_t now_ms);

#endif
