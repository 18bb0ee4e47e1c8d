#include "opts.h"

#include <string.h>

#include "aggregate.h"
#include "common/cleanup.h"
#include "proto/council/check/shape.h"
#include "proto/council/seat/resolve_mapper.h"
#include "proto/council/seat/resolve_seat.h"
#include "resolve_candidates.h"
#include "resolve_condition.h"
#include "resolve_type.h"

/* The table says all. */
static void resolve_independent_analysis(struct work *w, const struct round_info *info,
                                         json_t *opts)
{
    (void)w;
    (void)info;
    (void)opts;
}

static void resolve_vote(struct work *w, const struct round_info *info, json_t *opts)
{
    const char *ballot = r_word(w->r, opts, "ballot");
    struct place p = PLACE_AT_KEY(info->opts, "ballot");
    candidates_resolve(w, info, opts, CANDIDATES_FREE);
    if (r_word_of(w->r, opts, "candidates", CANDIDATES_NAMES) == CANDIDATES_FREE) {
        if (ballot && ballot_bit(ballot) != BALLOT_SINGLE)
            r_fault(w->r, &p, "bad_candidates",
                    "A free vote has ballots of kind single: give options, or candidates answers.");
        r_warn(w->r, info->at, "free_vote",
               "Without options every member words its own choice; equal meanings in other words "
               "count apart.");
    }
    if (!r_is_bad(w->r, json_object_get(opts, "ballot")))
        aggregate_resolve(w, info, opts, ballot ? ballot_bit(ballot) : BALLOT_SINGLE);
}

static void resolve_ranking(struct work *w, const struct round_info *info, json_t *opts)
{
    candidates_resolve(w, info, opts, CANDIDATES_ANSWERS);
    aggregate_resolve(w, info, opts, info->kind->ballots);
}

static void rubric_check(struct work *w, const struct round_info *info, const json_t *rubric)
{
    struct place list = PLACE_AT_KEY(info->opts, "rubric");
    json_t *seen = r_new(w->r, json_object());
    size_t i;
    json_t *one;
    json_array_foreach (rubric, i, one) {
        struct place p = PLACE_AT_INDEX(&list, i), q = PLACE_AT_KEY(&p, "id");
        const char *id = r_word(w->r, one, "id");
        if (id && json_object_get(seen, id))
            r_fault(w->r, &q, "duplicate_id", "Two criteria have the id \"%s\": rename one.", id);
        if (id)
            r_put(w->r, seen, id, json_true());
    }
    json_decref(seen);
}

static void resolve_anonymized_peer_review(struct work *w, const struct round_info *info,
                                           json_t *opts)
{
    json_t *rubric = r_get(w->r, opts, "rubric");
    const char *ceiling = r_word(w->r, opts, "ceiling");
    struct place p = PLACE_AT_KEY(info->opts, "ceiling");
    need_two(w, info);
    warn_of_two(w, info, opts);
    rubric_check(w, info, rubric);
    if (ceiling && !option_known(rubric, ceiling))
        r_fault(w->r, &p, "bad_enum", "\"%.80s\" is no criterion of the rubric.", ceiling);
    aggregate_resolve(w, info, opts,
                      info->kind->ballots | (json_array_size(rubric) > 0 ? BALLOT_SCORE : 0U));
}

static void resolve_debate(struct work *w, const struct round_info *info, json_t *opts)
{
    struct place stances = PLACE_AT_KEY(info->opts, "stances");
    const char *id;
    json_t *stance;
    need_two(w, info);
    json_object_foreach (r_get(w->r, opts, "stances"), id, stance) {
        struct place p = PLACE_AT_KEY(&stances, id);
        json_t *name = r_new(w->r, json_string(id));
        member_check(w, name, &p);
        json_decref(name);
    }
}

static void resolve_pairwise_elimination(struct work *w, const struct round_info *info,
                                         json_t *opts)
{
    struct place p = PLACE_AT_KEY(info->opts, "judge");
    json_t *judge = json_object_get(opts, "judge");
    need_two(w, info);
    if (!judge)
        r_put(w->r, opts, "judge",
              json_string(JUDGE_NAMES[w->has_chair ? JUDGE_CHAIR : JUDGE_MEMBERS]));
    else if (word_index(JUDGE_NAMES, json_string_value(judge)) == JUDGE_CHAIR && !w->has_chair)
        r_fault(w->r, &p, "chair_required",
                "The judge is the chair: add a chair, or let the members judge.");
    else
        r_put(w->r, opts, "judge", seat_or_name(w, judge, JUDGE_NAMES, &p));
}

