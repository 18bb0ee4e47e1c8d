#include "limits_check.h"

#include <math.h>
#include <string.h>

#include "common/cleanup.h"
#include "estimate.h"
#include "round_info.h"

enum { DEFAULT_MAX_CALLS = 2000, ASSUMED_MAX_TOKENS = 8192 };

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

/* ---- the first round against the limits ---- */

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

void first_round_check(struct work *w, const json_t *resolved)
{
    const json_t *budget = json_object_get(resolved, "budget");
    const json_t *round = json_array_get(json_object_get(resolved, "rounds"), 0);
    const json_t *members = json_object_get(resolved, "members");
    const json_t *pool = json_object_get(round, "members");
    double tokens[64], cost[64];
    size_t n = 0, i;
    json_t *member;
    const struct round_kind *kind = kind_of(round);
    if (!kind || kind->asks == ASKS_CHAIR)
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
