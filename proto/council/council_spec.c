#include "council_spec.h"

#include <errno.h>

#include "proto/json/json_make.h"

static json_t *shared(const json_t *value)
{
    return value ? json_incref((json_t *)value) : json_object();
}

/* `defaults` of the spec: everything of the operator's that resolving looks at. */
static json_t *defaults_new(const struct council_context *c, const struct council_plan *plan)
{
    json_t *all = json_object();
    bool ok = all && json_put(all, "bundle", shared(c->defaults)) &&
              json_put(all, "budget", shared(c->budget)) &&
              json_put(all, "reliability", shared(plan->reliability)) &&
              json_put(all, "max_planned_calls", json_integer(c->max_planned_calls)) &&
              json_put(all, "max_parallel", json_integer(c->max_parallel));
    return json_done(all, ok);
}

int council_spec_fill(json_t *spec, const struct council_context *context,
                      const struct council_plan *plan)
{
    bool ok = json_put(spec, "catalogue", shared(plan->catalogue)) &&
              json_put(spec, "providers", shared(plan->providers)) &&
              json_put(spec, "prices", shared(plan->prices)) &&
              json_put(spec, "tools", shared(plan->tools)) &&
              json_put(spec, "allow_options", shared(context->allow_options)) &&
              json_put(spec, "defaults", defaults_new(context, plan));
    return ok ? 0 : -ENOMEM;
}

int council_context_from_spec(const json_t *spec, struct council_context *ret, struct error *err)
{
    const json_t *defaults = json_object_get(spec, "defaults");
    struct catalogue *catalogue;
    int r = catalogue_from_json(json_object_get(spec, "catalogue"), &catalogue, err);
    if (r < 0)
        return r;
    *ret = (struct council_context){
        .catalogue = catalogue,
        .providers = json_object_get(spec, "providers"),
        .prices = json_object_get(spec, "prices"),
        .allow_options = json_object_get(spec, "allow_options"),
        .defaults = json_object_get(defaults, "bundle"),
        .budget = json_object_get(defaults, "budget"),
        .max_planned_calls = json_integer_value(json_object_get(defaults, "max_planned_calls")),
        .max_parallel = json_integer_value(json_object_get(defaults, "max_parallel")),
    };
    return 0;
}

void council_context_release(struct council_context *context)
{
    catalogue_free((struct catalogue *)context->catalogue);
    *context = (struct council_context){0};
}
