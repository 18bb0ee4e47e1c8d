#include "estimate.h"

#include <math.h>
#include <string.h>

#include "common/cleanup.h"
#include "proto/council/tables/words.h"
#include "round_info.h"

struct effort {
    int64_t calls;
    double score;
};

struct span {
    struct effort min, max;
};

static void span_add(struct span *to, const struct span *what, double times_min, double times_max)
{
    to->min.calls += (int64_t)((double)what->min.calls * times_min);
    to->min.score += what->min.score * times_min;
    to->max.calls += (int64_t)((double)what->max.calls * times_max);
    to->max.score += what->max.score * times_max;
}

static void effort_add(struct effort *to, int64_t calls, double score)
{
    to->calls += calls;
    to->score += score;
}

static double tier_factor(const json_t *seat)
{
    static const double FACTORS[] = {
        [TIER_NANO] = 0.5, [TIER_MINI] = 1, [TIER_MID] = 2, [TIER_LARGE] = 4, [TIER_REASONING] = 8};
    int tier = word_index(TIER_NAMES, json_string_value(json_object_get(seat, "tier")));
    return FACTORS[tier >= 0 ? tier : TIER_MID]; /* a sub-council has none */
}

static double seat_score(const json_t *seat, double shown, bool form)
{
    bool tools = json_array_size(json_object_get(seat, "tools")) > 0;
    return tier_factor(seat) * (1 + 0.2 * shown) * (tools ? 1.5 : 1) * (form ? 1.2 : 1);
}

static const char *word_of(const json_t *object, const char *key)
{
    const char *word = json_string_value(json_object_get(object, key));
    return word ? word : "";
}

static bool has_form(const struct round_kind *kind, const json_t *opts)
{
    switch (kind->form) {
    case GIVES_REVISION:
        return json_is_true(json_object_get(opts, "revise"));
    case GIVES_BALLOT:
    case GIVES_MATCH:
        return true;
    case GIVES_TEXT:
    case GIVES_CHAIRS:
    case GIVES_WRAPPED:
        break;
    }
    return false;
}

static double shown_to_voter(const json_t *opts, double all, double others)
{
    if (word_index(CANDIDATES_NAMES, word_of(opts, "candidates")) == CANDIDATES_ANSWERS)
        return others;
    switch (word_index(SHOW_NAMES, word_of(opts, "show"))) {
    case SHOW_ALL:
        return all;
    case SHOW_NONE:
        return 0;
    default:
        return 1;
    }
}

/* How many answers one seat sees when n members answer. */
static double answers_shown(const struct round_kind *kind, const json_t *opts, size_t n)
{
    double all = (double)n, others = n > 0 ? all - 1 : 0;
    switch (kind->cost) {
    case COST_ALONE:
        return 0;
    case COST_OTHERS:
        return others;
    case COST_ALL:
        return all;
    case COST_REVISED:
        return json_is_true(json_object_get(opts, "revise")) ? all : others;
    case COST_MATCH:
        return 2;
    case COST_BALLOT:
    case COST_WRAPPED:
        break;
    }
    return shown_to_voter(opts, all, others);
}

static void council_span(const json_t *council, int depth, struct span *ret);

/* One call of a seat, with its samples. */
static void seat_add(const json_t *seat, const struct round_kind *kind, const json_t *opts,
                     size_t n, int depth, struct span *to)
{
    json_t *sub = json_object_get(seat, "sub_council");
    if (json_is_object(sub)) {
        struct span inner = {0};
        if (depth <= COUNCIL_NESTING_MAX)
            council_span(sub, depth + 1, &inner);
        span_add(to, &inner, 1, 1);
        return;
    }
    bool own = json_is_object(json_object_get(seat, "output_schema_inline"));
    bool form = has_form(kind, opts) || (own && kind->form == GIVES_TEXT);
    double score = seat_score(seat, answers_shown(kind, opts, n), form);
    json_t *entropy = json_object_get(json_object_get(seat, "confidence"), "semantic_entropy");
    int64_t calls = 1;
    if (entropy && (sets_answers(kind, opts) || kind->id == ROUND_TYPE_VOTE)) {
        calls = json_integer_value(json_object_get(entropy, "samples"));
        calls +=
            word_index(ENTROPY_CLUSTER_NAMES, word_of(entropy, "cluster")) == ENTROPY_CLUSTER_JUDGE;
    }
    effort_add(&to->min, calls, score * (double)calls);
    effort_add(&to->max, calls, score * (double)calls);
}

