#include "method_list.h"
#include "method_params.h"
#include "shared_fields.h"

static const struct field TERMINATE_PARAMS[] = {
    RUN_ID(run_terminate_params),
    {"shutdown", FIELD_SHUTDOWN, 0, offsetof(struct run_terminate_params, shutdown),
     .def = SHUTDOWN_DEFAULT, .doc = "instead of the value the run was started with"},
    FIELDS_END};

const struct method_row METHOD_ROW_RUN_TERMINATE = {
    .doc = "SIGTERM, then SIGKILL; answers when no process of the run is left.",
    .role = ROLE_ASK,
    .audited = true,
    .owned = true,
    PARAMS(TERMINATE_PARAMS, run_terminate_params),
    .result = FIELDS_NONE,
    .errors = REASONS(RPC_NOT_FOUND, RPC_UNKILLABLE),
    .waits = true,
};
