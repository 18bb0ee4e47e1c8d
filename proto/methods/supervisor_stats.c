#include "method_list.h"
#include "shared_fields.h"
#include "stats_objects.h"

static const struct field BUCKET_FIELDS[] = {
    {"le_ms", FIELD_INT, FIELD_REQUIRED | FIELD_NULLABLE,
     .doc = "runs that took at most so long; null: however long"},
    {"count", FIELD_INT, FIELD_REQUIRED, .doc = "how many, those of the buckets before included"},
    FIELDS_END};
static const struct object BUCKET = {
    .title = "DurationBucket", .doc = "Runs up to a duration.", .fields = BUCKET_FIELDS};

static const struct field DURATIONS_FIELDS[] = {
    {"sum_ms", FIELD_INT, FIELD_REQUIRED, .doc = "of all together"},
    {"buckets", FIELD_ARRAY, FIELD_REQUIRED, .of = &BUCKET, .doc = "the shortest first"},
    FIELDS_END};
static const struct object DURATIONS = {.title = "RunDurations",
                                        .doc = "How long runs that have ended took, from ready on.",
                                        .fields = DURATIONS_FIELDS};

static const struct field STATS_RESULT[] = {
    {"epoch", FIELD_STRING, FIELD_REQUIRED, .doc = "another one: all counters began anew"},
    {"uptime_ms", FIELD_INT, FIELD_REQUIRED, .doc = "since they began"},
    {"counts", FIELD_OBJECT, FIELD_REQUIRED, .of = &OBJECT_COUNTS, .doc = "now, as count_children"},
    {"spares_ready", FIELD_INT, FIELD_REQUIRED, .doc = "now: runners that wait for a run"},
    {"queue_bytes", FIELD_INT, FIELD_REQUIRED, .doc = "now: wait for clients to read them"},
    {"starts", FIELD_INT, FIELD_REQUIRED, .doc = "runs that became ready, probes too"},
    {"start_refusals", FIELD_OBJECT, FIELD_REQUIRED, .of = &OBJECT_START_REFUSALS,
     .doc = "requests to start one that were not done"},
    {"end_reasons", FIELD_OBJECT, FIELD_REQUIRED, .of = &OBJECT_END_REASONS,
     .doc = "how their runners ended"},
    {"end_outcomes", FIELD_OBJECT, FIELD_REQUIRED, .of = &OBJECT_END_OUTCOMES,
     .doc = "what they came to"},
    {"durations", FIELD_OBJECT, FIELD_REQUIRED, .of = &DURATIONS, .doc = "how long they took"},
    {"tokens", FIELD_INT, FIELD_REQUIRED, .doc = "in and out, of runs that have ended"},
    {"cost", FIELD_NUMBER, FIELD_REQUIRED, .doc = "in USD, of those whose cost is known"},
    {"unpriced", FIELD_INT, FIELD_REQUIRED,
     .doc = "those that have used something of unknown cost"},
    {"dropped_events", FIELD_INT, FIELD_REQUIRED,
     .doc = "not sent to subscribers that read too slowly, as run.gap told them"},
    FIELDS_END};

const struct method_row METHOD_ROW_SUPERVISOR_STATS = {
    .doc = "What has happened since the daemon was started, in numbers that only rise, and how it "
           "stands now: for metrics.",
    .role = ROLE_LOOK,
    .whole = true,
    .params = FIELDS_NONE,
    .result = STATS_RESULT,
    .errors = REASONS(),
};
