#include <errno.h>

#include "daemon/method/desk/admit.h"
#include "daemon/method/desk/desk.h"
#include "handlers.h"
#include "proto/council/document.h"

int do_council_validate(struct call *call)
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
