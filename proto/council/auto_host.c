#include "auto_host.h"

#include "proto/council/check/shape.h"
#include "proto/council/tables/records.h"

/* Fills by the table; `given` is taken. NULL for a given that could not be made. */
static json_t *filled(struct resolver *r, const struct doc_record *record, json_t *given)
{
    json_t *whole = doc_fill(r, record, r_new(r, given));
    json_decref(given);
    return whole;
}

static json_t *budget_of(struct resolver *r, const json_t *document)
{
    json_t *given = json_object_get(document, "budget");
    json_t *budget = given ? r_copy(r, given) : r_new(r, json_object());
    if (!json_object_get(budget, "chair_reserve")) /* there is no chair */
        r_put(r, budget, "chair_reserve", r_new(r, json_real(0)));
    return filled(r, &BUDGET, budget);
}

/* `made` belongs to the caller unless memory ran out on the way. */
static json_t *end(struct resolver *r, json_t *made)
{
    if (r->no_memory) {
        json_decref(made);
        made = NULL;
    }
    faults_release(r->faults);
    resolver_release(r);
    return made;
}

static int begin(struct resolver *r, struct faults *faults)
{
    static const struct council_context nothing = {0};
    return resolver_init(r, &nothing, faults, NULL);
}

json_t *auto_host_council(const json_t *document)
{
    struct resolver r;
    struct faults faults = {0};
    if (begin(&r, &faults) < 0)
        return NULL;
    json_t *given = json_pack("{s:O, s:O, s:[], s:[], s:o}", "id", json_object_get(document, "id"),
                              "name", json_object_get(document, "name"), "members", "rounds",
                              "budget", budget_of(&r, document));
    return end(&r, filled(&r, &COUNCIL, given));
}

json_t *auto_host_round(int max_parallel)
{
    struct resolver r;
    struct faults faults = {0};
    if (begin(&r, &faults) < 0)
        return NULL;
    json_t *opts = filled(&r, &INDEPENDENT_OPTS, json_object());
    json_t *given = json_pack("{s:s, s:s, s:o, s:i}", "type", "auto", "name", "auto", "opts", opts,
                              "max_parallel", max_parallel);
    return end(&r, filled(&r, &ROUND, given));
}

json_t *auto_host_embedder(const json_t *options)
{
    struct resolver r;
    struct faults faults = {0};
    if (begin(&r, &faults) < 0)
        return NULL;
    json_t *given =
        json_pack("{s:s, s:O, s:O}", "id", "embedding", "provider",
                  json_object_get(options, "provider"), "model", json_object_get(options, "model"));
    return end(&r, filled(&r, &MEMBER, given));
}