static void resolve_peer_review(struct work *w, const struct round_info *info, json_t *opts)
{
    (void)opts;
    need_two(w, info);
}

static void resolve_critique(struct work *w, const struct round_info *info, json_t *opts)
{
    resolve_peer_review(w, info, opts);
}

/* A mode that has a schema of its own leaves no room for one of the chair. */
static void chair_schema_check(struct work *w, const struct round_info *info, const json_t *opts)
{
    bool choose = r_word_of(w->r, opts, "mode", CHAIR_MODE_NAMES) > CHAIR_MODE_SYNTHESIZE;
    bool dissent = json_is_true(r_get(w->r, opts, "extract_dissent"));
    struct place chair = PLACE_AT_KEY(w->at, "chair");
    struct place extract = PLACE_AT_KEY(info->opts, "extract_dissent");
    if (choose && dissent)
        r_fault(w->r, &extract, "schema_conflict",
                "extract_dissent goes with mode synthesize only: the other modes have a form of "
                "their own.");
    if ((choose || dissent) && json_is_object(r_get(w->r, w->chair, "output_schema_inline")))
        r_fault(w->r, &chair, "schema_conflict",
                "The last round asks the chair for a form of its own: take the chair's schema out, "
                "or use mode synthesize without extract_dissent.");
}

static void resolve_synthesis(struct work *w, const struct round_info *info, json_t *opts)
{
    struct place options = PLACE_AT_KEY(info->opts, "options");
    bool verdict = r_word_of(w->r, opts, "mode", CHAIR_MODE_NAMES) == CHAIR_MODE_VERDICT;
    bool has = json_object_get(opts, "options") != NULL;
    if (!w->has_chair)
        r_fault(w->r, info->at, "chair_required", "%s is the chair's round: add a chair.",
                info->kind->name);
    if (verdict && !has)
        r_fault(w->r, info->opts, "bad_candidates",
                "Mode verdict needs the options that the chair chooses from.");
    else if (has && !verdict && !r_is_bad(w->r, json_object_get(opts, "mode")))
        r_fault(w->r, &options, "bad_candidates", "Only mode verdict has options.");
    else
        options_fill(w, info, opts);
    chair_schema_check(w, info, opts);
}

static void resolve_weighted_synthesis(struct work *w, const struct round_info *info, json_t *opts)
{
    json_t *sources = doc_given_or_default(w->r, info->kind->opts, opts, "sources");
    size_t i;
    json_t *source;
    resolve_synthesis(w, info, opts);
    json_array_foreach (sources, i, source) {
        w->weights_used |=
            word_index(WEIGHT_SOURCE_NAMES, json_string_value(source)) == WEIGHT_SOURCE_STATIC;
    }
    json_decref(sources);
}

/* ---- iterate ---- */

/* Common opts written on the loop hold for the wrapped round unless that has its own. */
static json_t *inherit(struct work *w, json_t *outer, json_t *inner)
{
    static const char *const COMMON[] = {"instructions", "reask", "exclude", "max_answer_bytes"};
    json_t *all = r_copy(w->r, inner);
    for (size_t i = 0; i < ARRAY_LEN(COMMON); i++) {
        json_t *value = json_object_get(outer, COMMON[i]);
        if (value && !json_object_get(all, COMMON[i]))
            r_put(w->r, all, COMMON[i], json_incref(value));
    }
    json_t *below = r_get(w->r, outer, "anonymity"), *above = r_get(w->r, all, "anonymity");
    if (below) {
        json_t *both = r_copy(w->r, below);
        if (above && json_object_update(both, above) < 0)
            w->r->no_memory = true;
        r_put(w->r, all, "anonymity", both);
    }
    return all;
}

