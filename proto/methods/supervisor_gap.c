#include "method_list.h"
#include "shared_fields.h"

static const struct field GAP_NOTICE[] = {RESULT_REF, FIELDS_END};

const struct notification_row NOTIFICATION_ROW_SUPERVISOR_GAP = {
    .doc = "Events were dropped because this client reads too slowly. A new snapshot follows, and "
           "each run_ended that was dropped.",
    .params = GAP_NOTICE,
};
