#include "method_list.h"
#include "method_params.h"
#include "shared_fields.h"

static const char *const CHILD_STATES[] = {"running", "terminating", NULL};

static const struct field STARTED_BY[] = {
    {"uid", FIELD_INT, FIELD_REQUIRED, .doc = "user of the client"},
    {"gid", FIELD_INT, FIELD_REQUIRED, .doc = "group of the client"},
    {"pid", FIELD_INT, FIELD_REQUIRED, .doc = "process of the client when it connected"},
    {"name", FIELD_STRING, 0, .doc = "for whom it acted (connection.act_as)"},
    {"callers", FIELD_STRINGS, 0, .max = 256, .doc = "the client's own chain of causes"},
    FIELDS_END};

static const struct field CHILD[] = {
    RESULT_RUN_ID,
    {"pid", FIELD_INT, FIELD_REQUIRED, .doc = "of the runner; for information only"},
    {"council_id", FIELD_STRING, FIELD_REQUIRED | FIELD_NULLABLE, .doc = "the council it runs"},
    {"registry", FIELD_STRING, FIELD_REQUIRED, .doc = "its group"},
    {"state", FIELD_WORD, FIELD_REQUIRED, .words = CHILD_STATES,
     .doc = "`terminating` from the request to stop it on"},
    {"cancel", FIELD_WORD, FIELD_REQUIRED | FIELD_NULLABLE, .words = WORDS_CANCEL_MODE,
     .doc = "whether and how it was asked to end"},
    {"started_at", FIELD_TIME, FIELD_REQUIRED, .doc = "wall clock"},
    {"elapsed_ms", FIELD_INT, FIELD_REQUIRED, .doc = "since then, by the monotonic clock"},
    {"phase", FIELD_STRING, FIELD_REQUIRED | FIELD_NULLABLE, .doc = "where the council is"},
    {"usage", FIELD_OBJECT, FIELD_REQUIRED | FIELD_NULLABLE, .doc = USAGE_DOC},
    {"started_by", FIELD_OBJECT, FIELD_REQUIRED, .sub = STARTED_BY, .doc = "the client"},
    RESULT_SANDBOX(FIELD_REQUIRED),
    {"labels", FIELD_OBJECT, FIELD_REQUIRED, .doc = LABELS_DOC},
    FIELDS_END};

static const struct field CHILDREN_RESULT[] = {
    {"children", FIELD_ARRAY, FIELD_REQUIRED, .sub = CHILD, .doc = "live runs"}, FIELDS_END};

const struct method_row METHOD_ROW_SUPERVISOR_WHICH_CHILDREN = {
    .doc = "The live runs.",
    .role = ROLE_LOOK,
    PARAMS(FIELDS_REGISTRY, registry_params),
    .result = CHILDREN_RESULT,
    .errors = REASONS(),
};
