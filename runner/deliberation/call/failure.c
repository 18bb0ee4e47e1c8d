#include "failure.h"

#include <math.h>
#include <string.h>

#include "common/jx.h"

#include "attempt.h"
#include "call.h"
#include "runner/deliberation/state/council_data.h"
#include "runner/deliberation/state/ledger.h"
#include "runner/deliberation/state/outbox.h"
#include "runner/deliberation/state/round_state.h"
#include "runner/deliberation/state/seat.h"
#include "runner/deliberation/state/seat_call.h"
#include "runner/deliberation/state/state.h"
#include "runner/deliberation/state/usage.h"
#include "runner/deliberation/state/want.h"
#include "runner/deliberation/words/digest.h"
#include "runner/deliberation/words/need.h"
#include "spending.h"

static json_t *call_error(const struct seat_call *c, const json_t *from)
{
    struct entry entry = seat_entry(c->seat, c->entry);
    json_t *o = j_object();
    j_set(o, "kind", j_string(j_str(from, "kind", "permanent")));
    j_set(o, "code", j_string(j_str(from, "code", "transport")));
    j_set(o, "message", j_string(j_str(from, "message", "")));
    j_set(o, "member_id", j_string(c->seat->id));
    j_set(o, "round", j_string(c->round->key));
    j_set(o, "call_id", j_string(c->id));
    j_set(o, "attempt", j_integer(c->attempt));
    j_set(o, "provider", j_string(entry.provider));
    j_set(o, "model", j_string(entry.model));
    static const char *const rest[] = {"http_status", "curl_code", "retry_after_ms", "context"};
    for (size_t i = 0; i < sizeof rest / sizeof rest[0]; i++)
        j_ref(o, rest[i], j_get(from, rest[i]));
    return o;
}

static bool one_of(const char *word, const char *const *list)
{
    for (; *list; list++)
        if (strcmp(word, *list) == 0)
            return true;
    return false;
}

/* Was the request on its way when it broke? Then the provider may have done, and charged, all of
 * it. */
static bool may_be_charged(const json_t *error)
{
    static const char *const broken[] = {
        "connection_lost", "bad_response", "first_token", "response_too_large", "stall",
        "attempt",         "total",        "cancelled",   "deadline",           NULL};
    return j_int(error, "http_status", 0) < 300 && one_of(j_str(error, "code", ""), broken);
}

static bool dead_for_good(const char *code)
{
    static const char *const codes[] = {
        "auth", "insufficient_credit", "quota_exhausted", "model_not_found", "tls", NULL};
    return one_of(code, codes);
}

/* How long to wait before the next attempt at this entry; -1: there is none. */
static int64_t retry_wait(const struct seat_call *c, const json_t *error)
{
    json_t *retry = j_get(c->seat->doc, "retry");
    int64_t base = need_int(retry, "base_ms"), most = need_int(retry, "max_ms");
    if (strcmp(j_str(error, "kind", ""), "transient") != 0 ||
        c->tries >= need_int(retry, "max_attempts"))
        return -1;
    struct stream s;
    stream_init(&s, c->e->seed, "jitter/%s/%d", c->id, c->attempt);
    double real = stream_real(&s);
    stream_release(&s);
    int64_t after = j_int(error, "retry_after_ms", -1), wait;
    if (after > need_int(retry, "retry_after_max_ms"))
        return -1;
    if (after >= 0)
        wait = after + llround(real * (double)base);
    else
        wait = llround(real * fmin((double)most, (double)base * exp2(c->tries - 1)));
    return c->e->now + wait < c->end_ms ? wait : -1;
}

static bool can_fall_back(const struct seat_call *c, const json_t *error)
{
    static const char *const answers[] = {"content_filtered", "response_too_large", NULL};
    static const char *const kinds[] = {"transient", "permanent", NULL};
    return c->entry + 1 < seat_chain_length(c->seat) && c->e->now < c->end_ms &&
           one_of(j_str(error, "kind", ""), kinds) && !one_of(j_str(error, "code", ""), answers);
}

