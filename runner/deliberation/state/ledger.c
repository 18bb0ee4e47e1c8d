#include "ledger.h"

#include <math.h>

#include "common/jx.h"

#include "runner/deliberation/words/need.h"
#include "runner/deliberation/words/text.h"
#include "usage.h"

void ledger_init(struct ledger *l, const json_t *budget)
{
    *l = (struct ledger){
        .max_tokens = j_int(budget, "max_tokens", -1),
        .max_calls = j_int(budget, "max_calls", -1),
        .max_cost = j_num(budget, "max_cost", (double)NAN),
        .chair_reserve = need_num(budget, "chair_reserve"),
        .allow_unknown_price = need_bool(budget, "allow_unknown_price"),
    };
}

bool ledger_limited(const struct ledger *l)
{
    return l->max_tokens >= 0 || !isnan(l->max_cost);
}

static double money(double cost)
{
    return isnan(cost) ? 0 : cost;
}

/* The whole part of a share; a tenth of ten is one, though no double is a tenth. */
static int64_t part_of(int64_t limit, double share)
{
    return share < 1 ? (int64_t)floorl((long double)share * (long double)limit + 1e-9L) : limit;
}

enum ledger_answer ledger_fits(const struct ledger *l, struct reservation sum, int64_t n,
                               bool chair)
{
    double share = chair ? 1 : 1 - l->chair_reserve;
    int64_t tokens = sum_saturated(sum_saturated(l->tokens, l->reserved_tokens), sum.tokens);
    int64_t calls = sum_saturated(sum_saturated(l->calls, l->reserved_calls), n);
    if (!isnan(l->max_cost) && isnan(sum.cost) && !l->allow_unknown_price)
        return LEDGER_UNKNOWN_PRICE;
    double cost = l->cost + l->reserved_cost + money(sum.cost);
    if (l->max_tokens >= 0 && tokens > part_of(l->max_tokens, share))
        return LEDGER_FULL;
    if (l->max_calls >= 0 && calls > part_of(l->max_calls, share))
        return LEDGER_FULL;
    if (!isnan(l->max_cost) && score_compare(cost, share * l->max_cost) > 0)
        return LEDGER_FULL;
    return LEDGER_OK;
}

enum ledger_answer ledger_reserve(struct ledger *l, struct reservation r, bool chair)
{
    enum ledger_answer answer = ledger_fits(l, r, 1, chair);
    if (answer != LEDGER_OK)
        return answer;
    l->reserved_tokens = sum_saturated(l->reserved_tokens, r.tokens);
    l->reserved_calls++;
    l->reserved_cost += money(r.cost);
    if (l->reserved_tokens > l->peak_reserved_tokens)
        l->peak_reserved_tokens = l->reserved_tokens;
    return LEDGER_OK;
}

void ledger_settle(struct ledger *l, struct reservation r, struct reservation charged,
                   bool estimated)
{
    l->reserved_tokens -= r.tokens;
    l->reserved_calls--;
    l->reserved_cost -= money(r.cost);
    if (l->reserved_calls == 0)
        l->reserved_cost = 0; /* no rest of rounding stays reserved */
    l->tokens = sum_saturated(l->tokens, charged.tokens);
    l->calls = sum_saturated(l->calls, 1);
    l->cost += money(charged.cost);
    if (estimated)
        l->estimated_tokens = sum_saturated(l->estimated_tokens, charged.tokens);
}

json_t *ledger_json(const struct ledger *l)
{
    json_t *o = j_object(), *limits = j_object();
    j_set(limits, "max_tokens", l->max_tokens < 0 ? json_null() : j_integer(l->max_tokens));
    j_set(limits, "max_cost", j_real(l->max_cost));
    j_set(limits, "max_calls", l->max_calls < 0 ? json_null() : j_integer(l->max_calls));
    j_set(limits, "chair_reserve", j_real(l->chair_reserve));
    j_set(o, "limits", limits);
    j_set(o, "charged_tokens", j_integer(l->tokens));
    j_set(o, "charged_cost", j_real(l->cost));
    j_set(o, "peak_reserved_tokens", j_integer(l->peak_reserved_tokens));
    j_set(o, "refused_calls", j_integer(l->refused_calls));
    return o;
}

json_t *reservation_json(struct reservation r)
{
    json_t *o = j_object();
    j_set(o, "tokens", j_integer(r.tokens));
    j_set(o, "cost", j_real(r.cost));
    return o;
}

json_t *reservation_json_parts(struct reservation r)
{
    json_t *o = reservation_json(r);
    j_set(o, "output_tokens", j_integer(r.output_tokens));
    j_set(o, "output_cost", j_real(r.output_cost));
    return o;
}
