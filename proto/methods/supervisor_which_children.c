#include "method_list.h"
#include "method_params.h"
#include "shared_fields.h"

static const char *const CHILD_STATES[] = {"running", "terminating", NULL};

static const struct field ENTRY[] = {
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
    {"usage", FIELD_OBJECT, FIELD_REQUIRED | FIELD_NULLABLE, .of = &OBJECT_RUN_USAGE,
     .doc = USAGE_DOC},
    {"started_by", FIELD_OBJECT, FIELD_REQUIRED, .of = &OBJECT_STARTED_BY, .doc = "the client"},
    RESULT_SANDBOX(FIELD_REQUIRED),
    {"labels", FIELD_MAP, FIELD_REQUIRED, .item = &ITEM_STRING, .doc = LABELS_DOC},
    RESULT_SHOWN(FIELD_REQUIRED),
    FIELDS_END};

const struct object OBJECT_LIVE_RUN = {
    .title = "LiveRun", .doc = "A run that is alive.", .fields = ENTRY};

static const struct field CHILDREN_RESULT[] = {
    {"children", FIELD_ARRAY, FIELD_REQUIRED, .of = &OBJECT_LIVE_RUN, .doc = "live runs"},
    FIELDS_END};

const struct method_row METHOD_ROW_SUPERVISOR_WHICH_CHILDREN = {
    .doc = "The live runs.",
    .role = ROLE_LOOK,
    PARAMS(FIELDS_REGISTRY, registry_params),
    .result = CHILDREN_RESULT,
    .errors = REASONS(),
};
