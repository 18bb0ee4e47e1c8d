#include "method_list.h"
#include "method_params.h"
#include "shared_fields.h"

static const struct field CANCEL_PARAMS[] = {
    RUN_ID(run_cancel_params),
    {"mode", FIELD_WORD, 0, offsetof(struct run_cancel_params, mode), .words = WORDS_CANCEL_MODE,
     .doc = "`drain` (left out): calls under way may end; `now`: they are aborted"},
    FIELDS_END};

const struct method_row METHOD_ROW_RUN_CANCEL = {
    .doc = "Asks a run to end by itself, keeping what is complete; answers at once.",
    .role = ROLE_ASK,
    .audited = true,
    .owned = true,
    PARAMS(CANCEL_PARAMS, run_cancel_params),
    .result = FIELDS_NONE,
    .errors = REASONS(RPC_NOT_FOUND),
};
