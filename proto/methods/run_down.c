#include "method_list.h"
#include "shared_fields.h"

static const struct field DOWN_NOTICE[] = {
    RESULT_REF,
    RESULT_DOWN,
    RESULT_SANDBOX(FIELD_REQUIRED),
    {"duration_ms", FIELD_INT, FIELD_REQUIRED | FIELD_NULLABLE, .doc = "by the monotonic clock"},
    {"labels", FIELD_MAP, FIELD_REQUIRED | FIELD_NULLABLE, .item = &ITEM_STRING, .doc = LABELS_DOC},
    RESULT_SHOWN(FIELD_REQUIRED),
    FIELDS_END};

const struct notification_row NOTIFICATION_ROW_RUN_DOWN = {
    .doc = "The run is gone: the one message of a monitor.",
    .params = DOWN_NOTICE,
};
