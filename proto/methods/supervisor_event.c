/* What the tenant's stream tells: an object for each type of event. */
#include "method_list.h"
#include "method_params.h"
#include "shared_fields.h"

const char *const WORDS_TENANT_NEWS[] = {
    "snapshot", "run_started", "run_progress", "run_ended", "reloaded", "stopping", NULL};

#define TYPE(WORD)                                                                                 \
    {                                                                                              \
        "type", FIELD_WORD, FIELD_REQUIRED, .words = (const char *const[]){WORD, NULL},            \
                                            .doc = "of the event"                                  \
    }

static const struct field SNAPSHOT[] = {
    TYPE("snapshot"),
    {"runs", FIELD_ARRAY, FIELD_REQUIRED, .of = &OBJECT_LIVE_RUN, .doc = "a page of those alive"},
    {"more", FIELD_BOOL, FIELD_REQUIRED, .doc = "true: another page follows"},
    FIELDS_END};
static const struct field RUN_STARTED[] = {
    TYPE("run_started"),
    {"run", FIELD_OBJECT, FIELD_REQUIRED, .of = &OBJECT_LIVE_RUN, .doc = "the run"},
    FIELDS_END};
static const struct field RUN_PROGRESS[] = {
    TYPE("run_progress"),
    RESULT_RUN_ID,
    {"phase", FIELD_STRING, FIELD_REQUIRED | FIELD_NULLABLE, .doc = "where the council is"},
    {"usage", FIELD_OBJECT, FIELD_REQUIRED | FIELD_NULLABLE, .of = &OBJECT_RUN_USAGE,
     .doc = USAGE_DOC},
    FIELDS_END};
static const struct field RUN_ENDED[] = {
    TYPE("run_ended"),
    {"run", FIELD_OBJECT, FIELD_REQUIRED, .of = &OBJECT_RUN_ENTRY, .doc = "the run"},
    FIELDS_END};
static const struct field RELOADED[] = {TYPE("reloaded"), FIELDS_END};
static const struct field STOPPING[] = {TYPE("stopping"),
                                        {"state", FIELD_WORD, FIELD_REQUIRED,
                                         .words = WORDS_DAEMON_STATE,
                                         .doc = "as in supervisor.info; never `serving`"},
                                        FIELDS_END};

#define NEWS_OF(kind, name, words, members)                                                        \
    [kind] = {.title = name, .doc = words, .fields = members}
static const struct object NEWS[] = {
    NEWS_OF(TENANT_SNAPSHOT, "TenantSnapshot", "Runs that are alive.", SNAPSHOT),
    NEWS_OF(TENANT_RUN_STARTED, "TenantRunStarted", "A run is ready.", RUN_STARTED),
    NEWS_OF(TENANT_RUN_PROGRESS, "TenantRunProgress", "How far a run is.", RUN_PROGRESS),
    NEWS_OF(TENANT_RUN_ENDED, "TenantRunEnded", "A run is gone.", RUN_ENDED),
    NEWS_OF(TENANT_RELOADED, "TenantReloaded", "The settings were read again.", RELOADED),
    NEWS_OF(TENANT_STOPPING, "TenantStopping", "The daemon drains, or stops.", STOPPING),
};
_Static_assert(sizeof(NEWS) / sizeof(NEWS[0]) == TENANT_NEWS_COUNT, "an object for each");

static const struct object *const VARIANTS[] = {&NEWS[TENANT_SNAPSHOT],
                                                &NEWS[TENANT_RUN_STARTED],
                                                &NEWS[TENANT_RUN_PROGRESS],
                                                &NEWS[TENANT_RUN_ENDED],
                                                &NEWS[TENANT_RELOADED],
                                                &NEWS[TENANT_STOPPING],
                                                NULL};

static const struct object TENANT_EVENT = {
    .title = "TenantEvent",
    .doc = "What happens in the tenant; `type` says what. Other types may come with later "
           "versions.",
    .variants = VARIANTS,
};

static const struct field EVENT_NOTICE[] = {
    RESULT_REF,
    {"event", FIELD_OBJECT, FIELD_REQUIRED, .of = &TENANT_EVENT, .doc = "what happened"},
    FIELDS_END};

const struct notification_row NOTIFICATION_ROW_SUPERVISOR_EVENT = {
    .doc = "Something happened in the tenant.",
    .params = EVENT_NOTICE,
};
