#include "method_list.h"
#include "method_params.h"
#include "shared_fields.h"

static const struct field PRUNE_PARAMS[] = {
    {"keep", FIELD_INT, 0, offsetof(struct run_prune_params, keep), 0, 1000000000, -1,
     .doc = "the newest records that stay; older ones go"},
    {"older_than_days", FIELD_INT, 0, offsetof(struct run_prune_params, older_than_days), 0, 36500,
     -1, .doc = "records of runs that were started longer ago go"},
    FIELDS_END};

static const struct field PRUNE_RESULT[] = {
    {"removed", FIELD_INT, FIELD_REQUIRED, .doc = "how many records are gone"}, FIELDS_END};

const struct method_row METHOD_ROW_RUN_PRUNE = {
    .doc = "Removes records of ended runs, but none that is being replayed. "
           "A record goes when either bound says so; without any, those of the "
           "daemon's own retention hold.",
    .role = ROLE_ASK,
    .audited = true,
    .owned = true,
    PARAMS(PRUNE_PARAMS, run_prune_params),
    .result = PRUNE_RESULT,
    .errors = REASONS(),
    .waits = true,
};
