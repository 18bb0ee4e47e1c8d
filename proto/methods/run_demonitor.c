#include "method_list.h"
#include "method_params.h"
#include "shared_fields.h"

static const struct field DEMONITOR_PARAMS[] = {
    REF(run_demonitor_params),
    {"flush", FIELD_BOOL, 0, offsetof(struct run_demonitor_params, flush),
     .doc = "take back a run.down that is not written yet"},
    {"info", FIELD_BOOL, 0, offsetof(struct run_demonitor_params, info),
     .doc = "tell whether the call prevented the run.down"},
    FIELDS_END};

static const struct field DEMONITOR_RESULT = {
    "demonitored", FIELD_BOOL,
    .doc = "true; with `info` false when the run.down was delivered or there was no monitor"};

const struct method_row METHOD_ROW_RUN_DEMONITOR = {
    .doc = "Takes a monitor back; no run.down follows the reply.",
    .role = ROLE_LOOK,
    PARAMS(DEMONITOR_PARAMS, run_demonitor_params),
    .result_value = &DEMONITOR_RESULT,
    .errors = REASONS(RPC_BAD_REF),
};
