/* What has happened since the daemon was started, in numbers that only rise. They stand in the
 * core; each is counted where it happens. */
#ifndef DAEMON_CORE_STATS_H
#define DAEMON_CORE_STATS_H

#include <stdint.h>

#include "proto/event.h"
#include "proto/reason.h"
#include "proto/rpc_reasons.h"

enum { STATS_BOUNDS = 10 };
/* Ends are counted by how long the run took: no longer than this, and longer than the one before.
 */
extern const int64_t STATS_BOUNDS_MS[STATS_BOUNDS];

struct stats {
    int64_t starts;
    int64_t refused[RPC_REASON_COUNT];
    int64_t reasons[REASON_KIND_COUNT];
    int64_t outcomes[OUTCOME_COUNT];
    int64_t durations[STATS_BOUNDS + 1]; /* the last: longer than all bounds */
    int64_t duration_ms;
    int64_t tokens;
    double cost;      /* of the runs whose cost is known */
    int64_t unpriced; /* the others that have told what they used */
    int64_t dropped;  /* events */
};

struct stats_end {
    enum reason_kind reason;
    enum outcome outcome;
    int64_t duration_ms;
    int64_t tokens; /* -1: it has told nothing */
    double cost;    /* NAN: not known */
};

void stats_started(struct stats *s);
void stats_refused(struct stats *s, enum rpc_reason reason);
void stats_ended(struct stats *s, const struct stats_end *end);
void stats_dropped(struct stats *s, int64_t events);

#endif
