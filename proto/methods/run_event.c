#include "method_list.h"
#include "proto/objects/event_objects.h"
#include "shared_fields.h"

static const struct field EVENT_NOTICE[] = {
    RESULT_REF,
    RESULT_RUN_ID,
    {"event", FIELD_OBJECT, FIELD_REQUIRED, .of = &OBJECT_EVENT, .doc = "as the runner wrote it"},
    FIELDS_END};

const struct notification_row NOTIFICATION_ROW_RUN_EVENT = {
    .doc = "An event of a run; deltas carry no seq.",
    .params = EVENT_NOTICE,
};
