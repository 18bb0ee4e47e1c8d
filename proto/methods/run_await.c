#include "method_list.h"
#include "method_params.h"
#include "proto/objects/result_objects.h"
#include "shared_fields.h"

static const struct field AWAIT_PARAMS[] = {
    RUN_ID(run_await_params),
    {"timeout_ms", FIELD_INT, FIELD_NULLABLE, offsetof(struct run_await_params, timeout_ms), 0,
     INT64_MAX, -1,
     .doc = "then the error `timeout`; the run goes on. Left out: as long as it takes"},
    FIELDS_END};

static const struct field AWAIT_RESULT[] = {
    RESULT_RUN_ID,
    {"outcome", FIELD_WORD, FIELD_REQUIRED | FIELD_NULLABLE, .words = WORDS_OUTCOME,
     .doc = "null: it died without a result"},
    {"result", FIELD_OBJECT, FIELD_REQUIRED | FIELD_NULLABLE, .of = &OBJECT_RESULT,
     .doc = "the result document"},
    {"reason", FIELD_OBJECT, FIELD_REQUIRED, .of = &OBJECT_REASON, .doc = REASON_DOC},
    FIELDS_END};

const struct method_row METHOD_ROW_RUN_AWAIT = {
    .doc = "The result of a run, when it is gone; also of a recorded run.",
    .role = ROLE_LOOK,
    PARAMS(AWAIT_PARAMS, run_await_params),
    .result = AWAIT_RESULT,
    .errors = REASONS(RPC_NOT_FOUND, RPC_TIMEOUT),
    .waits = true,
};
