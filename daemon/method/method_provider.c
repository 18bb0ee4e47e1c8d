/* provider.*: what is configured, and what of it works. */
#include <errno.h>
#include <string.h>

#include "admit.h"
#include "daemon/settings/probe_targets.h"
#include "daemon/settings/provider_rows.h"
#include "daemon/settings/resources.h"
#include "desk.h"
#include "method.h"
#include "probe_run.h"

int method_provider_list(struct call *call)
{
    struct desk *desk = call_desk(call);
    json_t *list = provider_list(desk->core->resources->providers, desk->core->keys,
                                 desk->core->config->providers);
    return call_reply(call, list ? json_pack("{s:o}", "providers", list) : NULL);
}

/* ---- which providers: {name: configuration} ---- */

/* The one of that name, if it is among them. NULL: no memory. */
static json_t *only(const json_t *providers, const struct field_string *name)
{
    json_t *some = json_object();
    json_t *one = strlen(name->at) == name->len ? json_object_get(providers, name->at) : NULL;
    if (some && one && json_object_set(some, name->at, one) < 0) {
        json_decref(some);
        return NULL;
    }
    return some;
}

static json_t *all_set_up(const struct desk *desk)
{
    const char *name;
    json_t *one;
    json_t *some = json_object();
    int r = some ? 0 : -ENOMEM;
    json_object_foreach ((json_t *)providers_document(desk->core->resources->providers), name, one)
        if (r == 0 &&
            provider_is_set_up(name, one, desk->core->keys, desk->core->config->providers))
            r = json_object_set(some, name, one);
    if (r == 0)
        return some;
    json_decref(some);
    return NULL;
}

static json_t *choose(const struct desk *desk, const json_t *among, const struct field_string *name)
{
    if (name->at)
        return only(among ? among : providers_document(desk->core->resources->providers), name);
    return among ? json_incref((json_t *)among) : all_set_up(desk);
}

static int refuse_name(struct call *call, const char *why)
{
    return call_bad_field(call, RPC_INVALID_PARAMETER, "provider", why);
}

/* ---- provider.check ---- */

static int start_check(struct call *call, const struct council_plan *plan)
{
    const struct provider_check_params *p = call->params;
    struct desk *desk = call_desk(call);
    struct council_context context;
    json_t *targets = json_array();
    json_t *providers = choose(desk, plan ? plan->providers : NULL, &p->provider);
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
        r = refuse_name(call, plan ? "the council does not use it" : "it is not configured");
    else if (r == 0)
        r = probe_start(call, &order);
    json_decref(targets);
    json_decref(providers);
    return r;
}

int method_provider_check(struct call *call)
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

/* ---- provider.models ---- */

int method_provider_models(struct call *call)
{
    const struct provider_models_params *p = call->params;
    json_t *providers = choose(call_desk(call), NULL, &p->provider);
    struct probe_order order = {
        .kind = LINK_PROBE_MODELS, .providers = providers, .timeout_ms = p->timeout_ms};
    if (!providers)
        return -ENOMEM;
    int r = json_object_size(providers) ? probe_start(call, &order)
                                        : refuse_name(call, "it is not configured");
    json_decref(providers);
    return r;
}
