/* What a resolved council costs: calls and complexity (deliberation 10.5), and whether its limits
 * can hold the first round at all (7.5). */
#include <math.h>
#include <string.h>

#include "common/cleanup.h"
#include "resolve_rounds.h"

enum { DEFAULT_MAX_CALLS = 2000, ASSUMED_MAX_TOKENS = 8192, SUB_DEPTH_MAX = 3 };

/* ---- calls and complexity
 * ------------------------------------------------------------------------- */

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
    static const struct {
        const char *name;
        double factor;
    } TIERS[] = {{"nano", 0.5}, {"mini", 1}, {"mid", 2}, {"large", 4}, {"reasoning", 8}};
    const char *tier = json_string_value(json_object_get(seat, "tier"));
    for (size_t i = 0; tier && i < ARRAY_LEN(TIERS); i++)
        if (strcmp(TIERS[i].name, tier) == 0)
            return TIERS[i].factor;
    return 2;
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

static bool word_equals(const json_t *object, const char *key, const char *word)
{
    return strcmp(word_of(object, key), word) == 0;
}

static bool has_form(const char *type, const json_t *opts)
{
    if (strcmp(type, "peer_review") == 0 || strcmp(type, "critique") == 0)
        return json_is_true(json_object_get(opts, "revise"));
    return strcmp(type, "vote") == 0 || strcmp(type, "ranking") == 0 ||
           strcmp(type, "anonymized_peer_review") == 0 || strcmp(type, "pairwise_elimination") == 0;
}

/* How many answers one seat sees when n members answer. */
static double answers_shown(const char *type, const json_t *opts, size_t n)
{
    double others = n > 0 ? (double)n - 1 : 0;
    if (strcmp(type, "independent_analysis") == 0)
        return 0;
    if (strcmp(type, "critique") == 0 || strcmp(type, "debate") == 0)
        return (double)n;
    if (strcmp(type, "peer_review") == 0)
        return json_is_true(json_object_get(opts, "revise")) ? (double)n : others;
    if (strcmp(type, "anonymized_peer_review") == 0 || word_equals(opts, "candidates", "answers"))
        return others;
    return word_equals(opts, "show", "all") ? (double)n : word_equals(opts, "show", "none") ? 0 : 1;
}

static void council_span(const json_t *council, int depth, struct span *ret);

