#include "spending.h"

#include <math.h>
#include <string.h>

#include "common/jx.h"
#include "proto/council/tables/words.h"

#include "ask.h"
#include "runner/deliberation/state/council_data.h"
#include "runner/deliberation/state/ledger.h"
#include "runner/deliberation/state/seat.h"
#include "runner/deliberation/state/seat_call.h"
#include "runner/deliberation/state/state.h"
#include "runner/deliberation/state/usage.h"
#include "runner/deliberation/words/need.h"

void spending_open_record(struct seat_call *c)
{
    struct entry entry = seat_entry(c->seat, c->entry);
    c->current = j_object();
    j_set(c->current, "n", j_integer(c->attempt));
    j_set(c->current, "kind", j_string(c->next_kind));
    j_set(c->current, "provider", j_string(entry.provider));
    j_set(c->current, "model", j_string(entry.model));
    j_set(c->current, "started_ms", j_integer(c->e->now));
    static const char *const later[] = {"first_token_ms", "ended_ms",        "http_status", "error",
                                        "usage",          "usage_estimated", "cost"};
    for (size_t i = 0; i < sizeof later / sizeof later[0]; i++)
        j_set(c->current, later[i], json_null());
    j_add(c->attempts, c->current);
}

/* In the ledger of the run and in those of all inner councils around the call. The chair of an
 * inner council may use that council's reserve only. */
enum ledger_answer spending_reserve(struct seat_call *c)
{
    enum ledger_answer answer;
    bool own_chair = c->use_reserve;
    for (struct council *in = c->council; in->parent; in = in->parent) {
        answer = ledger_fits(&in->own, c->reserved, 1, own_chair);
        if (answer != LEDGER_OK)
            return answer;
        own_chair = false;
    }
    answer = ledger_reserve(&c->e->ledger, c->reserved, own_chair);
    own_chair = c->use_reserve;
    for (struct council *in = c->council; answer == LEDGER_OK && in->parent; in = in->parent) {
        ledger_reserve(&in->own, c->reserved, own_chair);
        own_chair = false;
    }
    return answer;
}

void spending_settle(struct seat_call *c, struct reservation charged, bool estimated)
{
    if (c->reusing)
        return;
    for (struct council *in = c->council; in->parent; in = in->parent)
        ledger_settle(&in->own, c->reserved, charged, estimated);
    ledger_settle(&c->e->ledger, c->reserved, charged, estimated);
    c->reserved = (struct reservation){0};
}

/* Twice the factor of the seat's tier, so that it is whole. */
static int64_t twice_tier(const struct seat *s)
{
    static const int64_t twice[] = {
        [TIER_NANO] = 1, [TIER_MINI] = 2, [TIER_MID] = 4, [TIER_LARGE] = 8, [TIER_REASONING] = 16,
    };
    return twice[need_word(s->doc, "tier", TIER_NAMES)];
}

void spending_close_record(struct seat_call *c, const json_t *fact, json_t *error,
                           struct usage usage, bool estimated, double cost)
{
    if (fact && j_is_number(fact, "first_token_ms"))
        j_set(c->current, "first_token_ms", j_copy(json_object_get(fact, "first_token_ms")));
    j_set(c->current, "ended_ms", j_integer(c->e->now));
    j_ref(c->current, "http_status", j_get(error, "http_status"));
    j_ref(c->current, "error", error);
    j_set(c->current, "usage", usage_json(usage));
    j_set(c->current, "usage_estimated", json_boolean(estimated));
    j_set(c->current, "cost", j_real(cost));
    usage_add(&c->usage, usage);
    cost_add(&c->cost, cost);
    int64_t used = (usage.input > 0 ? usage.input : 0) + (usage.output > 0 ? usage.output : 0);
    c->e->effort = sum_saturated(c->e->effort, twice_tier(c->seat) * used);
    if (c->reusing) {
        c->e->saved_tokens = sum_saturated(c->e->saved_tokens, used);
        c->e->saved_cost += isnan(cost) ? 0 : cost;
        /* What the answers of this document cost is not known then, whoever paid for them. */
        if (isnan(cost))
            cost_add(&c->e->cost, cost);
        return;
    }
    usage_add(&c->e->usage, usage);
    cost_add(&c->e->cost, cost);
}

/* A token of an answer seldom has more than four bytes, and never so many. */
enum { TOKEN_BYTES_MOST = 16 };

/* The least that must have been used for what came; the request, when nothing is told of it, as
 * where no usage is reported. */
static struct usage least_used(const struct seat_call *c, const json_t *fact, struct usage told)
{
    struct usage least = {.input = 0, .cached = -1, .reasoning = -1};
    least.output = (int64_t)(strlen(j_str(fact, "content", "")) / TOKEN_BYTES_MOST);
    if (told.input == 0)
        least.input = tokens_estimated(ask_bytes(c));
    return least;
}

static struct usage estimated_usage(const struct seat_call *c, const json_t *fact)
{
    return (struct usage){
        .input = tokens_estimated(ask_bytes(c)),
        .output = tokens_estimated(strlen(j_str(fact, "content", ""))),
        .cached = -1,
        .reasoning = -1,
    };
}

static bool beyond_bounds(struct usage u)
{
    return u.input == TOKENS_MAX || u.output == TOKENS_MAX || u.cached == TOKENS_MAX ||
           u.reasoning == TOKENS_MAX;
}

static int64_t greater(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

struct charge spending_charge(const struct seat_call *c, const json_t *fact, struct usage usage,
                              double cost)
{
    json_t *price = seat_entry(c->seat, c->entry).price;
    struct charge charge = {.estimated = usage.input < 0 || usage.output < 0};
    struct usage u = charge.estimated ? estimated_usage(c, fact) : usage;
    struct usage least = charge.estimated ? u : least_used(c, fact, usage);
    double cost_least = usage_cost(least, price);
    charge.implausible = beyond_bounds(usage) || least.input > u.input || least.output > u.output;
    if (isnan(cost))
        cost = usage_cost(u, price);
    charge.sum = (struct reservation){
        .tokens = sum_saturated(greater(u.input, least.input), greater(u.output, least.output)),
        .cost = cost < cost_least ? cost_least : cost,
    };
    return charge;
}
