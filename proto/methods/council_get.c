#include "method_list.h"
#include "method_params.h"
#include "shared_fields.h"

static const struct field GET_PARAMS[] = {{"name", FIELD_STRING, FIELD_REQUIRED,
                                           offsetof(struct council_get_params, name), 1, 256,
                                           .doc = "of the catalogue"},
                                          FIELDS_END};

static const struct field GET_RESULT[] = {
    {"name", FIELD_STRING, FIELD_REQUIRED, .doc = "as asked for"},
    {"document", FIELD_OBJECT, FIELD_REQUIRED, .of = &OBJECT_COUNCIL,
     .doc = "as it stands in the catalogue"},
    FIELDS_END};

const struct method_row METHOD_ROW_COUNCIL_GET = {
    .doc = "One council of the catalogue.",
    .role = ROLE_LOOK,
    PARAMS(GET_PARAMS, council_get_params),
    .result = GET_RESULT,
    .errors = REASONS(RPC_NOT_FOUND),
};