static json_t *member_by_id(const json_t *council, const json_t *id)
{
    size_t i;
    json_t *member;
    json_array_foreach (json_object_get(council, "members"), i, member) {
        if (json_equal(json_object_get(member, "id"), id))
            return member;
    }
    return NULL;
}

size_t least_routed(const json_t *round, size_t n)
{
    json_t *router = json_object_get(round, "router");
    const struct router_kind *kind =
        router_kind_find(json_string_value(json_object_get(router, "kind")));
    json_t *k = json_object_get(router, "k");
    if (k && (size_t)json_integer_value(k) < n)
        return (size_t)json_integer_value(k);
    return kind && (kind->id == ROUTER_RULES || kind->id == ROUTER_LLM) ? 1 : n;
}

/* Matches that a judge may not judge: in a level it stands in one at most, and so does each of
 * those from whom it recuses itself. */
static size_t matches_barred(const json_t *seat, const json_t *judge, size_t matches, size_t levels)
{
    bool member = json_is_string(judge) && word_index(JUDGE_NAMES, json_string_value(judge)) < 0;
    size_t barred = levels * (member + json_array_size(json_object_get(seat, "recuse")));
    return barred < matches ? barred : matches;
}

/* Every member but the two judges a match once. Who they are is known when the run has paired them:
 * of each a mean share is counted. */
static struct effort by_members(const json_t *council, size_t matches)
{
    size_t i, n = json_array_size(json_object_get(council, "members"));
    size_t calls = n > 2 ? matches * (n - 2) : 0;
    double score = 0;
    json_t *member;
    json_array_foreach (json_object_get(council, "members"), i, member)
        score += seat_score(member, 2, true) * (double)calls / (double)n;
    return (struct effort){.calls = (int64_t)calls, .score = score};
}

static const json_t *judge_seat(const json_t *council, const json_t *judge)
{
    const json_t *member = member_by_id(council, judge);
    if (member)
        return member;
    return json_is_object(judge) ? judge : json_object_get(council, "chair");
}

/* Matches are judged by the chair or a seat, or by the members; so are those the seat may not
 * judge, of which there are any number up to `barred`. */
static void matches_add(const json_t *council, const json_t *opts, size_t matches, size_t levels,
                        struct span *to)
{
    json_t *judge = json_object_get(opts, "judge");
    struct effort none = by_members(council, matches), all = none; /* barred */
    if (word_index(JUDGE_NAMES, word_of(opts, "judge")) != JUDGE_MEMBERS) {
        const json_t *seat = judge_seat(council, judge);
        size_t barred = matches_barred(seat, judge, matches, levels);
        int64_t swap = json_is_true(json_object_get(opts, "swap")) ? 2 : 1;
        double score = seat_score(seat, 2, true);
        int64_t asked = (int64_t)matches * swap, own = (int64_t)(matches - barred) * swap;
        none = (struct effort){.calls = asked, .score = score * (double)asked};
        all = by_members(council, barred);
        effort_add(&all, own, score * (double)own);
    }
    effort_add(&to->min, none.calls < all.calls ? none.calls : all.calls,
               fmin(none.score, all.score));
    effort_add(&to->max, none.calls > all.calls ? none.calls : all.calls,
               fmax(none.score, all.score));
}

