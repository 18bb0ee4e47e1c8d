#include "method_list.h"
#include "shared_fields.h"

static const struct field END_NOTICE[] = {
    RESULT_REF,
    RESULT_RUN_ID,
    {"last_seq", FIELD_INT, FIELD_REQUIRED, .doc = "the last event of the run"},
    {"torn", FIELD_BOOL, 0,
     .doc = "true: the record has lines that cannot be parsed, which were passed over"},
    FIELDS_END};

const struct notification_row NOTIFICATION_ROW_RUN_END = {
    .doc = "The last line of a subscription, before the run.down on this connection.",
    .params = END_NOTICE,
};
