#include "method_list.h"
#include "shared_fields.h"

static const struct field DOWN_NOTICE[] = {RESULT_REF, RESULT_DOWN, FIELDS_END};

const struct notification_row NOTIFICATION_ROW_RUN_DOWN = {
    .doc = "The run is gone: the one message of a monitor.",
    .params = DOWN_NOTICE,
};