/* All member calls of one iteration. */
static void members_span(const json_t *council, const json_t *round, const struct round_kind *kind,
                         const json_t *opts, int depth, struct span *ret)
{
    json_t *all = json_object_get(council, "members"), *pool = json_object_get(round, "members");
    size_t total = json_array_size(all);
    size_t n = json_is_array(pool) ? json_array_size(pool) : total;
    size_t least = least_routed(round, n);
    for (size_t i = 0; i < n; i++) {
        const json_t *member = json_is_array(pool) ? member_by_id(council, json_array_get(pool, i))
                                                   : json_array_get(all, i);
        struct span one = {0};
        seat_add(member, kind, opts, total, depth, &one);
        span_add(ret, &one, i < least ? 1 : 0, 1);
    }
    const struct router_kind *router =
        router_kind_find(word_of(json_object_get(round, "router"), "kind"));
    if (router && router->id == ROUTER_LLM) {
        ret->min.calls++;
        ret->max.calls++;
    }
    size_t i;
    json_t *tie;
    json_array_foreach (json_object_get(opts, "tie_break"), i, tie) {
        const struct tie_kind *rule = tie_kind_find(json_string_value(tie));
        ret->max.calls += rule && rule->needs == TIE_NEEDS_CHAIR ? 1 : 0;
    }
}

static bool asks_judge(const json_t *until)
{
    size_t i;
    json_t *one;
    if (json_object_get(until, "judge"))
        return true;
    json_t *parts = json_object_get(until, "all");
    if (!parts)
        parts = json_object_get(until, "any");
    json_array_foreach (parts, i, one) {
        if (asks_judge(one))
            return true;
    }
    return false;
}

/* Until one of n is left. */
static size_t levels_of(size_t n)
{
    size_t levels = 0;
    for (; n > 1; n -= n / 2)
        levels++;
    return levels;
}

static void iterate_span(const json_t *council, const json_t *round, const json_t *opts, int depth,
                         struct span *ret)
{
    json_t *wrap = json_object_get(opts, "wrap"), *inner_opts = json_object_get(wrap, "opts");
    double min = json_number_value(json_object_get(opts, "min_iterations"));
    double max = json_number_value(json_object_get(opts, "max_iterations"));
    size_t n = json_array_size(json_object_get(council, "members"));
    const struct round_kind *inner = kind_of(wrap);
    if (inner && inner->asks == ASKS_JUDGES) {
        matches_add(council, inner_opts, n > 0 ? n - 1 : 0, levels_of(n), ret);
        return;
    }
    struct span once = {0};
    if (inner)
        members_span(council, round, inner, inner_opts, depth, &once);
    span_add(ret, &once, min, max);
    if (asks_judge(json_object_get(opts, "until")))
        ret->max.calls += (int64_t)max;
}

static void chair_span(const json_t *council, const json_t *opts, struct span *ret)
{
    size_t n = json_array_size(json_object_get(council, "members"));
    bool form = word_index(CHAIR_MODE_NAMES, word_of(opts, "mode")) != CHAIR_MODE_SYNTHESIZE ||
                json_is_true(json_object_get(opts, "extract_dissent"));
    double score = seat_score(json_object_get(council, "chair"), (double)n, form);
    effort_add(&ret->min, 1, score);
    effort_add(&ret->max, 1, score);
}

static void round_span(const json_t *council, const json_t *round, int depth, struct span *ret)
{
    const struct round_kind *kind = kind_of(round);
    const json_t *opts = json_object_get(round, "opts");
    if (!kind)
        return;
    switch (kind->asks) {
    case ASKS_CHAIR:
        chair_span(council, opts, ret);
        return;
    case ASKS_WRAPPED:
        iterate_span(council, round, opts, depth, ret);
        return;
    case ASKS_JUDGES:
        matches_add(council, opts, json_array_size(json_object_get(council, "members")) / 2, 1,
                    ret);
        return;
    case ASKS_MEMBERS:
        members_span(council, round, kind, opts, depth, ret);
    }
}

static void council_span(const json_t *council, int depth, struct span *ret)
{
    size_t i;
    json_t *round;
    json_array_foreach (json_object_get(council, "rounds"), i, round) {
        struct span one = {0};
        round_span(council, round, depth, &one);
        span_add(ret, &one, 1, 1);
    }
}

void council_planned(const json_t *resolved, struct council_planned *ret)
{
    struct span all = {0};
    council_span(resolved, 0, &all);
    *ret = (struct council_planned){.calls_min = all.min.calls,
                                    .calls_max = all.max.calls,
                                    .score_min = all.min.score,
                                    .score_max = all.max.score};
}
