#include "budget.h"

#include "common/cleanup.h"
#include "proto/council/check/shape.h"

static void lower(struct work *w, json_t *budget, const json_t *other)
{
    static const char *const LIMITS[] = {"max_tokens", "max_cost", "max_calls", "deadline_ms"};
    for (size_t i = 0; i < ARRAY_LEN(LIMITS); i++) {
        json_t *mine = json_object_get(budget, LIMITS[i]), *its = r_get(w->r, other, LIMITS[i]);
        if (json_is_number(its) && !r_is_bad(w->r, mine) &&
            (!json_is_number(mine) || json_number_value(its) < json_number_value(mine)))
            r_put(w->r, budget, LIMITS[i], json_incref(its));
    }
    /* The permission holds only when nobody withdraws it. */
    json_t *allow = r_get(w->r, other, "allow_unknown_price");
    if (json_is_false(allow) || (allow && !json_object_get(budget, "allow_unknown_price")))
        r_put(w->r, budget, "allow_unknown_price", json_incref(allow));
}

void budget_fill(struct work *w)
{
    const struct resolver *r = w->r;
    const json_t *others[] = {r->context->budget, r->auto_budget, r_get(r, r->options, "budget")};
    json_t *given = r_get(w->r, w->doc, "budget");
    json_t *budget = given ? r_copy(w->r, given) : r_new(w->r, json_object());
    for (size_t i = 0; !w->outer && i < ARRAY_LEN(others); i++) {
        json_t *reserve = r_get(r, others[i], "chair_reserve");
        if (others[i])
            lower(w, budget, others[i]);
        if (reserve && (i > 0 || !json_object_get(budget, "chair_reserve")))
            r_put(w->r, budget, "chair_reserve", json_incref(reserve));
    }
    if (!json_object_get(budget, "chair_reserve"))
        r_put(w->r, budget, "chair_reserve", r_new(w->r, json_real(w->has_chair ? 0.2 : 0)));
    w->budget = doc_fill(w->r, &BUDGET, budget);
    json_decref(budget);
    bool limited = json_is_number(r_get(w->r, w->budget, "max_cost"));
    w->unknown_price = (limited && !json_is_true(r_get(w->r, w->budget, "allow_unknown_price"))) ||
                       (w->outer && w->outer->unknown_price);
}
