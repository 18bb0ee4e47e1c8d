#include "options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "proto/council/check/shape.h"
#include "proto/council/seat/bundle.h"
#include "proto/council/seat/tool.h"

enum { SEED_MAX = 128 };

static void seed_check(struct resolver *r, const json_t *options, const struct place *at)
{
    json_t *seed = r_get(r, options, "seed");
    struct place p = PLACE_AT_KEY(at, "seed");
    if (seed && (json_string_length(seed) == 0 || json_string_length(seed) > SEED_MAX))
        r_fault(r, &p, "too_long", "A seed has 1 to %d bytes.", SEED_MAX);
}

static void bundles_check(struct resolver *r, const json_t *options, const struct place *at)
{
    struct work w = {.r = r};
    struct place defaults = PLACE_AT_KEY(at, "defaults"), overrides = PLACE_AT_KEY(at, "overrides");
    struct place all = PLACE_AT_KEY(&overrides, "all"), seats = PLACE_AT_KEY(&overrides, "seats");
    const char *id;
    json_t *bundle;
    bundle_check(&w, r_get(r, options, "defaults"), &defaults);
    bundle_check(&w, r_get(r, r_get(r, options, "overrides"), "all"), &all);
    json_object_foreach (r_get(r, r_get(r, options, "overrides"), "seats"), id, bundle) {
        struct place p = PLACE_AT_KEY(&seats, id);
        bundle_check(&w, bundle, &p);
    }
}

static void documents_check(struct resolver *r, const json_t *options, const struct place *at)
{
    struct work w = {.r = r};
    struct place p = PLACE_AT_KEY(at, "documents");
    documents_ids_check(&w, r_get(r, options, "documents"), &p);
}

static void take_first(struct resolver *r, struct faults *list, struct council_faults *ret)
{
    if (faults_sort(list) < 0)
        r->no_memory = true;
    for (size_t i = 0; i < list->count && !ret->option_field; i++) {
        if (!list->at[i].path[0])
            continue; /* too_many_errors */
        ret->option_field = strdup(list->at[i].path);
        ret->option_message = strdup(list->at[i].message);
        if (!ret->option_field || !ret->option_message)
            r->no_memory = true;
    }
}

json_t *options_check(struct resolver *r, const json_t *options, struct council_faults *ret)
{
    struct faults list = {0}, *council = r->faults;
    struct place at = PLACE_AT_KEY(NULL, "options");
    if (!options)
        return NULL;
    r->faults = &list;
    json_t *checked = doc_check(r, &OPTIONS, (json_t *)options, &at);
    if (!r_is_bad(r, checked)) {
        seed_check(r, checked, &at);
        bundles_check(r, checked, &at);
        documents_check(r, checked, &at);
    }
    r->faults = council;
    bool good = list.count == 0;
    take_first(r, &list, ret);
    faults_release(&list);
    if (good)
        return checked;
    json_decref(checked);
    return NULL;
}

static bool has_seat(const json_t *resolved, const char *id)
{
    json_t *chair = json_object_get(resolved, "chair");
    size_t i;
    json_t *member;
    if (word_is(json_object_get(chair, "id"), id))
        return true;
    json_array_foreach (json_object_get(chair, "fallback_chairs"), i, member) {
        if (word_is(json_object_get(member, "id"), id))
            return true;
    }
    json_array_foreach (json_object_get(resolved, "members"), i, member) {
        if (word_is(json_object_get(member, "id"), id))
            return true;
    }
    return false;
}

bool options_seats_check(const json_t *options, const json_t *resolved, struct council_faults *ret)
{
    json_t *seats = json_object_get(json_object_get(options, "overrides"), "seats");
    const char *id;
    json_t *bundle;
    json_object_foreach (seats, id, bundle) {
        if (has_seat(resolved, id))
            continue;
        if (asprintf(&ret->option_field, "/options/overrides/seats/%s", id) < 0)
            ret->option_field = NULL;
        ret->option_message = strdup("The council has no seat with this id.");
        return false;
    }
    return true;
}
