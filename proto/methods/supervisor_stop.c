#include "method_list.h"
#include "shared_fields.h"

const struct method_row METHOD_ROW_SUPERVISOR_STOP = {
    .doc = "Ends the daemon in good order; the reply is its last line.",
    .role = ROLE_OPERATE,
    .audited = true,
    .whole = true,
    .params = FIELDS_NONE,
    .result = FIELDS_NONE,
    .errors = REASONS(),
    .waits = true,
};