static json_t *wrap_resolve(struct work *w, const struct round_info *info, json_t *opts)
{
    struct place p = PLACE_AT_KEY(info->opts, "wrap");
    json_t *wrap = r_get(w->r, opts, "wrap");
    struct place type_at = PLACE_AT_KEY(&p, "type"), opts_at = PLACE_AT_KEY(&p, "opts");
    /* A template has the opts of the wrapped round beside those of the loop. */
    bool template = w->from_template;
    const char *name = json_is_string(wrap) ? json_string_value(wrap) : r_word(w->r, wrap, "type");
    struct typed typed;
    if (!name ||
        !type_resolve(w, name, r_get(w->r, wrap, "opts"), json_is_string(wrap) ? &p : &type_at,
                      template ? info->opts : &opts_at, &typed))
        return json_incref(w->r->bad);
    if (typed.kind->asks == ASKS_WRAPPED || typed.kind->asks == ASKS_CHAIR) {
        r_fault(w->r, &p, "invalid_wrap", "iterate cannot repeat %s: wrap a round of members.",
                typed.kind->name);
        json_decref(typed.opts);
        return json_incref(w->r->bad);
    }
    struct round_info inner = {.kind = typed.kind,
                               .at = template ? info->at : &p,
                               .opts = template ? info->opts : &opts_at,
                               .pool = info->pool,
                               .answers_before = info->answers_before};
    json_t *all = inherit(w, opts, typed.opts);
    json_t *copy = json_is_object(wrap) ? r_copy(w->r, wrap) : r_new(w->r, json_object());
    r_put(w->r, copy, "type", json_string(typed.kind->name));
    r_put(w->r, copy, "opts", opts_resolve(w, &inner, all));
    json_decref(all);
    json_decref(typed.opts);
    return copy;
}

static void resolve_iterate(struct work *w, const struct round_info *info, json_t *opts)
{
    struct place least = PLACE_AT_KEY(info->opts, "min_iterations");
    struct place until_at = PLACE_AT_KEY(info->opts, "until");
    r_put(w->r, opts, "wrap", wrap_resolve(w, info, opts));
    const struct round_kind *inner = kind_of(r_get(w->r, opts, "wrap"));
    if (inner && !json_object_get(opts, "max_iterations"))
        r_put(w->r, opts, "max_iterations", json_integer(inner->iterations));
    json_t *min = r_get(w->r, opts, "min_iterations"), *max = r_get(w->r, opts, "max_iterations");
    if (min && max && json_integer_value(min) > json_integer_value(max))
        r_fault(w->r, &least, "out_of_range", "min_iterations cannot be above max_iterations.");
    json_t *until = r_get(w->r, opts, "until");
    if (until)
        r_put(w->r, opts, "until", until_resolve(w, until, &until_at));
}

/* What the tables cannot say. */
#define ROW(ID, name, ...) [ROUND_TYPE_##ID] = resolve_##name,
static void (*const RESOLVERS[ROUND_TYPE_COUNT])(struct work *w, const struct round_info *info,
                                                 json_t *opts) = {ROUND_TYPE_ROWS(ROW, ROW)};
#undef ROW

static void scale_check(struct work *w, const struct round_info *info, const json_t *filled)
{
    json_t *scale = r_get(w->r, filled, "scale");
    json_t *min = r_get(w->r, scale, "min"), *max = r_get(w->r, scale, "max");
    struct place p = PLACE_AT_KEY(info->opts, "scale");
    if (min && max && json_number_value(min) >= json_number_value(max))
        r_fault(w->r, &p, "out_of_range", "The scale's min must be below its max.");
}

static void anonymity_fill(struct work *w, json_t *opts)
{
    json_t *both = r_copy(w->r, w->anonymity);
    json_t *own = r_get(w->r, opts, "anonymity");
    if (own && json_object_update(both, own) < 0)
        w->r->no_memory = true;
    r_put(w->r, opts, "anonymity", both);
}

json_t *opts_resolve(struct work *w, const struct round_info *info, json_t *opts)
{
    struct place instructions = PLACE_AT_KEY(info->opts, "instructions");
    if (!placeholders_check(w->r, r_get(w->r, opts, "instructions"), &instructions))
        r_put(w->r, opts, "instructions", json_incref(w->r->bad));
    RESOLVERS[info->kind->id](w, info, opts);
    anonymity_fill(w, opts);
    json_t *filled = doc_fill(w->r, info->kind->opts, opts);
    scale_check(w, info, filled);
    aggregate_prune(filled);
    return filled;
}
