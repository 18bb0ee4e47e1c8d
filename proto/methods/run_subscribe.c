#include "method_list.h"
#include "method_params.h"
#include "shared_fields.h"

static const struct field SUBSCRIBE_PARAMS[] = {
    RUN_ID(run_subscribe_params),
    {"after_seq", FIELD_INT, 0, offsetof(struct run_subscribe_params, after_seq), 0, INT64_MAX,
     .doc = "replay what came after this event and go on live; 0 (left out): from the beginning"},
    {"deltas", FIELD_BOOL, 0, offsetof(struct run_subscribe_params, deltas),
     .doc = "member_token and member_reasoning events too"},
    FIELDS_END};

static const struct field SUBSCRIBE_RESULT[] = {
    RESULT_REF,
    {"last_seq", FIELD_INT, FIELD_REQUIRED, .doc = "the newest event at this moment"},
    FIELDS_END};

const struct method_row METHOD_ROW_RUN_SUBSCRIBE = {
    .doc = "Asks for the events of a run as run.event, and run.end after the last.",
    .role = ROLE_LOOK,
    PARAMS(SUBSCRIBE_PARAMS, run_subscribe_params),
    .result = SUBSCRIBE_RESULT,
    .errors = REASONS(RPC_NOT_FOUND),
};
