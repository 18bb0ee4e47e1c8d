/* Rounds: types and presets, quorum, router, names, and the order in which they may stand. */
#include <string.h>

#include "common/cleanup.h"
#include "proto/council/check/feature.h"
#include "proto/council/check/shape.h"
#include "resolve_rounds.h"

/* A round on its way: where it and its parts were written. */
struct source {
    json_t *round; /* checked by the table of rounds; may be bad */
    const struct place *at;
    const struct place *fields; /* quorum, failure_mode ... */
    const struct place *opts;
};

/* ---- types and presets
 * --------------------------------------------------------------------------- */

static const char *base_type(struct work *w, const char *name)
{
    for (const struct variant *v = ROUND_TYPES; v->word; v++)
        if (strcmp(v->word, name) == 0 && feature_on(w->r->context, "round", name))
            return v->word;
    return NULL;
}

static void unknown_type(struct work *w, const char *name, const struct place *at)
{
    const char *known[16];
    size_t n = 0;
    char list[300];
    for (const struct variant *v = ROUND_TYPES; v->word; v++)
        if (feature_on(w->r->context, "round", v->word))
            known[n++] = v->word;
    known[n] = NULL;
    r_fault(w->r, at, "unknown_round_type",
            "\"%.80s\" is no round type and no preset of the catalogue. Types are %s.", name,
            words_join(known, list, sizeof(list)));
}

static json_t *opts_check(struct work *w, const char *type, json_t *opts, const struct place *at)
{
    const struct record *record = variant_find(ROUND_TYPES, type);
    if (!opts)
        return r_new(w->r, json_object());
    json_t *checked = record_check(w->r, record, opts, at);
    if (!r_is_bad(w->r, checked))
        return checked;
    json_decref(checked);
    return r_new(w->r, json_object());
}

/* The preset's type, and its checked opts in *ret_opts; NULL after a fault. */
static const char *preset_resolve(struct work *w, json_t *document, const struct place *at,
                                  json_t **ret_opts)
{
    json_t *plain = r_plain(w->r, document);
    json_t *preset = record_check(w->r, &PRESET, plain, at);
    struct place type_at = PLACE_AT_KEY(at, "type"), opts_at = PLACE_AT_KEY(at, "opts");
    const char *name = r_word(w->r, preset, "type");
    const char *type = name ? base_type(w, name) : NULL;
    if (type)
        *ret_opts = opts_check(w, type, r_get(w->r, preset, "opts"), &opts_at);
    else if (name)
        unknown_type(w, name, &type_at);
    json_decref(plain);
    json_decref(preset);
    return type;
}

bool type_resolve(struct work *w, const char *name, json_t *opts, const struct place *type_at,
                  const struct place *opts_at, struct typed *ret)
{
    bool told;
    json_t *below = NULL;
    json_t *document = r_look_up(w->r, CATALOGUE_ROUNDS, name, type_at, &told);
    struct place p = PLACE_AT_DOCUMENT(type_at, "rounds", name);
    ret->opts = NULL;
    ret->type = document ? preset_resolve(w, document, &p, &below) : base_type(w, name);
    if (!ret->type) {
        if (!document && !told)
            unknown_type(w, name, type_at);
        return false;
    }
    json_t *own = opts_check(w, ret->type, opts, opts_at);
    if (below && json_object_update(below, own) < 0)
        w->r->no_memory = true;
    if (below)
        json_decref(own);
    ret->opts = below ? below : own;
    return true;
}

/* ---- quorum
 * ----------------------------------------------------------------------------------------- */

static json_t *member_named(const struct work *w, const json_t *id)
{
    json_t *index = json_object_get(w->member_ids, json_string_value(id));
    return index ? json_array_get(w->members, (size_t)json_integer_value(index)) : NULL;
}

/* How many different values the pool's members have; a sub-council counts as itself. */
static size_t distinct_count(struct work *w, const struct round_info *info, const char *key)
{
    json_t *seen = r_new(w->r, json_object());
    const json_t *pool = info->pool ? info->pool : w->members;
    size_t i, n;
    json_t *one;
    json_array_foreach (pool, i, one) {
        json_t *member = info->pool ? member_named(w, one) : one;
        const char *value = r_word(w->r, member, key);
        if (!value)
            value = r_word(w->r, member, "id");
        if (value)
            r_put(w->r, seen, value, json_true());
    }
    n = json_object_size(seen);
    json_decref(seen);
    return n;
}

static size_t able(struct work *w, const struct round_info *info, const json_t *quorum,
                   const json_t *router)
{
    const char *distinct = r_word(w->r, quorum, "distinct");
    size_t n = pool_size(w, info);
    json_t *k = r_get(w->r, router, "k");
    if (distinct && strcmp(distinct, "member") != 0)
        n = distinct_count(w, info, distinct);
    if (k && (size_t)json_integer_value(k) < n)
        n = (size_t)json_integer_value(k);
    return n;
}

