#include "method_list.h"
#include "method_params.h"
#include "shared_fields.h"

static const struct field REF_RESULT[] = {RESULT_REF, FIELDS_END};

const struct method_row METHOD_ROW_RUN_MONITOR = {
    .doc = "Asks for exactly one run.down, at once if there is no such run.",
    .role = ROLE_LOOK,
    PARAMS(FIELDS_RUN_ID, run_id_params),
    .result = REF_RESULT,
    .errors = REASONS(),
};
