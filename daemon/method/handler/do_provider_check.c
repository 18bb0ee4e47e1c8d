#include <errno.h>

#include "daemon/method/desk/admit.h"
#include "daemon/method/desk/desk.h"
#include "daemon/method/desk/probe_run.h"
#include "daemon/settings/probe_targets.h"
#include "daemon/settings/resources.h"
#include "handlers.h"
#include "provider_choice.h"

static int start_check(struct call *call, const struct council_plan *plan)
{
    const struct provider_check_params *p = call->params;
    struct desk *desk = call_desk(call);
    struct council_context context;
    json_t *targets = json_array();
    json_t *providers = provider_choice(desk, plan ? plan->providers : NULL, &p->provider);
    int r = targets && providers ? 0 : -ENOMEM;
    resources_context(desk->core->resources, desk->core->config, &context);
    if (r == 0)
        r = plan ? probe_targets_of_plan(targets, plan, providers)
                 : probe_targets_of_catalogue(targets, &context, providers);
    struct probe_order order = {.kind = LINK_PROBE_CHECK,
                                .targets = targets,
                                .providers = providers,
                                .timeout_ms = p->timeout_ms};
    if (r == 0 && p->provider.at && !json_object_size(providers))
        r = provider_choice_refuse(call,
                                   plan ? "the council does not use it" : "it is not configured");
    else if (r == 0)
        r = probe_start(call, &order);
    json_decref(targets);
    json_decref(providers);
    return r;
}

int do_provider_check(struct call *call)
{
    const struct provider_check_params *p = call->params;
    struct council_plan plan;
    struct council_faults faults = {0};
    if (!p->council.at)
        return start_check(call, NULL);
    int r = admit_council(call, p->council, call->request->council_values, NULL, 0, &plan, &faults);
    if (r == 0) {
        r = start_check(call, &plan);
        council_plan_release(&plan);
    } else if (r == -EINVAL) {
        r = admit_refuse_council(call, &faults);
    }
    council_faults_release(&faults);
    return r;
}
