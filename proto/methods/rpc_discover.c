#include "method_list.h"
#include "shared_fields.h"

static const struct field DISCOVER_RESULT = {"OpenRPC document", FIELD_OBJECT,
                                             .doc = "OpenRPC 1.x, see open-rpc.org"};

const struct method_row METHOD_ROW_RPC_DISCOVER = {
    .doc = "This interface as an OpenRPC document.",
    .role = ROLE_LOOK,
    .params = FIELDS_NONE,
    .result_value = &DISCOVER_RESULT,
    .errors = REASONS(),
};
