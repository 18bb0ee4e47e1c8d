#include "document.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "auto.h"
#include "common/cleanup.h"
#include "council_build.h"
#include "options.h"
#include "proto/council/check/measure.h"
#include "proto/council/check/shape.h"
#include "proto/council/round/limits_check.h"
#include "proto/council/seat/bundle.h"
#include "reliability.h"

static bool size_check(struct resolver *r, const json_t *document)
{
    struct measure m = measure_value(document);
    if (m.values > COUNCIL_VALUES_MAX)
        r_fault(r, NULL, "document_too_large",
                "The document has %zu values; at most %d are allowed.", m.values,
                COUNCIL_VALUES_MAX);
    else if (m.depth > COUNCIL_DEPTH_MAX)
        r_fault(r, NULL, "too_deep",
                "The document is nested %zu levels deep; at most %d are "
                "allowed.",
                m.depth, COUNCIL_DEPTH_MAX);
    else
        return true;
    return false;
}

/* The operator's own bundle and limits are checked like everybody else's. */
static json_t *outside_check(struct resolver *r, const struct doc_record *record,
                             const json_t *value, const char *name)
{
    struct place at = PLACE_AT_DOCUMENT(NULL, "configuration", name);
    return value ? doc_check(r, record, (json_t *)value, &at) : NULL;
}

int council_check_configuration(const struct council_context *context, struct error *err)
{
    struct resolver r;
    struct faults faults = {0};
    if (resolver_init(&r, context, &faults, council_build) < 0)
        return error_errno(err, ENOMEM, "cannot check the configuration");
    struct work w = {.r = &r};
    struct place at = PLACE_AT_DOCUMENT(NULL, "configuration", "defaults");
    json_t *defaults = outside_check(&r, &BUNDLE, context->defaults, "defaults");
    bundle_check(&w, defaults, &at);
    json_decref(defaults);
    json_decref(outside_check(&r, &BUDGET, context->budget, "budget"));
    int result = 0;
    if (r.no_memory || faults_sort(&faults) < 0)
        result = error_errno(err, ENOMEM, "cannot check the configuration");
    else if (faults.count)
        result = error_set(err, EINVAL, "%s", faults.at[0].message);
    resolver_release(&r);
    faults_release(&faults);
    return result;
}

static json_t *named(struct resolver *r, const char *name)
{
    bool told;
    json_t *document = r_look_up(r, CATALOGUE_COUNCILS, name, NULL, &told);
    if (document)
        return council_build(r, document, name, NULL, NULL);
    if (!told)
        r_fault(r, NULL, "unknown_council",
                "No council \"%.80s\" is in the catalogue; council.list shows those that are.",
                name);
    return NULL;
}

static char *id_text(const char *prefix, const char *id)
{
    char *text = NULL;
    return asprintf(&text, "%s%s", prefix, id) < 0 ? NULL : text;
}

/* The resolved document of whatever form was submitted; NULL with faults. */
static json_t *document_build(struct resolver *r, const json_t *council, struct council_plan *plan)
{
    json_t *document = NULL;
    const char *prefix = "";
    if (json_is_string(council)) {
        document = named(r, json_string_value(council));
    } else if (!json_is_object(council)) {
        r_fault(r, NULL, "wrong_type", "A council is a name, a document, or {\"auto\": ...}.");
    } else if (json_object_get(council, "auto")) {
        plan->is_auto = true;
        prefix = "auto:";
        if (size_check(r, council))
            document = auto_build(r, council);
    } else {
        prefix = "dynamic:";
        if (size_check(r, council))
            document = council_build(r, (json_t *)council, NULL, NULL, NULL);
    }
    if (!document)
        return NULL;
    plan->council_id = id_text(prefix, json_string_value(json_object_get(document, "id")));
    if (!plan->council_id)
        r->no_memory = true;
    return document;
}

static void plan_fill(struct resolver *r, struct council_plan *plan)
{
    json_t *deadline = json_object_get(json_object_get(plan->document, "budget"), "deadline_ms");
    plan->deadline_ms = json_integer_value(deadline);
    if (faults_sort(&r->warnings) < 0)
        r->no_memory = true;
    plan->warnings = r_new(r, faults_json(&r->warnings));
    plan->catalogue = json_incref(r->catalogue);
    plan->providers = json_incref(r->providers);
    plan->prices = json_incref(r->prices);
    plan->tools = json_incref(r->tools);
}

/* The scores are read here, once: the run and whoever resumes it use the same numbers. */
static void plan_reliability(struct resolver *r, const struct council_request *request,
                             struct council_plan *plan)
{
    const json_t *features = json_object_get(request->options, "features");
    if (r->context->reliability)
        plan->reliability = r_new(r, reliability_snapshot(r->context->reliability, features,
                                                          plan->is_auto ? NULL : plan->document));
}

static int outcome(const struct resolver *r, const struct council_faults *faults)
{
    if (r->no_memory)
        return -ENOMEM;
    return faults->council.count > 0 || faults->option_field ? -EINVAL : 0;
}

static void resolve(struct resolver *r, const struct council_request *request,
                    struct council_plan *plan, struct council_faults *faults)
{
    struct council_context checked = *r->context;
    const struct council_context *given = r->context;
    json_t *options = options_check(r, request->options, faults);
    json_t *defaults = outside_check(r, &BUNDLE, given->defaults, "defaults");
    json_t *budget = outside_check(r, &BUDGET, given->budget, "budget");
    struct work w = {.r = r};
    struct place at = PLACE_AT_DOCUMENT(NULL, "configuration", "defaults");
    bundle_check(&w, defaults, &at);
    checked.defaults = defaults;
    checked.budget = budget;
    r->context = &checked;
    r->options = options;
    r->auto_budget = request->budget;
    r->input_bytes = request->input_bytes;
    plan->document = document_build(r, request->council, plan);
    if (plan->document && !plan->is_auto && faults->council.count == 0) {
        planned_check(r, plan->document);
        if (options && !faults->option_field &&
            !options_seats_check(options, plan->document, faults))
            r->no_memory |= !faults->option_field || !faults->option_message;
    }
    r->context = given;
    r->options = NULL;
    json_decref(options);
    json_decref(defaults);
    json_decref(budget);
}

int council_resolve(const struct council_context *context, const struct council_request *request,
                    struct council_plan *ret, struct council_faults *faults)
{
    struct resolver r;
    struct council_plan plan = {0};
    *faults = (struct council_faults){0};
    if (resolver_init(&r, context, &faults->council, council_build) < 0)
        return -ENOMEM;
    resolve(&r, request, &plan, faults);
    if (faults_sort(&faults->council) < 0)
        r.no_memory = true;
    plan_fill(&r, &plan);
    plan_reliability(&r, request, &plan);
    int result = outcome(&r, faults);
    if (result == -ENOMEM)
        council_faults_release(faults);
    if (result == 0)
        *ret = plan;
    else
        council_plan_release(&plan);
    resolver_release(&r);
    return result;
}

void council_plan_release(struct council_plan *plan)
{
    free(plan->council_id);
    json_decref(plan->document);
    json_decref(plan->warnings);
    json_decref(plan->catalogue);
    json_decref(plan->providers);
    json_decref(plan->prices);
    json_decref(plan->tools);
    json_decref(plan->reliability);
    *plan = (struct council_plan){0};
}
