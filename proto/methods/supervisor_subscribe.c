#include "method_list.h"
#include "method_params.h"
#include "shared_fields.h"

#define TENANT(member) offsetof(struct tenant_params, member)

static const struct field SUBSCRIBE_PARAMS[] = {
    {"registry", FIELD_STRING, 0, TENANT(registry), 1, 128,
     .doc = "only runs of this group; left out: all"},
    {"kinds", FIELD_WORDS, 0, TENANT(kinds), .words = WORDS_TENANT_NEWS,
     .def = (1 << TENANT_NEWS_COUNT) - 1, .doc = "only events of these types; left out: all"},
    FIELDS_END};

static const struct field SUBSCRIBE_RESULT[] = {RESULT_REF, FIELDS_END};

const struct method_row METHOD_ROW_SUPERVISOR_SUBSCRIBE = {
    .doc = "Asks for what happens in the tenant as supervisor.event: first all runs that are "
           "alive, then what changes. See One stream of the whole tenant.",
    .role = ROLE_LOOK,
    PARAMS(SUBSCRIBE_PARAMS, tenant_params),
    .result = SUBSCRIBE_RESULT,
    .errors = REASONS(),
};
