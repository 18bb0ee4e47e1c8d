#include "method_list.h"
#include "method_params.h"
#include "shared_fields.h"

static const struct field VALIDATE_PARAMS[] = {{"council", FIELD_SPAN, FIELD_REQUIRED,
                                                offsetof(struct council_params, council),
                                                .doc = "as in run.start"},
                                               FIELDS_END};

static const struct field VALIDATE_RESULT[] = {
    {"council_id", FIELD_STRING, FIELD_REQUIRED, .doc = "what a run of it would be listed as"},
    {"document", FIELD_OBJECT, FIELD_REQUIRED, .of = &OBJECT_COUNCIL,
     .doc = "resolved and expanded"},
    {"warnings", FIELD_ARRAY, FIELD_REQUIRED, .of = &OBJECT_COUNCIL_WARNING,
     .doc = "of validation"},
    FIELDS_END};

const struct method_row METHOD_ROW_COUNCIL_VALIDATE = {
    .doc = "Checks a council without starting anything.",
    .role = ROLE_LOOK,
    PARAMS(VALIDATE_PARAMS, council_params),
    .result = VALIDATE_RESULT,
    .errors = REASONS(RPC_INVALID_COUNCIL),
};
