#include "method_list.h"
#include "shared_fields.h"

static const struct field ENTRY[] = {
    {"name", FIELD_STRING, FIELD_REQUIRED, .doc = "what run.start takes"},
    {"description", FIELD_STRING, FIELD_REQUIRED, .doc = "from the document"},
    FIELDS_END};

static const struct object COUNCIL_ENTRY = {
    .title = "CouncilEntry", .doc = "A council of the catalogue.", .fields = ENTRY};

static const struct field COUNCILS_RESULT[] = {
    {"councils", FIELD_ARRAY, FIELD_REQUIRED, .of = &COUNCIL_ENTRY, .doc = "by name"}, FIELDS_END};

const struct method_row METHOD_ROW_COUNCIL_LIST = {
    .doc = "The councils of the catalogue.",
    .role = ROLE_LOOK,
    .params = FIELDS_NONE,
    .result = COUNCILS_RESULT,
    .errors = REASONS(),
};