static json_t *quorum_object(struct work *w, json_t *quorum)
{
    if (!quorum)
        return r_new(w->r, json_pack("{s:f}", "ratio", 0.5));
    if (json_is_integer(quorum))
        return r_new(w->r, json_pack("{s:O}", "min", quorum));
    return json_incref(quorum);
}

static json_t *quorum_resolve(struct work *w, json_t *quorum, const struct round_info *info,
                              const json_t *router, const struct place *fields)
{
    struct place at = PLACE_AT_KEY(fields, "quorum"), p = PLACE_AT_KEY(&at, "min");
    if (r_is_bad(w->r, quorum))
        return json_incref(quorum);
    json_t *object = quorum_object(w, quorum);
    json_t *filled = record_fill(w->r, &QUORUM, object);
    json_decref(object);
    bool counts = !is_synthesis(info->type) && strcmp(info->type, "pairwise_elimination") != 0;
    json_t *min = r_get(w->r, filled, "min");
    if (r_unset(w->r, filled, "min") && r_unset(w->r, filled, "ratio"))
        r_fault(w->r, &at, "bad_quorum", "Give min, ratio or both.");
    else if (counts && json_is_integer(min) &&
             (size_t)json_integer_value(min) > able(w, info, filled, router))
        r_fault(w->r, json_is_object(quorum) ? &p : &at, "bad_quorum",
                "Only %zu can take part in this round, so %" JSON_INTEGER_FORMAT
                " answers can never be reached.",
                able(w, info, filled, router), json_integer_value(min));
    return filled;
}

/* ---- one round
 * -------------------------------------------------------------------------------------- */

static json_t *pool_check(struct work *w, const json_t *round, const struct place *fields)
{
    json_t *pool = r_get(w->r, round, "members");
    struct place list = PLACE_AT_KEY(fields, "members");
    size_t i;
    json_t *id;
    json_array_foreach (pool, i, id) {
        struct place p = PLACE_AT_INDEX(&list, i);
        member_check(w, id, &p);
    }
    return json_is_array(pool) ? pool : NULL;
}

static json_t *round_router(struct work *w, const json_t *round, const struct place *fields)
{
    struct place p = PLACE_AT_KEY(fields, "router");
    json_t *router = json_object_get(round, "router");
    if (r_unset(w->r, round, "router"))
        return json_incref(w->router);
    return r_is_bad(w->r, router) ? json_incref(router) : router_resolve(w, router, &p);
}

static json_t *parallel(struct work *w, const json_t *round)
{
    int64_t cap = w->r->context->max_parallel > 0 ? w->r->context->max_parallel : 16;
    json_t *given = r_get(w->r, round, "max_parallel");
    bool lower = json_is_integer(given) && json_integer_value(given) < cap;
    return lower ? json_incref(given) : r_new(w->r, json_integer(cap));
}

/* A wrapped round without a quorum or failure_mode of its own has those of the loop. */
static void wrap_fill(struct work *w, json_t *round, const struct round_info *info,
                      const struct place *wrap_at)
{
    json_t *wrap = r_get(w->r, r_get(w->r, round, "opts"), "wrap");
    if (!json_is_object(wrap))
        return;
    json_t *own = json_object_get(wrap, "quorum");
    json_t *quorum = own ? quorum_resolve(w, own, info, r_get(w->r, round, "router"), wrap_at)
                         : json_incref(json_object_get(round, "quorum"));
    r_put(w->r, wrap, "quorum", quorum);
    if (!json_object_get(wrap, "failure_mode")) {
        json_t *mode = json_object_get(round, "failure_mode");
        r_put(w->r, wrap, "failure_mode", mode ? json_incref(mode) : json_string("continue"));
    }
}

static json_t *round_resolve(struct work *w, const struct source *s, const json_t *before)
{
    struct resolver *r = w->r;
    struct place type_at = PLACE_AT_KEY(s->at, "type");
    struct place wrap_at = PLACE_AT_KEY(s->opts, "wrap");
    struct typed typed;
    const char *name = r_word(r, s->round, "type");
    if (!name || !type_resolve(w, name, r_get(r, s->round, "opts"), &type_at, s->opts, &typed))
        return json_incref(r->bad);
    struct round_info info = {.type = typed.type,
                              .at = s->at,
                              .opts = s->opts,
                              .pool = pool_check(w, s->round, s->fields)};
    size_t i;
    json_t *earlier;
    json_array_foreach (before, i, earlier) {
        const char *type = r_word(r, earlier, "type");
        info.answers_before |= !type || is_answer_round(type, json_object_get(earlier, "opts"));
    }
    json_t *out = r_copy(r, s->round);
    json_t *router = round_router(w, s->round, s->fields);
    r_put(r, out, "type", json_string(typed.type));
    r_put(r, out, "opts", opts_resolve(w, &info, typed.opts));
    r_put(r, out, "quorum",
          quorum_resolve(w, json_object_get(s->round, "quorum"), &info, router, s->fields));
    r_put(r, out, "router", router);
    r_put(r, out, "max_parallel", parallel(w, s->round));
    wrap_fill(w, out, &info, &wrap_at);
    json_t *filled = record_fill(r, &ROUND, out);
    json_decref(out);
    json_decref(typed.opts);
    return filled;
}

