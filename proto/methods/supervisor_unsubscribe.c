#include "method_list.h"
#include "method_params.h"
#include "shared_fields.h"

const struct method_row METHOD_ROW_SUPERVISOR_UNSUBSCRIBE = {
    .doc = "Takes a stream of the tenant back; nothing of it follows.",
    .role = ROLE_LOOK,
    PARAMS(FIELDS_REF, ref_params),
    .result_value = &RESULT_TAKEN_BACK,
    .errors = REASONS(RPC_BAD_REF),
};
