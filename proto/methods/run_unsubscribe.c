#include "method_list.h"
#include "method_params.h"
#include "shared_fields.h"

static const struct field REF_PARAMS[] = {REF(ref_params), FIELDS_END};

static const struct field TRUE_RESULT = {"removed", FIELD_BOOL, .doc = "true"};

const struct method_row METHOD_ROW_RUN_UNSUBSCRIBE = {
    .doc = "Takes a subscription back; nothing of it follows.",
    .role = ROLE_LOOK,
    PARAMS(REF_PARAMS, ref_params),
    .result_value = &TRUE_RESULT,
    .errors = REASONS(RPC_BAD_REF),
};