/* ---- names
 * ------------------------------------------------------------------------------------------ */

static void explicit_names(struct work *w, const json_t *sources, json_t *taken,
                           const struct place *rounds_at)
{
    size_t i;
    json_t *round;
    json_array_foreach (sources, i, round) {
        const char *name = r_word(w->r, round, "name");
        struct place p = PLACE_AT_INDEX(rounds_at, i), q = PLACE_AT_KEY(&p, "name");
        if (!name)
            continue;
        if (json_object_get(taken, name))
            r_fault(w->r, &q, "duplicate_id", "Another round has the name \"%s\": rename one.",
                    name);
        r_put(w->r, taken, name, json_true());
    }
}

/* The k-th use of a word; with a name that is taken by hand the next number is used. */
static void default_name(struct work *w, json_t *round, const char *word, json_t *taken,
                         json_t *uses)
{
    json_int_t k = json_integer_value(json_object_get(uses, word)) + 1;
    r_put(w->r, uses, word, r_new(w->r, json_integer(k)));
    if (!json_is_object(round) || json_object_get(round, "name"))
        return;
    json_t *name = NULL;
    do {
        json_decref(name);
        name = r_new(w->r, k == 1 ? json_string(word)
                                  : json_sprintf("%s_%" JSON_INTEGER_FORMAT, word, k));
        k++;
    } while (name && json_object_get(taken, json_string_value(name)));
    if (name)
        r_put(w->r, taken, json_string_value(name), json_true());
    r_put(w->r, round, "name", name);
}

static void names_fill(struct work *w, json_t *rounds, const json_t *sources,
                       const struct place *at)
{
    json_t *taken = r_new(w->r, json_object()), *uses = r_new(w->r, json_object());
    size_t i;
    json_t *round;
    explicit_names(w, sources, taken, at);
    json_array_foreach (rounds, i, round) {
        const char *word = r_word(w->r, json_array_get(sources, i), "type");
        if (word)
            default_name(w, round, word, taken, uses);
    }
    json_decref(taken);
    json_decref(uses);
}

/* ---- all rounds
 * ------------------------------------------------------------------------------------- */

/* With a chair and no synthesis the synthesis is appended: a copy of the list. */
static json_t *with_synthesis(struct work *w, const json_t *rounds)
{
    json_t *list = rounds ? r_copy(w->r, rounds) : r_new(w->r, json_array());
    size_t i;
    json_t *round;
    json_array_foreach (rounds, i, round) {
        const char *type = r_word(w->r, round, "type");
        if (!type || is_synthesis(type))
            return list;
        /* A preset may be one under another name. */
        json_t *preset = catalogue_get(w->r->context->catalogue, CATALOGUE_ROUNDS, type);
        const char *base = json_string_value(json_object_get(preset, "type"));
        if (base && is_synthesis(base))
            return list;
    }
    if (rounds && w->has_chair)
        r_append(w->r, list, r_new(w->r, json_pack("{s:s}", "type", "synthesis")));
    return list;
}

static void order_check(struct work *w, const json_t *rounds, const struct place *at)
{
    size_t i, n = json_array_size(rounds);
    json_t *round;
    json_array_foreach (rounds, i, round) {
        const char *type = r_word(w->r, round, "type");
        struct place p = PLACE_AT_INDEX(at, i);
        if (type && is_synthesis(type) && i + 1 < n)
            r_fault(w->r, &p, "synthesis_not_last",
                    "The chair's synthesis ends the run: put it last, and only once.");
    }
}

json_t *rounds_resolve(struct work *w)
{
    struct place rounds_at = PLACE_AT_KEY(w->at, "rounds");
    struct place template_at = PLACE_AT_KEY(w->at, "template");
    struct place template_opts = PLACE_AT_KEY(&template_at, "opts");
    bool template = w->from_template;
    const json_t *written = template ? w->expanded : r_get(w->r, w->doc, "rounds");
    json_t *sources = with_synthesis(w, written);
    json_t *rounds = r_new(w->r, json_array());
    size_t i;
    json_t *round;
    json_array_foreach (sources, i, round) {
        struct place p = PLACE_AT_INDEX(&rounds_at, i), q = PLACE_AT_KEY(&p, "opts");
        struct source s = {.round = round,
                           .at = template ? &template_at : &p,
                           .fields = template ? &template_opts : &p,
                           .opts = template ? &template_opts : &q};
        r_append(w->r, rounds, round_resolve(w, &s, rounds));
    }
    order_check(w, rounds, &rounds_at);
    names_fill(w, rounds, sources, &rounds_at);
    json_decref(sources);
    return rounds;
}
