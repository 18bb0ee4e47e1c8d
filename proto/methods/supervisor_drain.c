#include "method_list.h"
#include "shared_fields.h"

static const struct field DRAIN_RESULT[] = {
    {"live", FIELD_INT, FIELD_REQUIRED,
     .doc = "runs that are waited for, those that are still starting too"},
    FIELDS_END};

const struct method_row METHOD_ROW_SUPERVISOR_DRAIN = {
    .doc = "Nothing is started from now on; what runs goes on, and when the last run has ended the "
           "daemon does. Until then it serves, new connections too. Answered at once.",
    .role = ROLE_OPERATE,
    .audited = true,
    .whole = true,
    .params = FIELDS_NONE,
    .result = DRAIN_RESULT,
    .errors = REASONS(),
};
