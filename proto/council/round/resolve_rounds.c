#include "resolve_rounds.h"

#include "opts.h"
#include "proto/council/check/shape.h"
#include "proto/council/seat/resolve_seat.h"
#include "resolve_quorum.h"
#include "resolve_type.h"
#include "router.h"

/* A round on its way: where it and its parts were written. */
struct source {
    json_t *round; /* checked by the table of rounds; may be bad */
    const struct place *at;
    const struct place *fields; /* quorum, failure_mode ... */
    const struct place *opts;
};

/* ---- one round ---- */

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
    struct round_info info = {.kind = typed.kind,
                              .at = s->at,
                              .opts = s->opts,
                              .pool = pool_check(w, s->round, s->fields)};
    size_t i;
    json_t *earlier;
    json_array_foreach (before, i, earlier) {
        const struct round_kind *kind = r_is_bad(r, earlier) ? NULL : kind_of(earlier);
        info.answers_before |= !kind || sets_answers(kind, json_object_get(earlier, "opts"));
    }
    json_t *out = r_copy(r, s->round);
    json_t *router = round_router(w, s->round, s->fields);
    r_put(r, out, "type", json_string(typed.kind->name));
    r_put(r, out, "opts", opts_resolve(w, &info, typed.opts));
    r_put(r, out, "quorum",
          quorum_resolve(w, json_object_get(s->round, "quorum"), &info, router, s->fields));
    r_put(r, out, "router", router);
    r_put(r, out, "max_parallel", parallel(w, s->round));
    wrap_fill(w, out, &info, &wrap_at);
    json_t *filled = doc_fill(r, &ROUND, out);
    json_decref(out);
    json_decref(typed.opts);
    return filled;
}

/* ---- names ---- */

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

/* ---- all rounds ---- */

static bool asks_chair(const struct round_kind *kind)
{
    return kind && kind->asks == ASKS_CHAIR;
}

/* With a chair and no round of the chair the synthesis is appended: a copy of the list. */
static json_t *with_synthesis(struct work *w, const json_t *rounds)
{
    json_t *list = rounds ? r_copy(w->r, rounds) : r_new(w->r, json_array());
    size_t i;
    json_t *round;
    json_array_foreach (rounds, i, round) {
        const char *type = r_word(w->r, round, "type");
        if (!type || asks_chair(round_kind_find(type)))
            return list;
        /* A preset may be one under another name. */
        json_t *preset = catalogue_get(w->r->context->catalogue, CATALOGUE_ROUNDS, type);
        if (asks_chair(kind_of(preset)))
            return list;
    }
    if (rounds && w->has_chair)
        r_append(w->r, list,
                 r_new(w->r, json_pack("{s:s}", "type", ROUND_KINDS[ROUND_TYPE_SYNTHESIS].name)));
    return list;
}

static void order_check(struct work *w, const json_t *rounds, const struct place *at)
{
    size_t i, n = json_array_size(rounds);
    json_t *round;
    json_array_foreach (rounds, i, round) {
        struct place p = PLACE_AT_INDEX(at, i);
        if (!r_is_bad(w->r, round) && asks_chair(kind_of(round)) && i + 1 < n)
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
