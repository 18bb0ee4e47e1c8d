#include "method_list.h"
#include "method_params.h"
#include "shared_fields.h"

const struct method_row METHOD_ROW_SUPERVISOR_COUNT_CHILDREN = {
    .doc = "How many runs there are.",
    .role = ROLE_LOOK,
    PARAMS(FIELDS_REGISTRY, registry_params),
    .result = FIELDS_COUNTS,
    .errors = REASONS(),
};