/* One call of a seat, with its samples. */
static void seat_add(const json_t *seat, const char *type, const json_t *opts, size_t n, int depth,
                     struct span *to)
{
    json_t *sub = json_object_get(seat, "sub_council");
    if (json_is_object(sub)) {
        struct span inner = {0};
        if (depth <= SUB_DEPTH_MAX)
            council_span(sub, depth + 1, &inner);
        span_add(to, &inner, 1, 1);
        return;
    }
    bool own = json_is_object(json_object_get(seat, "output_schema_inline"));
    bool answers = strcmp(type, "independent_analysis") == 0 || strcmp(type, "debate") == 0;
    double score =
        seat_score(seat, answers_shown(type, opts, n), has_form(type, opts) || (own && answers));
    json_t *entropy = json_object_get(json_object_get(seat, "confidence"), "semantic_entropy");
    int64_t calls = 1;
    if (entropy && (is_answer_round(type, opts) || strcmp(type, "vote") == 0)) {
        calls = json_integer_value(json_object_get(entropy, "samples"));
        calls += word_equals(entropy, "cluster", "judge") ? 1 : 0;
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

static size_t least_routed(const json_t *round, size_t n)
{
    json_t *router = json_object_get(round, "router");
    json_t *k = json_object_get(router, "k");
    if (k && (size_t)json_integer_value(k) < n)
        return (size_t)json_integer_value(k);
    return word_equals(router, "kind", "rules") || word_equals(router, "kind", "llm") ? 1 : n;
}

/* Matches are judged by the chair or a seat, or by every member but the two. */
static void matches_add(const json_t *council, const json_t *opts, size_t matches, struct span *to)
{
    size_t n = json_array_size(json_object_get(council, "members"));
    bool members = word_equals(opts, "judge", "members");
    bool swap = json_is_true(json_object_get(opts, "swap"));
    size_t voters = members ? (n > 2 ? n - 2 : 0) : swap ? 2 : 1;
    json_t *judge = json_object_get(opts, "judge");
    const json_t *seat = json_is_object(judge) ? judge : json_object_get(council, "chair");
    int64_t calls = (int64_t)(matches * voters);
    effort_add(&to->min, calls, (double)calls * seat_score(seat, 2, true));
    effort_add(&to->max, calls, (double)calls * seat_score(seat, 2, true));
}

/* All member calls of one iteration. */
static void members_span(const json_t *council, const json_t *round, const char *type,
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
        seat_add(member, type, opts, total, depth, &one);
        span_add(ret, &one, i < least ? 1 : 0, 1);
    }
    if (word_equals(json_object_get(round, "router"), "kind", "llm")) {
        ret->min.calls++;
        ret->max.calls++;
    }
    size_t i;
    json_t *tie;
    json_array_foreach (json_object_get(opts, "tie_break"), i, tie) {
        ret->max.calls += word_is(tie, "chair") ? 1 : 0;
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

static void iterate_span(const json_t *council, const json_t *round, const json_t *opts, int depth,
                         struct span *ret)
{
    json_t *wrap = json_object_get(opts, "wrap"), *inner_opts = json_object_get(wrap, "opts");
    double min = json_number_value(json_object_get(opts, "min_iterations"));
    double max = json_number_value(json_object_get(opts, "max_iterations"));
    size_t n = json_array_size(json_object_get(council, "members"));
    if (word_equals(wrap, "type", "pairwise_elimination")) {
        matches_add(council, inner_opts, n > 0 ? n - 1 : 0, ret);
        return;
    }
    struct span once = {0};
    members_span(council, round, word_of(wrap, "type"), inner_opts, depth, &once);
    span_add(ret, &once, min, max);
    if (asks_judge(json_object_get(opts, "until")))
        ret->max.calls += (int64_t)max;
}

static void round_span(const json_t *council, const json_t *round, int depth, struct span *ret)
{
    const char *type = word_of(round, "type");
    const json_t *opts = json_object_get(round, "opts");
    size_t n = json_array_size(json_object_get(council, "members"));
    if (is_synthesis(type)) {
        bool form = !word_equals(opts, "mode", "synthesize") ||
                    json_is_true(json_object_get(opts, "extract_dissent"));
        double score = seat_score(json_object_get(council, "chair"), (double)n, form);
        effort_add(&ret->min, 1, score);
        effort_add(&ret->max, 1, score);
    } else if (strcmp(type, "iterate") == 0) {
        iterate_span(council, round, opts, depth, ret);
    } else if (strcmp(type, "pairwise_elimination") == 0) {
        matches_add(council, opts, n / 2, ret);
    } else {
        members_span(council, round, type, opts, depth, ret);
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

void planned_check(struct resolver *r, const json_t *resolved)
{
    int64_t cap = r->context->max_planned_calls;
    struct council_planned planned;
    council_planned(resolved, &planned);
    if (cap <= 0)
        cap = DEFAULT_MAX_CALLS;
    if (planned.calls_max > cap)
        r_fault(r, NULL, "too_many_calls",
                "The council may make %" JSON_INTEGER_FORMAT
                " calls; the operator allows %" JSON_INTEGER_FORMAT
                ". Take members, rounds or iterations away.",
                (json_int_t)planned.calls_max, (json_int_t)cap);
}

/* ---- the first round against the limits
 * ------------------------------------------------------------ */

struct need {
    double tokens;
    double cost;
};

/* Not less than a request of this seat reserves: prompt and input in, max_tokens out. */
static struct need seat_need(const json_t *seat, size_t input_bytes)
{
    json_t *prompt = json_object_get(seat, "system_prompt");
    json_t *max = json_object_get(seat, "max_tokens"), *price = json_object_get(seat, "price");
    if (json_is_object(json_object_get(seat, "sub_council")))
        return (struct need){0, 0};
    size_t bytes = input_bytes + (json_is_string(prompt) ? json_string_length(prompt)
                                                         : strlen(COUNCIL_DEFAULT_SYSTEM_PROMPT));
    double in = ceil((double)bytes / 3);
    double out = json_is_integer(max) ? (double)json_integer_value(max) : ASSUMED_MAX_TOKENS;
    double cost = in * json_number_value(json_object_get(price, "input")) +
                  out * json_number_value(json_object_get(price, "output"));
    return (struct need){.tokens = in + out, .cost = cost / 1e6};
}

static int compare_numbers(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double cheapest(double *of, size_t n, size_t count)
{
    double sum = 0;
    qsort(of, n, sizeof(*of), compare_numbers);
    for (size_t i = 0; i < count && i < n; i++)
        sum += of[i];
    return sum;
}

static size_t quorum_need(const json_t *quorum, size_t of)
{
    json_t *min = json_object_get(quorum, "min"), *ratio = json_object_get(quorum, "ratio");
    size_t need = json_is_integer(min) ? (size_t)json_integer_value(min) : 0;
    size_t part = json_is_number(ratio) ? (size_t)ceil(json_number_value(ratio) * (double)of) : 0;
    if (part > need)
        need = part;
    return need > 0 ? need : 1;
}

/* Where the limit was written, or the council when it came from elsewhere. */
static void too_small(struct work *w, const char *limit, double needed, double held)
{
    struct place budget = PLACE_AT_KEY(w->at, "budget"), p = PLACE_AT_KEY(&budget, limit);
    bool written = json_object_get(json_object_get(w->raw, "budget"), limit) != NULL;
    r_fault(w->r, written ? &p : w->at, "budget_too_small",
            "The first round needs at least %.10g for its quorum, and %s leaves %.10g for members: "
            "raise it, or lower max_tokens of the members.",
            needed, limit, held);
}

static void limit_check(struct work *w, const json_t *budget, const char *limit, double needed)
{
    json_t *value = json_object_get(budget, limit);
    double reserve = json_number_value(json_object_get(budget, "chair_reserve"));
    double held = json_number_value(value) * (1 - reserve);
    if (json_is_number(value) && needed > held)
        too_small(w, limit, needed, held);
}

void estimate_check(struct work *w, const json_t *resolved)
{
    const json_t *budget = json_object_get(resolved, "budget");
    const json_t *round = json_array_get(json_object_get(resolved, "rounds"), 0);
    const json_t *members = json_object_get(resolved, "members");
    const json_t *pool = json_object_get(round, "members");
    double tokens[64], cost[64];
    size_t n = 0, i;
    json_t *member;
    if (is_synthesis(word_of(round, "type")))
        return;
    json_array_foreach (members, i, member) {
        bool in = !json_is_array(pool);
        for (size_t k = 0; !in && k < json_array_size(pool); k++)
            in = json_equal(json_array_get(pool, k), json_object_get(member, "id"));
        if (!in || n == ARRAY_LEN(tokens))
            continue;
        struct need need = seat_need(member, w->r->input_bytes);
        tokens[n] = need.tokens;
        cost[n++] = need.cost;
    }
    size_t least = least_routed(round, n);
    size_t need = quorum_need(json_object_get(round, "quorum"), least);
    limit_check(w, budget, "max_tokens", cheapest(tokens, n, need));
    limit_check(w, budget, "max_cost", cheapest(cost, n, need));
    limit_check(w, budget, "max_calls", (double)need);
}
