#include "complete_answer.h"

#include <math.h>
#include <string.h>

#include "common/jx.h"

#include "attempt.h"
#include "call.h"
#include "call_read.h"
#include "failure.h"
#include "runner/deliberation/form/reading.h"
#include "runner/deliberation/state/council_data.h"
#include "runner/deliberation/state/ledger.h"
#include "runner/deliberation/state/outbox.h"
#include "runner/deliberation/state/seat.h"
#include "runner/deliberation/state/seat_call.h"
#include "runner/deliberation/state/state.h"
#include "runner/deliberation/state/usage.h"
#include "spending.h"
#include "stored.h"
#include "tool_loop.h"
#include "tool_offer.h"

static const double COST_MAX = 1e12;

static void echo_exchange(struct seat_call *c, const json_t *fact, double cost,
                          struct reservation charged)
{
    struct entry entry = seat_entry(c->seat, c->entry);
    json_t *p = j_object();
    j_set(p, "call_id", j_string(c->id));
    j_set(p, "attempt", j_integer(c->attempt));
    j_set(p, "turn", j_integer(c->tool_turns));
    j_set(p, "provider", j_string(entry.provider));
    j_set(p, "model", j_string(entry.model));
    static const char *const same[] = {"model_served", "finish_reason", "content", "assistant",
                                       "usage"};
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++)
        j_ref(p, same[i], j_get(fact, same[i]));
    j_set(p, "cost", j_real(cost));
    j_ref(p, "first_token_ms", j_get(fact, "first_token_ms"));
    j_ref(p, "latency_ms", j_get(fact, "latency_ms"));
    static const char *const rare[] = {"structured", "tool_calls", "logprob"};
    for (size_t i = 0; i < sizeof rare / sizeof rare[0]; i++)
        if (j_get(fact, rare[i]))
            j_ref(p, rare[i], j_get(fact, rare[i]));
    j_set(p, "charged", reservation_json(c->reusing ? (struct reservation){0} : charged));
    if (c->reusing)
        j_set(p, "reused", json_true());
    engine_emit(c->e, c->council->path, "exchange_completed", p);
}

static void warn_substituted(struct seat_call *c, const char *served)
{
    const char *asked = seat_entry(c->seat, c->entry).model;
    if (!served || strncmp(served, asked, strlen(asked)) == 0)
        return;
    json_t *context = j_object();
    j_set(context, "asked", j_string(asked));
    j_set(context, "served", j_string(served));
    engine_warn(c->e, c->round, "model_substituted", c->seat->id,
                "the provider served another model than the one asked for", context);
}

static void warn_usage(struct seat_call *c, const struct charge *charge)
{
    if (charge->estimated)
        engine_warn(c->e, c->round, "usage_estimated", c->seat->id,
                    "the provider reported no usage; the budget counts an estimate", NULL);
    if (!charge->implausible)
        return;
    if (!j_array_has(c->flags, "usage_implausible"))
        j_add(c->flags, j_string("usage_implausible"));
    engine_warn(c->e, c->round, "usage_implausible", c->seat->id,
                "what the provider reported cannot have been used; the budget counts what the "
                "bytes of the answer tell",
                NULL);
}

/* The provider's own figure in USD; NAN for none. */
static double cost_told(const json_t *fact)
{
    double cost = j_num(fact, "cost", (double)NAN);
    return cost >= 0 ? fmin(cost, COST_MAX) : (double)NAN;
}

static void reask(struct seat_call *c, const json_t *fact)
{
    c->reasks_left--;
    json_t *p = j_object();
    j_set(p, "call_id", j_string(c->id));
    j_ref(p, "errors", c->reading.errors);
    engine_emit(c->e, c->council->path, "member_reask", p);
    call_add_reask(c, fact);
    reading_release(&c->reading);
    c->read = false;
    attempt_go_on(c, "reask");
}

/* An ended run could not make anything of its last answer: the next one may ask once more. */
static bool may_reask(const struct seat_call *c)
{
    bool last_of_old = c->reusing && !stored_next(c) && !c->embed;
    return (c->reasks_left > 0 || last_of_old) && c->e->now < c->end_ms;
}

static void conclude_reading(struct seat_call *c, const json_t *fact)
{
    if (c->reading.ok)
        call_end(c, "ok", NULL);
    else if (council_cancelled(c->council))
        call_end(c, "cancelled", "run_cancelled");
    else if (may_reask(c))
        reask(c, fact);
    else
        call_end(c, "invalid_output", call_invalid_reason(c));
}

static void turn_of_tools(struct seat_call *c, const json_t *fact)
{
    bool refused = strcmp(tool_offer_choice(c), "none") == 0;
    c->exchanges++;
    if (council_cancelled(c->council))
        call_end(c, "cancelled", "run_cancelled");
    else if (refused)
        failure_end(c, "tool_loop_limit", "the model calls tools and does not come to an end");
    else
        tool_loop_begin(c, fact);
}

void answer_take(struct seat_call *c, json_t *fact)
{
    struct usage usage = usage_read(j_get(fact, "usage"));
    double cost = cost_told(fact);
    if (isnan(cost))
        cost = usage_cost(usage, seat_entry(c->seat, c->entry).price);
    struct charge charge = spending_charge(c, fact, usage, cost);
    spending_settle(c, charge.sum, charge.estimated);
    spending_close_record(c, fact, NULL, usage, charge.estimated, cost);
    json_decref(c->error);
    c->error = NULL;
    echo_exchange(c, fact, cost, charge.sum);
    if (!c->reusing)
        attempt_note(c, true);
    warn_substituted(c, j_str(fact, "model_served", NULL));
    warn_usage(c, &charge);
    if (tool_offer_taken(c, fact)) {
        turn_of_tools(c, fact);
        return;
    }
    c->exchanges++;
    call_read(c, fact);
    conclude_reading(c, fact);
}
