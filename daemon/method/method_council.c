#include <errno.h>
#include <stdlib.h>

#include "admit.h"
#include "daemon/settings/resources.h"
#include "desk.h"
#include "method.h"
#include "proto/council/document.h"
#include "proto/methods/openrpc.h"

int method_council_validate(struct call *call)
{
    const struct council_params *p = call->params;
    struct council_plan plan;
    struct council_faults faults = {0};
    int r = admit_council(call, p->council, call->request->council_values, NULL, 0, &plan, &faults);
    if (r == 0) {
        call_reply(call, json_pack("{s:s, s:O, s:O?}", "council_id", plan.council_id, "document",
                                   plan.document, "warnings", plan.warnings));
        council_plan_release(&plan);
    } else if (r == -EINVAL) {
        r = admit_refuse_council(call, &faults);
    }
    council_faults_release(&faults);
    return r;
}

int method_council_list(struct call *call)
{
    json_t *list = catalogue_list(call_desk(call)->core->resources->catalogue, CATALOGUE_COUNCILS);
    return call_reply(call, list ? json_pack("{s:o}", "councils", list) : NULL);
}

int method_council_get(struct call *call)
{
    const struct council_get_params *p = call->params;
    json_t *document =
        catalogue_get(call_desk(call)->core->resources->catalogue, CATALOGUE_COUNCILS, p->name.at);
    if (!document || strlen(p->name.at) != p->name.len)
        return call_error(call, RPC_NOT_FOUND, NULL);
    return call_reply(call, json_pack("{s:s, s:O}", "name", p->name.at, "document", document));
}

int method_rpc_discover(struct call *call)
{
    return call_reply(call, openrpc_document(COUNCILD_VERSION));
}
