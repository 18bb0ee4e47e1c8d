#include "shared_fields.h"

#include <string.h>

#include "common/clock.h"
#include "method_params.h"

const struct field_form FORM_RUN_ID = {
    .text = "string of 1..128 of A-Z a-z 0-9 . _ -, first a letter, digit or _",
    .pattern = "^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$",
    .valid = runid_valid,
};
const struct field_form FORM_REF = {
    .text = "string, a ref",
    .pattern = "^ref_[A-Za-z0-9_-]{11}$",
    .valid = ref_valid,
};

static bool is_time(const char *text, size_t len)
{
    int64_t ms;
    return strlen(text) == len && clock_parse_rfc3339(text, &ms) == 0 && ms >= 0;
}

const struct field_form FORM_TIME = {
    .text = "time of RFC 3339",
    .pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?"
               "(Z|[+-][0-9]{2}:[0-9]{2})$",
    .valid = is_time,
};

const char *const WORDS_CONTAINMENT[] = {"cgroup", "group", NULL};
const char *const WORDS_DAEMON_STATE[] = {"serving", "draining", "stopping", NULL};
const char *const WORDS_OUTCOME_OR_NONE[] = {"none",   "complete",  "degraded", "refused",
                                             "failed", "cancelled", NULL};
const char *const WORDS_CANCEL_MODE[] = {"drain", "now", NULL};
const char *const WORDS_STOPPED_BY[] = {"client", "terminate_all", "stop", "deadline", NULL};

const struct field FIELDS_NONE[] = {FIELDS_END};
const struct field FIELDS_REGISTRY[] = {{"registry", FIELD_STRING, 0,
                                         offsetof(struct registry_params, registry), 1, 128,
                                         .doc = "only runs of this group; left out: all"},
                                        FIELDS_END};
const struct field FIELDS_REF[] = {REF(ref_params), FIELDS_END};
const struct field RESULT_TAKEN_BACK = {"removed", FIELD_BOOL, .doc = "true"};
const struct field FIELDS_RUN_ID[] = {RUN_ID(run_id_params), FIELDS_END};

#define LIMIT(member, least, text)                                                                 \
    {.name = #member,                                                                              \
     .type = FIELD_INT,                                                                            \
     .offset = offsetof(struct run_limits, member),                                                \
     .min = (least),                                                                               \
     .max = INT64_MAX,                                                                             \
     .def = -1,                                                                                    \
     .doc = (text)},

const struct field FIELDS_RUN_LIMITS[] = {RUN_LIMITS(LIMIT) FIELDS_END};

const struct field FIELDS_COUNTS[] = {
    {"active", FIELD_INT, FIELD_REQUIRED, .doc = "runs listed by which_children"},
    {"starting", FIELD_INT, FIELD_REQUIRED, .doc = "runs that are not ready yet"},
    {"terminating", FIELD_INT, FIELD_REQUIRED, .doc = "active runs that are being stopped"},
    {"specs", FIELD_INT, FIELD_REQUIRED, .doc = "active + starting"},
    {"workers", FIELD_INT, FIELD_REQUIRED, .doc = "active + starting"},
    {"supervisors", FIELD_INT, FIELD_REQUIRED, .doc = "0"},
    FIELDS_END};

const struct field ITEM_STRING = {.type = FIELD_STRING};

const struct object OBJECT_COUNTS = {
    .title = "Counts", .doc = "How many runs there are.", .fields = FIELDS_COUNTS};

const struct object OBJECT_RUN_LIMITS = {
    .title = "RunLimits",
    .doc = "What one run may use; what is left out is not limited.",
    .fields = FIELDS_RUN_LIMITS,
};

/* Who closes the record of a run that lost its supervisor knows nothing of the sandbox. */
static const struct field DOWN[] = {RESULT_DOWN, RESULT_SANDBOX(0), FIELDS_END};

const struct object OBJECT_DOWN = {.title = "Down", .doc = "How a run ended.", .fields = DOWN};
