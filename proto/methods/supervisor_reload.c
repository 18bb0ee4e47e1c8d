#include "method_list.h"
#include "shared_fields.h"

const struct method_row METHOD_ROW_SUPERVISOR_RELOAD = {
    .doc =
        "Reads configuration, catalogue, prices, families of models and keys again, for runs that "
        "start from now on; all or nothing. Answered when it is done. SIGHUP does the same.",
    .role = ROLE_OPERATE,
    .audited = true,
    .whole = true,
    .params = FIELDS_NONE,
    .result = FIELDS_NONE,
    .errors = REASONS(RPC_RELOAD_FAILED, RPC_SHUTTING_DOWN),
};
