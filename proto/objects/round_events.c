#include "call_objects.h"
#include "event_rows.h"
#include "round_objects.h"

/* ---- a round ---- */

static const struct field ROUND_STARTED[] = {
    ROWS_LIFECYCLE("round_started"),
    ROW_INDEX,
    {"name", FIELD_STRING, ALWAYS, .doc = "of the round"},
    {"round_type", FIELD_STRING, ALWAYS, .doc = "of the round"},
    ROW_ITERATION,
    {"asked", FIELD_ARRAY, ALWAYS, .item = &ITEM_ID, .doc = "seats"},
    {"unavailable", FIELD_ARRAY, ALWAYS, .item = &ITEM_ID, .doc = "seats that failed for good"},
    {"skipped", FIELD_ARRAY, ALWAYS, .of = &OBJECT_SKIPPED_SEAT, .doc = "seats left out"},
    {"quorum", FIELD_OBJECT, OR_NULL, .of = &OBJECT_QUORUM_NEED, .doc = "null: it needs none"},
    {"labels", FIELD_MAP, ALWAYS, .item = &ITEM_ID, .doc = "who is called what in it"},
    {"deadline_ms", FIELD_INT, ALWAYS, .doc = "since the run's start"},
    FIELDS_END};
OBJECT(EVENT_OF_ROUND_STARTED, "RoundStartedEvent", ROUND_STARTED, "A round begins.");

static const struct field EARLY_STOP[] = {ROWS_LIFECYCLE("early_stop"), ROW_INDEX, ROWS_EARLY_STOP,
                                          FIELDS_END};
OBJECT(EVENT_OF_EARLY_STOP, "EarlyStopEvent", EARLY_STOP,
       "No ballot that could still come can change the winner; once in a round.");

static const struct field ROUND_COMPLETED[] = {
    ROWS_LIFECYCLE("round_completed"),
    ROW_INDEX,
    {"name", FIELD_STRING, ALWAYS, .doc = "of the round"},
    ROW_ITERATION,
    {"status", FIELD_WORD, ALWAYS, .words = WORDS_ROUND_STATUS, .doc = "what came of it"},
    {"counts", FIELD_MAP, ALWAYS, .item = &ITEM_COUNT, .doc = "seats by status"},
    {"quorum", FIELD_OBJECT, OR_NULL, .of = &OBJECT_QUORUM_MET, .doc = "null: it needs none"},
    {"aggregate", FIELD_OBJECT, OR_NULL, .of = &OBJECT_AGGREGATE, .doc = "what was counted"},
    {"converged", FIELD_BOOL, OR_NULL, .doc = "the loop may end; null: it is in none"},
    {"remaining", FIELD_ARRAY, OR_NULL, .item = &ITEM_ID, .doc = "of a tournament: who is left"},
    FIELDS_END};
OBJECT(EVENT_OF_ROUND_COMPLETED, "RoundCompletedEvent", ROUND_COMPLETED, "A round is over.");

/* ---- a council on a seat ---- */

static const struct field SUB_RUN_STARTED[] = {
    ROWS_LIFECYCLE("sub_run_started"),
    ROW_MEMBER,
    {"sub_path", FIELD_STRING, ALWAYS, .doc = "the `path` of its events"},
    {"council_id", FIELD_STRING, ALWAYS, .doc = "the council on the seat"},
    FIELDS_END};
OBJECT(EVENT_OF_SUB_RUN_STARTED, "SubRunStartedEvent", SUB_RUN_STARTED,
       "The council on a seat begins.");

/* clang-format off */
#define ROWS_SUB_RUN_END                                                                           \
    ROW_MEMBER,                                                                                    \
    {"sub_path", FIELD_STRING, ALWAYS, .doc = "the `path` of its events"},                         \
    {"council_id", FIELD_STRING, ALWAYS, .doc = "the council on the seat"},                        \
    {"outcome", FIELD_WORD, ALWAYS, .words = WORDS_OUTCOME, .doc = "how it ended"},            \
    {"final", FIELD_OBJECT, OR_NULL, .of = &OBJECT_FINAL, .doc = "its answer"}
/* clang-format on */
static const struct field SUB_RUN_COMPLETED[] = {ROWS_LIFECYCLE("sub_run_completed"),
                                                 ROWS_SUB_RUN_END, FIELDS_END};
OBJECT(EVENT_OF_SUB_RUN_COMPLETED, "SubRunCompletedEvent", SUB_RUN_COMPLETED,
       "The council on a seat has an answer.");
static const struct field SUB_RUN_FAILED[] = {ROWS_LIFECYCLE("sub_run_failed"), ROWS_SUB_RUN_END,
                                              FIELDS_END};
OBJECT(EVENT_OF_SUB_RUN_FAILED, "SubRunFailedEvent", SUB_RUN_FAILED,
       "The council on a seat has none.");
