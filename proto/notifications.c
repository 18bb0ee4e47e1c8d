#include "methods_fields.h"

const char *const METHODS_CONTAINMENTS[] = {"cgroup", "group", NULL};
const char *const METHODS_OUTCOMES[] = {"complete", "degraded",  "refused",
                                        "failed",   "cancelled", NULL};

static const char *const STOPPED_BY[] = {"client", "terminate_all", "stop", "deadline", NULL};

static const struct field RUSAGE[] = {
    {"user_ms", FIELD_INT, FIELD_REQUIRED, .doc = "CPU time in user mode"},
    {"system_ms", FIELD_INT, FIELD_REQUIRED, .doc = "CPU time in the kernel"},
    {"max_rss_bytes", FIELD_INT, FIELD_REQUIRED | FIELD_NULLABLE,
     .doc = "most memory in use at a time"},
    END};

static const struct field EVENT_NOTICE[] = {
    RESULT_REF,
    RESULT_RUN_ID,
    {"event", FIELD_OBJECT, FIELD_REQUIRED, .doc = "as the runner wrote it"},
    END};

static const struct field GAP_NOTICE[] = {
    RESULT_REF,
    RESULT_RUN_ID,
    {"dropped", FIELD_INT, FIELD_REQUIRED, .doc = "lifecycle events and deltas not sent"},
    END};

static const struct field END_NOTICE[] = {
    RESULT_REF,
    RESULT_RUN_ID,
    {"last_seq", FIELD_INT, FIELD_REQUIRED, .doc = "the last event of the run"},
    END};

static const struct field DOWN_NOTICE[] = {
    RESULT_REF,
    RESULT_RUN_ID,
    {"pid", FIELD_INT, FIELD_REQUIRED | FIELD_NULLABLE, .doc = "null for `noproc`"},
    {"reason", FIELD_OBJECT, FIELD_REQUIRED, .doc = REASON_DOC},
    {"stopped_by", FIELD_WORD, FIELD_REQUIRED | FIELD_NULLABLE, .words = STOPPED_BY,
     .doc = "who asked for the stop, if anybody did"},
    {"outcome", FIELD_WORD, FIELD_REQUIRED | FIELD_NULLABLE, .words = METHODS_OUTCOMES,
     .doc = "null: it died without a result"},
    {"rusage", FIELD_OBJECT, FIELD_REQUIRED | FIELD_NULLABLE, .sub = RUSAGE,
     .doc = "what the runner used"},
    {"containment", FIELD_WORD, FIELD_REQUIRED | FIELD_NULLABLE, .words = METHODS_CONTAINMENTS,
     .doc = "which held"},
    {"survivors", FIELD_BOOL, 0, .doc = "true: a process of the run resists SIGKILL"},
    {"record_error", FIELD_STRING, 0, .doc = "the end record could not be written: `ENOSPC` ..."},
    END};

const struct notification_row NOTIFICATIONS[] = {
    {"run.event", "An event of a run; deltas carry no seq.", EVENT_NOTICE},
    {"run.gap",
     "Events were dropped because this client reads too slowly; lifecycle events can be had again "
     "with after_seq.",
     GAP_NOTICE},
    {"run.end", "The last line of a subscription, before the run.down on this connection.",
     END_NOTICE},
    {"run.down", "The run is gone: the one message of a monitor.", DOWN_NOTICE},
};
const size_t NOTIFICATIONS_COUNT = sizeof(NOTIFICATIONS) / sizeof(NOTIFICATIONS[0]);
