#include "method_list.h"
#include "method_params.h"
#include "shared_fields.h"

#define ACT(member) offsetof(struct act_as_params, member)

static const struct field ACT_AS_PARAMS[] = {
    {"name", FIELD_TEXT, FIELD_REQUIRED, ACT(name), 1, 128,
     .doc = "for whom: it owns what is started from now on, and nothing else"},
    {"role", FIELD_WORD, FIELD_REQUIRED, ACT(role), .min = ROLE_LOOK, .words = ROLE_WORDS,
     .doc = "what the connection may do from now on; not more than before"},
    {"registry", FIELD_TEXT, 0, ACT(registry), 1, 128,
     .doc = "the only one that it sees from now on. Left out: as before"},
    FIELDS_END};

static const struct field ACT_AS_RESULT[] = {
    {"name", FIELD_STRING, FIELD_REQUIRED, .doc = "as given"},
    {"role", FIELD_WORD, FIELD_REQUIRED, .words = ROLE_WORDS, .doc = "as given"},
    {"registry", FIELD_STRING, FIELD_REQUIRED | FIELD_NULLABLE, .doc = "null: it sees all"},
    FIELDS_END};

const struct method_row METHOD_ROW_CONNECTION_ACT_AS = {
    .doc =
        "From now on, until its end, the connection acts for somebody and may do less. It can be "
        "made less still, for the same name; never more.",
    .role = ROLE_LOOK,
    .audited = true,
    PARAMS(ACT_AS_PARAMS, act_as_params),
    .result = ACT_AS_RESULT,
    .errors = REASONS(),
};
