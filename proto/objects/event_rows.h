/* What every event has, and the objects of all types. */
#ifndef PROTO_OBJECTS_EVENT_ROWS_H
#define PROTO_OBJECTS_EVENT_ROWS_H

#include "rows.h"

/* clang-format off */
#define ROWS_ENVELOPE(TYPE)                                                                        \
    {"v", FIELD_INT, ALWAYS, .doc = "1"},                                                          \
    {"run_id", FIELD_STRING, ALWAYS, .doc = "the run"},                                            \
    {"ts", FIELD_TIME, ALWAYS, .doc = "wall clock"},                                               \
    {"ms", FIELD_INT, ALWAYS, .doc = "since the run's start"},                                     \
    {"path", FIELD_STRING, ALWAYS, .doc = "of the council; empty: the outermost"},                 \
    {"type", FIELD_WORD, ALWAYS, .words = (const char *const[]){TYPE, NULL}, .doc = "of the event"}
#define ROWS_LIFECYCLE(TYPE)                                                                       \
    ROWS_ENVELOPE(TYPE),                                                                           \
    {"seq", FIELD_INT, ALWAYS, .min = 1, .max = INT64_MAX, .doc = "1, 2, 3 ... without gaps"}
/* clang-format on */

extern const struct object EVENT_OF_RUN_STARTED, EVENT_OF_RUN_RESUMED, EVENT_OF_CARRIED_END,
    EVENT_OF_COUNCIL_SELECTED, EVENT_OF_ROUND_STARTED, EVENT_OF_MEMBER_STARTED,
    EVENT_OF_ATTEMPT_FAILED, EVENT_OF_EXCHANGE_COMPLETED, EVENT_OF_TOOL_CALL_REQUEST,
    EVENT_OF_TOOL_CALL_RESULT, EVENT_OF_MEMBER_REASK, EVENT_OF_MEMBER_COMPLETED,
    EVENT_OF_EARLY_STOP, EVENT_OF_ROUND_COMPLETED, EVENT_OF_SUB_RUN_STARTED,
    EVENT_OF_SUB_RUN_COMPLETED, EVENT_OF_SUB_RUN_FAILED, EVENT_OF_WARNING,
    EVENT_OF_CANCEL_REQUESTED, EVENT_OF_RUN_COMPLETED, EVENT_OF_RUN_FAILED, EVENT_OF_MEMBER_TOKEN,
    EVENT_OF_MEMBER_REASONING, EVENT_OF_CARRIED;

#endif
