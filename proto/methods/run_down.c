#include "method_list.h"
#include "shared_fields.h"

static const char *const STOPPED_BY[] = {"client", "terminate_all", "stop", "deadline", NULL};

static const struct field RUSAGE[] = {
    {"user_ms", FIELD_INT, FIELD_REQUIRED, .doc = "CPU time in user mode"},
    {"system_ms", FIELD_INT, FIELD_REQUIRED, .doc = "CPU time in the kernel"},
    {"max_rss_bytes", FIELD_INT, FIELD_REQUIRED | FIELD_NULLABLE,
     .doc = "most memory in use at a time"},
    FIELDS_END};

static const struct field DOWN_NOTICE[] = {
    RESULT_REF,
    RESULT_RUN_ID,
    {"pid", FIELD_INT, FIELD_REQUIRED | FIELD_NULLABLE, .doc = "null for `noproc`"},
    {"reason", FIELD_OBJECT, FIELD_REQUIRED, .doc = REASON_DOC},
    {"stopped_by", FIELD_WORD, FIELD_REQUIRED | FIELD_NULLABLE, .words = STOPPED_BY,
     .doc = "who asked for the stop, if anybody did"},
    {"outcome", FIELD_WORD, FIELD_REQUIRED | FIELD_NULLABLE, .words = WORDS_OUTCOME,
     .doc = "null: it died without a result"},
    {"rusage", FIELD_OBJECT, FIELD_REQUIRED | FIELD_NULLABLE, .sub = RUSAGE,
     .doc = "what the runner used"},
    {"containment", FIELD_WORD, FIELD_REQUIRED | FIELD_NULLABLE, .words = WORDS_CONTAINMENT,
     .doc = "which held"},
    RESULT_SANDBOX(FIELD_REQUIRED),
    {"survivors", FIELD_BOOL, 0, .doc = "true: a process of the run resists SIGKILL"},
    {"record_error", FIELD_STRING, 0, .doc = "the end record could not be written: `ENOSPC` ..."},
    FIELDS_END};

const struct notification_row NOTIFICATION_ROW_RUN_DOWN = {
    .doc = "The run is gone: the one message of a monitor.",
    .params = DOWN_NOTICE,
};
