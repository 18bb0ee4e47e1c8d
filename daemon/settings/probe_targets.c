#include "probe_targets.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "common/cleanup.h"
#include "proto/json/json_make.h"

/* What others wrote for themselves: a provider there is none of ours. */
static bool is_free_form(const char *member)
{
    static const char *const MEMBERS[] = {"metadata", "provider_options", "output_schema_inline",
                                          "tools"};
    for (size_t i = 0; i < ARRAY_LEN(MEMBERS); i++)
        if (!strcmp(MEMBERS[i], member))
            return true;
    return false;
}

static bool has(const json_t *targets, const char *provider, const char *model)
{
    size_t i;
    json_t *one;
    json_array_foreach ((json_t *)targets, i, one)
        if (!strcmp(json_string_value(json_object_get(one, "provider")), provider) &&
            !strcmp(json_string_value(json_object_get(one, "model")), model))
            return true;
    return false;
}

static int add_pair(json_t *targets, const json_t *object, const json_t *providers)
{
    const char *provider = json_string_value(json_object_get(object, "provider"));
    const char *model = json_string_value(json_object_get(object, "model"));
    if (!provider || !model || !json_object_get(providers, provider) ||
        has(targets, provider, model))
        return 0;
    json_t *pair = json_pack("{s:s, s:s}", "provider", provider, "model", model);
    return json_append(targets, pair) ? 0 : -ENOMEM;
}

/* Documents are at most COUNCIL_DEPTH_MAX deep. */
int probe_targets_add(json_t *targets, const json_t *document, const json_t *providers)
{
    size_t i;
    const char *name;
    json_t *value;
    int r = json_is_object(document) ? add_pair(targets, document, providers) : 0;
    json_array_foreach ((json_t *)document, i, value)
        r = r < 0 ? r : probe_targets_add(targets, value, providers);
    json_object_foreach ((json_t *)document, name, value)
        if (r == 0 && !is_free_form(name))
            r = probe_targets_add(targets, value, providers);
    return r;
}

int probe_targets_of_plan(json_t *targets, const struct council_plan *plan, const json_t *providers)
{
    int r = probe_targets_add(targets, plan->document, providers);
    if (r == 0 && plan->is_auto)
        r = probe_targets_add(targets, plan->catalogue, providers);
    return r;
}

static int add_named(json_t *targets, const struct council_context *context, const char *name,
                     const json_t *providers)
{
    struct council_plan plan;
    struct council_faults faults = {0};
    json_t *council = json_string(name);
    struct council_request request = {.council = council};
    int r = council ? council_resolve(context, &request, &plan, &faults) : -ENOMEM;
    json_decref(council);
    council_faults_release(&faults);
    if (r < 0)
        return r == -ENOMEM ? r : 0;
    r = probe_targets_of_plan(targets, &plan, providers);
    council_plan_release(&plan);
    return r;
}

int probe_targets_of_catalogue(json_t *targets, const struct council_context *context,
                               const json_t *providers)
{
    const char *name;
    json_t *document;
    int r = 0;
    json_object_foreach (catalogue_all(context->catalogue, CATALOGUE_COUNCILS), name, document)
        r = r < 0 ? r : add_named(targets, context, name, providers);
    return r;
}
