#include "attempt.h"

#include <string.h>
#include <uthash.h>

#include "common/jx.h"

#include "ask.h"
#include "breaker.h"
#include "call.h"
#include "runner/deliberation/state/engine_timer.h"
#include "runner/deliberation/state/ledger.h"
#include "runner/deliberation/state/outbox.h"
#include "runner/deliberation/state/round_state.h"
#include "runner/deliberation/state/seat.h"
#include "runner/deliberation/state/seat_call.h"
#include "runner/deliberation/state/state.h"
#include "runner/deliberation/state/want.h"
#include "spending.h"
#include "stored.h"

/* Of one call; the number comes out of a journal. */
enum { ATTEMPTS_MOST = 1000000 };

static void warn_fallback(struct seat_call *c)
{
    struct entry entry = seat_entry(c->seat, c->entry);
    json_t *context = j_object();
    j_set(context, "provider", j_string(entry.provider));
    j_set(context, "model", j_string(entry.model));
    engine_warn(c->e, c->round, "fallback_used", c->seat->id,
                "the seat's own model failed; its fallback is asked", context);
}

/* An answer that stands in the journal of the ended run takes the place of an attempt. */
static void reuse(struct seat_call *c, json_t *exchange)
{
    int entry = stored_entry(c, exchange);
    c->next_stored++;
    int64_t attempt = j_int(exchange, "attempt", c->attempt + 1);
    c->attempt = attempt > 0 && attempt < ATTEMPTS_MOST ? (int)attempt : c->attempt + 1;
    for (; c->entry < entry; c->fallback_index = c->entry - 1) {
        c->entry++;
        warn_fallback(c);
    }
    spending_open_record(c);
    c->state = CALL_RUNNING;
    c->reusing = true;
    c->answered(c, exchange);
}

static void send(struct seat_call *c)
{
    c->reusing = false;
    c->asked_live = true;
    c->attempt++;
    c->tries++;
    c->attempt_ms = c->e->now;
    c->attempt_turn = c->e->turn;
    c->e->attempts++;
    spending_open_record(c);
    ask_fill(c);
    c->state = CALL_RUNNING;
    engine_push_want(
        c->e,
        (struct engine_want){
            .kind = ENGINE_ATTEMPT, .call_id = c->id, .attempt = c->attempt, .ask = &c->ask},
        c);
}

static void give_up(struct seat_call *c, const char *reason)
{
    c->e->ledger.refused_calls++;
    call_end(c, "budget", reason);
}

static void on_wait(void *arg)
{
    struct seat_call *c = arg;
    c->circuit = false;
    attempt_next(c);
}

static void wait_until(struct seat_call *c, int64_t ms)
{
    c->state = CALL_BACKOFF;
    engine_timer_set(c->e, &c->wait, ms, on_wait, c);
}

/* May this provider be asked? Else the call goes on to its fallback, or waits. */
static bool circuit_closed(struct seat_call *c)
{
    int64_t until;
    const char *provider = seat_entry(c->seat, c->entry).provider;
    if (breaker_ask(c->e, provider, &until) == BREAKER_CLOSED)
        return true;
    engine_warn(c->e, c->round, "circuit_open", c->seat->id,
                "the provider failed too often in a row and is left alone for a while", NULL);
    if (c->entry + 1 < seat_chain_length(c->seat)) {
        attempt_fall_back(c);
        return false;
    }
    c->circuit = true;
    c->state = CALL_BACKOFF;
    if (until >= 0)
        wait_until(c, until);
    return false;
}

/* Reserves and sends, or waits while other reservations of the round are open. */
void attempt_next(struct seat_call *c)
{
    json_t *stored = stored_next(c);
    if (stored) {
        if (!c->started)
            call_tell_started(c);
        reuse(c, stored);
        return;
    }
    if (!circuit_closed(c))
        return;
    c->reserved = ask_estimate(c, c->entry);
    switch (spending_reserve(c)) {
    case LEDGER_OK:
        if (!c->started)
            call_tell_started(c);
        send(c);
        return;
    case LEDGER_UNKNOWN_PRICE:
        give_up(c, "price_unknown");
        return;
    case LEDGER_FULL:
        c->state = CALL_MONEY;
        if (round_open_reservations(c->round) == 0)
            give_up(c, "reservation_refused");
        return;
    }
}

void attempt_retry_money(struct seat_call *c)
{
    if (c->state == CALL_MONEY)
        attempt_next(c);
}

void attempt_go_on(struct seat_call *c, const char *kind)
{
    c->next_kind = kind;
    c->tries = 0;
    attempt_next(c);
}

void attempt_retry(struct seat_call *c, int64_t wait_ms)
{
    c->state = CALL_BACKOFF;
    c->next_kind = "retry";
    wait_until(c, c->e->now + wait_ms);
}

void attempt_fall_back(struct seat_call *c)
{
    c->entry++;
    c->tries = 0;
    c->fallback_index = c->entry - 1;
    c->next_kind = "fallback";
    warn_fallback(c);
    attempt_next(c);
}

/* Those that wait for this provider look again at that time, in the order in which they were made.
 */
static void wake_waiting(struct engine *e, const char *provider, int64_t at)
{
    struct seat_call *c, *next;
    HASH_ITER (hh, e->calls, c, next) {
        if (c->state == CALL_BACKOFF && c->circuit &&
            strcmp(seat_entry(c->seat, c->entry).provider, provider) == 0)
            wait_until(c, at);
    }
}

void attempt_note(struct seat_call *c, bool good)
{
    const char *provider = seat_entry(c->seat, c->entry).provider;
    int64_t at = breaker_note(c->e, provider, good);
    if (at >= 0)
        wake_waiting(c->e, provider, at);
}
