#include "method_list.h"
#include "shared_fields.h"

static const struct field GAP_NOTICE[] = {
    RESULT_REF,
    RESULT_RUN_ID,
    {"dropped", FIELD_INT, FIELD_REQUIRED,
     .doc = "lifecycle events and deltas not sent, or events that a replay has not found"},
    FIELDS_END};

const struct notification_row NOTIFICATION_ROW_RUN_GAP = {
    .doc = "Events were dropped because this client reads too slowly; lifecycle events can be had "
           "again with after_seq. In a replay: the record has a hole here.",
    .params = GAP_NOTICE,
};
