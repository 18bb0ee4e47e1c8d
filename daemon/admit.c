#include "admit.h"

#include <errno.h>

#include "resources.h"
#include "server.h"

int admit_council(struct call *call, struct json_span council, size_t values, const json_t *options,
                  size_t input_bytes, struct council_plan *ret, struct council_faults *faults)
{
    struct council_context context;
    json_t *document = NULL;
    if (values > RPC_COUNCIL_VALUES_MAX) {
        int r = faults_add(&faults->council, "", "document_too_large",
                           "the document has more than %d values", RPC_COUNCIL_VALUES_MAX);
        return r < 0 ? r : -EINVAL;
    }
    int r = json_span_load(council, &document);
    if (r < 0)
        return r;
    resources_context(call->server->resources, call->server->config, &context);
    struct council_request request = {
        .council = document, .options = options, .input_bytes = input_bytes};
    r = council_resolve(&context, &request, ret, faults);
    json_decref(document);
    return r;
}

int admit_refuse_council(struct call *call, const struct council_faults *faults)
{
    json_t *errors = faults_json(&faults->council);
    json_t *data = errors ? json_pack("{s:o}", "errors", errors) : NULL;
    return data ? call_error(call, RPC_INVALID_COUNCIL, data) : -ENOMEM;
}
