#include "method_list.h"
#include "method_params.h"
#include "shared_fields.h"

static const struct field COUNT_RESULT[] = {
    {"count", FIELD_INT, FIELD_REQUIRED, .doc = "runs that were alive when the call came"},
    FIELDS_END};

const struct method_row METHOD_ROW_SUPERVISOR_TERMINATE_ALL = {
    .doc = "Stops all runs that are alive now, at once; answers when all of them are gone.",
    .role = ROLE_OPERATE,
    .audited = true,
    PARAMS(FIELDS_REGISTRY, registry_params),
    .result = COUNT_RESULT,
    .errors = REASONS(RPC_UNKILLABLE),
    .waits = true,
};
