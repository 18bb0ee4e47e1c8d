#include <errno.h>

#include "daemon/method/desk/desk.h"
#include "daemon/method/desk/probe_run.h"
#include "handlers.h"
#include "provider_choice.h"

int do_provider_models(struct call *call)
{
    const struct provider_models_params *p = call->params;
    json_t *providers = provider_choice(call_desk(call), NULL, &p->provider);
    struct probe_order order = {
        .kind = LINK_PROBE_MODELS, .providers = providers, .timeout_ms = p->timeout_ms};
    if (!providers)
        return -ENOMEM;
    int r = json_object_size(providers) ? probe_start(call, &order)
                                        : provider_choice_refuse(call, "it is not configured");
    json_decref(providers);
    return r;
}