static void tell_failed(struct seat_call *c, const char *next, int64_t wait,
                        struct reservation charged)
{
    struct entry entry = seat_entry(c->seat, c->entry);
    json_t *p = j_object();
    j_set(p, "call_id", j_string(c->id));
    j_set(p, "attempt", j_integer(c->attempt));
    j_set(p, "provider", j_string(entry.provider));
    j_set(p, "model", j_string(entry.model));
    j_ref(p, "error", c->error);
    j_set(p, "next", j_string(next));
    j_set(p, "wait_ms", wait < 0 ? json_null() : j_integer(wait));
    j_set(p, "charged", reservation_json(charged));
    engine_emit(c->e, c->council->path, "attempt_failed", p);
}

/* The failure that is left decides the status. */
static void end_with_error(struct seat_call *c)
{
    static const char *const slow[] = {"first_token", "stall", "attempt", NULL};
    const char *kind = j_str(c->error, "kind", ""), *code = j_str(c->error, "code", "");
    if (dead_for_good(code) && c->dead_entries == seat_chain_length(c->seat))
        c->seat->unavailable = true;
    if (council_cancelled(c->council) || strcmp(kind, "cancelled") == 0)
        call_end(c, "cancelled", "run_cancelled");
    else if (one_of(code, slow) || strcmp(kind, "deadline") == 0)
        call_end(c, "timeout", code);
    else
        call_end(c, "error", code);
}

void failure_take(struct seat_call *c, json_t *fact)
{
    json_decref(c->error);
    c->error = call_error(c, json_object_get(fact, "error"));
    struct reservation charged = {0};
    bool estimated = may_be_charged(c->error);
    if (estimated)
        charged = c->reserved;
    attempt_note(c, strcmp(j_str(c->error, "kind", ""), "transient") != 0);
    c->dead_entries += dead_for_good(j_str(c->error, "code", ""));
    int64_t wait = council_cancelled(c->council) ? -1 : retry_wait(c, c->error);
    bool fallback = wait < 0 && !council_cancelled(c->council) && can_fall_back(c, c->error);
    spending_settle(c, charged, estimated);
    spending_close_record(c, fact, c->error, USAGE_UNKNOWN, estimated, estimated ? (double)NAN : 0);
    tell_failed(c, wait >= 0 ? "retry" : fallback ? "fallback" : "give_up", wait, charged);
    if (wait >= 0)
        attempt_retry(c, wait);
    else if (fallback)
        attempt_fall_back(c);
    else
        end_with_error(c);
}

void failure_end(struct seat_call *c, const char *code, const char *message)
{
    json_t *error = j_object();
    j_set(error, "kind", j_string("permanent"));
    j_set(error, "code", j_string(code));
    j_set(error, "message", j_string(message));
    json_decref(c->error);
    c->error = call_error(c, error);
    json_decref(error);
    call_end(c, "error", code);
}

void failure_abort(struct seat_call *c, const char *kind, const char *code)
{
    json_t *error = j_object();
    j_set(error, "kind", j_string(kind));
    j_set(error, "code", j_string(code));
    j_set(error, "message", j_string("the attempt was given up by the council"));
    json_decref(c->error);
    c->error = call_error(c, error);
    json_decref(error);
    bool sent = c->attempt_turn != c->e->turn;
    attempt_note(c, strcmp(kind, "deadline") != 0);
    struct reservation charged = sent ? c->reserved : (struct reservation){0};
    spending_settle(c, charged, sent);
    spending_close_record(c, NULL, c->error, USAGE_UNKNOWN, sent, sent ? (double)NAN : 0);
    tell_failed(c, "give_up", -1, charged);
    engine_push_want(
        c->e, (struct engine_want){.kind = ENGINE_ABORT, .call_id = c->id, .attempt = c->attempt},
        c);
}
