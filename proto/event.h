/* The names of what a run tells: event types, and outcomes.
 *
 * An event is one JSON object {v, run_id, seq, ts, ms, path, type, ...}. Lifecycle events are
 * numbered without gaps, stand in the journal before anybody hears of them, and at most one of
 * them, the last, is terminal. Delta events are neither journaled nor numbered. */
#ifndef PROTO_EVENT_H
#define PROTO_EVENT_H

#include <stdbool.h>
#include <stddef.h>

enum { EVENT_VERSION = 1 }; /* the `v` of every event */

enum event_type {
    EVENT_RUN_STARTED,
    EVENT_RUN_RESUMED,
    EVENT_CARRIED,
    EVENT_CARRIED_END,
    EVENT_COUNCIL_SELECTED,
    EVENT_ROUND_STARTED,
    EVENT_MEMBER_STARTED,
    EVENT_ATTEMPT_FAILED,
    EVENT_EXCHANGE_COMPLETED,
    EVENT_TOOL_CALL_REQUEST,
    EVENT_TOOL_CALL_RESULT,
    EVENT_MEMBER_REASK,
    EVENT_MEMBER_COMPLETED,
    EVENT_EARLY_STOP,
    EVENT_ROUND_COMPLETED,
    EVENT_SUB_RUN_STARTED,
    EVENT_SUB_RUN_COMPLETED,
    EVENT_SUB_RUN_FAILED,
    EVENT_WARNING,
    EVENT_CANCEL_REQUESTED,
    EVENT_RUN_COMPLETED,
    EVENT_RUN_FAILED,
    EVENT_MEMBER_TOKEN,
    EVENT_MEMBER_REASONING,
    EVENT_TYPE_COUNT
};

const char *event_name(enum event_type type); /* tests go through all rows with it */
/* The type of that name, or -EINVAL: strangers' runners may have events of their own. */
int event_find(const char *name, size_t len);
bool event_is_terminal(enum event_type type);

/* How a run ended, in its own words. A run that died without a result has none. */
enum outcome {
    OUTCOME_NONE, /* told as null */
    OUTCOME_COMPLETE,
    OUTCOME_DEGRADED,
    OUTCOME_REFUSED,
    OUTCOME_FAILED,
    OUTCOME_CANCELLED,
    OUTCOME_COUNT
};

const char *outcome_name(enum outcome outcome); /* NULL for OUTCOME_NONE */
int outcome_find(const char *name, size_t len); /* the outcome, or -EINVAL */

#endif
