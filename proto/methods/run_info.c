#include "method_list.h"
#include "method_params.h"
#include "proto/objects/result_objects.h"
#include "shared_fields.h"

static const char *const RUN_STATES[] = {"starting", "running", "terminating", "ended", NULL};

static const struct field RUN_INFO_RESULT[] = {
    RESULT_RUN_ID,
    {"state", FIELD_WORD, FIELD_REQUIRED, .words = RUN_STATES, .doc = "`ended`: from its record"},
    {"incarnation", FIELD_INT, 0, .doc = "start in ms since 1970: tells runs of one id apart"},
    {"pid", FIELD_INT, FIELD_NULLABLE, .doc = "of the runner"},
    {"council_id", FIELD_STRING, FIELD_NULLABLE, .doc = "the council it runs"},
    {"registry", FIELD_STRING, 0, .doc = "its group"},
    {"cancel", FIELD_WORD, FIELD_NULLABLE, .words = WORDS_CANCEL_MODE,
     .doc = "whether and how it was asked to end"},
    {"started_at", FIELD_TIME, 0, .doc = "wall clock"},
    {"ended_at", FIELD_TIME, FIELD_NULLABLE, .doc = "wall clock"},
    {"duration_ms", FIELD_INT, FIELD_NULLABLE,
     .doc = "by the monotonic clock; null: it lives, or died with its daemon"},
    {"elapsed_ms", FIELD_INT, FIELD_NULLABLE, .doc = "since the start, by the monotonic clock"},
    {"phase", FIELD_STRING, FIELD_NULLABLE, .doc = "where the council is"},
    {"usage", FIELD_OBJECT, FIELD_NULLABLE, .of = &OBJECT_RUN_USAGE, .doc = USAGE_DOC},
    {"started_by", FIELD_OBJECT, FIELD_NULLABLE, .of = &OBJECT_STARTED_BY, .doc = "the client"},
    {"labels", FIELD_MAP, 0, .item = &ITEM_STRING, .doc = LABELS_DOC},
    RESULT_SHOWN(0),
    {"calls", FIELD_INT, 0, .doc = "calls to providers so far"},
    {"last_seq", FIELD_INT, 0, .doc = "the newest event"},
    {"limits", FIELD_OBJECT, 0, .of = &OBJECT_RUN_LIMITS, .doc = "in force"},
    {"shutdown", FIELD_SHUTDOWN, 0, .doc = "as in run.start"},
    {"containment", FIELD_WORD, FIELD_NULLABLE, .words = WORDS_CONTAINMENT, .doc = "which held"},
    RESULT_SANDBOX(0),
    {"outcome", FIELD_WORD, FIELD_NULLABLE, .words = WORDS_OUTCOME, .doc = "if it has ended"},
    {"result", FIELD_OBJECT, FIELD_NULLABLE, .of = &OBJECT_RESULT,
     .doc = "the result document, if there is one"},
    {"torn", FIELD_BOOL, 0, .doc = TORN_DOC},
    {"down", FIELD_OBJECT, FIELD_NULLABLE, .of = &OBJECT_DOWN,
     .doc = "how it ended, as told by run.down"},
    FIELDS_END};

const struct method_row METHOD_ROW_RUN_INFO = {
    .doc = "Everything known of a live or recorded run.",
    .role = ROLE_LOOK,
    PARAMS(FIELDS_RUN_ID, run_id_params),
    .result = RUN_INFO_RESULT,
    .errors = REASONS(RPC_NOT_FOUND),
};
