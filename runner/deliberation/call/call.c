/* The life of a call: reservation, attempts, retries, fallbacks, re-asks, end. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"

#include "breaker.h"
#include "call_read.h"
#include "mapper.h"
#include "runner/deliberation/council/sub.h"
#include "runner/deliberation/state/state.h"
#include "runner/deliberation/words/digest.h"
#include "common/jx.h"
#include "tool_loop.h"

struct seat_call *call_new(struct round *r, struct seat *s, const char *kind, const char *slot)
{
    struct seat_call *c = xcalloc(1, sizeof *c);
    c->e = r->council->e;
    c->council = r->council;
    c->round = r;
    c->seat = s;
    c->kind = kind;
    c->id = slot ? xasprintf("%s:%s:%s:%s", r->key, kind, s->id, slot)
                 : xasprintf("%s:%s:%s", r->key, kind, s->id);
    c->use_reserve = strcmp(kind, "chair") == 0;
    c->reasks_left = (int)j_int(r->opts, "reask", 1);
    c->attempts = j_array();
    c->flags = j_array();
    c->tool_log = j_array();
    c->usage = USAGE_UNKNOWN;
    c->logprob = NAN;
    c->least_temperature = NAN;
    c->fallback_index = -1;
    c->next_kind = "ask";
    c->input = mapped_input(c);
    form_init(&c->form, FORM_TEXT);
    HASH_ADD_KEYPTR(hh, c->e->calls, c->id, strlen(c->id), c);
    return c;
}

void call_free(struct seat_call *c)
{
    if (!c)
        return;
    engine_drop_wants(c->e, c);
    engine_timer_clear(c->e, &c->timer);
    engine_timer_clear(c->e, &c->wait);
    HASH_DEL(c->e->calls, c);
    form_release(&c->form);
    reading_release(&c->reading);
    json_decref(c->input);
    json_decref(c->first_messages);
    json_decref(c->messages);
    json_decref(c->embed);
    json_decref(c->vectors);
    json_decref(c->presented);
    json_decref(c->presented_ids);
    json_decref(c->attempts);
    json_decref(c->flags);
    json_decref(c->tool_log);
    tool_loop_free(c->tools);
    json_decref(c->error);
    json_decref(c->result);
    json_decref(c->ask.params);
    json_decref(c->ask.tools);
    council_free(c->sub);
    free(c->sub_path);
    free(c->key);
    free(c->id);
    free(c);
}

void call_unprepare(struct seat_call *c)
{
    form_release(&c->form);
    json_decref(c->messages);
    json_decref(c->presented);
    json_decref(c->presented_ids);
    c->messages = c->presented = c->presented_ids = NULL;
}

bool call_ok(const struct seat_call *c)
{
    return c->status && strcmp(c->status, "ok") == 0;
}

/* ---- what an attempt would use ---- */

static int64_t sent_max_tokens(const struct seat_call *c, struct entry entry)
{
    if (entry.max_tokens)
        return json_integer_value(entry.max_tokens);
    return ledger_limited(&c->e->ledger) ? 8192 : -1;
}

static size_t request_bytes(const struct seat_call *c)
{
    char *messages = j_dump(c->messages), *schema = c->form.schema ? j_dump(c->form.schema) : NULL;
    json_t *offered = tool_loop_offered(c);
    char *tools = json_array_size(offered) > 0 ? j_dump(offered) : NULL;
    size_t n = strlen(messages) + (schema ? strlen(schema) : 0) + (tools ? strlen(tools) : 0);
    json_decref(offered);
    free(messages);
    free(schema);
    free(tools);
    return n;
}

static struct reservation estimate(const struct seat_call *c, int index)
{
    struct entry entry = seat_entry(c->seat, index);
    int64_t input = (int64_t)((request_bytes(c) + 2) / 3), output = sent_max_tokens(c, entry);
    if (output < 0 || c->embed)
        output = 0;
    struct usage most = {.input = input, .output = output, .cached = -1, .reasoning = -1};
    return (struct reservation){.tokens = input + output, .cost = usage_cost(most, entry.price)};
}

static bool is_stored(const struct seat_call *c);

/* What stands in the journal of an ended run costs nothing. */
struct reservation call_estimate(const struct seat_call *c)
{
    return is_stored(c) ? (struct reservation){0} : estimate(c, 0);
}

/* ---- attempts ---- */

static void tell_started(struct seat_call *c)
{
    json_t *p = j_object();
    struct entry entry = seat_entry(c->seat, 0);
    c->started = true;
    j_set(p, "index", j_integer(c->round->index));
    j_set(p, "iteration", j_integer(c->round->iteration));
    j_set(p, "member_id", j_string(c->seat->id));
    j_set(p, "call_id", j_string(c->id));
    j_set(p, "call_key", j_string(c->key));
    j_set(p, "kind", j_string(c->kind));
    j_set(p, "provider", j_string(entry.provider));
    j_set(p, "model", j_string(entry.model));
    j_ref(p, "presented", c->presented);
    j_set(p, "reserved", reservation_json(c->reserved));
    j_set(p, "reused_from", j_string(c->stored ? c->e->from_run_id : NULL));
    if (c->e->verbose)
        j_set(p, "messages", j_copy(c->messages));
    engine_emit(c->e, c->council->path, "member_started", p);
    if (j_array_has(c->flags, "material_cut"))
        engine_warn(c->e, c->round, "material_cut", c->seat->id,
                    "what this seat was shown is longer than allowed and was cut in the middle",
                    NULL);
}

/* Samples are drawn a little hotter; what the provider chooses stays its choice. */
static json_t *temperature_of(const struct seat_call *c, struct entry entry)
{
    if (!entry.temperature || isnan(c->least_temperature))
        return j_null_or(entry.temperature);
    return j_real(fmax(json_number_value(entry.temperature), c->least_temperature));
}

static json_t *params_of(const struct seat_call *c, struct entry entry)
{
    json_t *p = j_object();
    int64_t max_tokens = sent_max_tokens(c, entry);
    j_set(p, "temperature", temperature_of(c, entry));
    j_ref(p, "top_p", j_get(c->seat->doc, "top_p"));
    j_set(p, "max_tokens", max_tokens < 0 ? json_null() : j_integer(max_tokens));
    json_t *options = j_get(c->seat->doc, "provider_options");
    j_set(p, "provider_options", options ? json_incref(options) : j_object());
    const char *confidence = json_string_value(seat_confidence(c->seat));
    j_set(p, "logprobs", json_boolean(confidence && strcmp(confidence, "logprob") == 0));
    j_set(p, "tier", j_string(j_str(c->seat->doc, "tier", "mid")));
    return p;
}

static int64_t capped(const json_t *timeouts, const char *key, int64_t absent)
{
    json_t *v = json_object_get(timeouts, key);
    int64_t total = j_int(timeouts, "total_ms", 300000);
    int64_t ms = json_is_null(v) ? 0 : j_int(timeouts, key, absent);
    return ms > total ? total : ms;
}

static void fill_ask(struct seat_call *c)
{
    struct entry entry = seat_entry(c->seat, c->entry);
    json_t *timeouts = j_get(c->seat->doc, "timeouts");
    json_decref(c->ask.params);
    json_decref(c->ask.tools);
    c->ask = (struct engine_attempt){
        .path = c->council->path,
        .index = c->round->index,
        .member_id = c->seat->id,
        .kind = c->kind,
        .provider = entry.provider,
        .model = entry.model,
        .messages = c->messages,
        .embed = c->embed,
        .params = params_of(c, entry),
        .schema_name = c->form.name,
        .schema = c->form.schema,
        .tools = tool_loop_offered(c),
        .tool_choice = tool_loop_choice(c),
        .parallel_tools = j_bool(c->seat->doc, "parallel_tools", true),
        .stream = j_bool(c->seat->doc, "stream", true),
        .presented = c->presented,
        .attempt_ms = capped(timeouts, "attempt_ms", 0),
        .first_token_ms = capped(timeouts, "first_token_ms", 180000),
        .stall_ms = capped(timeouts, "stall_ms", 60000),
        .deadline_ms = c->end_ms,
    };
}

static void record_attempt(struct seat_call *c)
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

/* ---- answers of an ended run ---- */

/* The place in the chain that gave this exchange; -1 when the chain has it no more. */
static int entry_of_exchange(const struct seat_call *c, const json_t *exchange)
{
    for (int i = 0; i < seat_chain_length(c->seat); i++) {
        struct entry entry = seat_entry(c->seat, i);
        if (strcmp(entry.provider, j_str(exchange, "provider", "")) == 0 &&
            strcmp(entry.model, j_str(exchange, "model", "")) == 0)
            return i;
    }
    return -1;
}

static json_t *next_stored(struct seat_call *c)
{
    json_t *exchange = json_array_get(j_get(c->stored, "exchanges"), c->next_stored);
    if (exchange && entry_of_exchange(c, exchange) >= 0)
        return exchange;
    return NULL;
}

static char *key_of(const struct seat_call *c);

/* What the journal of the ended run has for this very question. */
static json_t *stored_for(struct seat_call *c)
{
    json_t *stored = json_object_get(c->e->stored, c->id);
    if (!stored)
        return NULL;
    if (!c->key)
        c->key = key_of(c);
    return strcmp(j_str(stored, "call_key", ""), c->key) == 0 ? stored : NULL;
}

int64_t call_answered_seq(struct seat_call *c)
{
    return j_int(stored_for(c), "answered_seq", INT64_MAX);
}

static void find_stored(struct seat_call *c)
{
    c->stored = stored_for(c);
    if (!c->stored)
        return;
    if (!next_stored(c))
        c->stored = NULL;
}

static void warn_fallback(struct seat_call *c);

/* An answer that stands in the journal of the ended run takes the place of an attempt. */
static void reuse(struct seat_call *c, json_t *exchange)
{
    int entry = entry_of_exchange(c, exchange);
    c->next_stored++;
    c->attempt = (int)j_int(exchange, "attempt", c->attempt + 1);
    for (; c->entry < entry; c->fallback_index = c->entry - 1) {
        c->entry++;
        warn_fallback(c);
    }
    record_attempt(c);
    c->state = CALL_RUNNING;
    c->reusing = true;
    call_exchange(c, exchange);
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
    record_attempt(c);
    fill_ask(c);
    c->state = CALL_RUNNING;
    engine_push_want(
        c->e,
        (struct engine_want){
            .kind = ENGINE_ATTEMPT, .call_id = c->id, .attempt = c->attempt, .ask = &c->ask},
        c);
}

static void reserve_and_send(struct seat_call *c);

static void give_up(struct seat_call *c, const char *reason)
{
    c->e->ledger.refused_calls++;
    call_end(c, "budget", reason);
}

static void fall_back(struct seat_call *c);

static void on_wait(void *arg)
{
    struct seat_call *c = arg;
    c->circuit = false;
    reserve_and_send(c);
}

void call_wait_until(struct seat_call *c, int64_t ms)
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
        fall_back(c);
        return false;
    }
    c->circuit = true;
    c->state = CALL_BACKOFF;
    if (until >= 0)
        call_wait_until(c, until);
    return false;
}

/* In the ledger of the run and in those of all inner councils around the call. The chair of an
 * inner council may use that council's reserve only. */
static enum ledger_answer reserve_all(struct seat_call *c)
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

/* Reserves and sends, or waits while other reservations of the round are open. */
static void reserve_and_send(struct seat_call *c)
{
    json_t *stored = next_stored(c);
    if (stored) {
        if (!c->started)
            tell_started(c);
        reuse(c, stored);
        return;
    }
    if (!circuit_closed(c))
        return;
    c->reserved = estimate(c, c->entry);
    switch (reserve_all(c)) {
    case LEDGER_OK:
        if (!c->started)
            tell_started(c);
        send(c);
        return;
    case LEDGER_UNKNOWN_PRICE:
        give_up(c, "price_unknown");
        return;
    case LEDGER_FULL:
        c->state = CALL_MONEY;
        if (open_reservations(c->round) == 0)
            give_up(c, "reservation_refused");
        return;
    }
}

void call_retry_money(struct seat_call *c)
{
    if (c->state == CALL_MONEY)
        reserve_and_send(c);
}

void call_go_on(struct seat_call *c, const char *kind)
{
    c->next_kind = kind;
    c->tries = 0;
    reserve_and_send(c);
}

/* ---- the beginning ---- */

static void on_end(void *arg)
{
    struct seat_call *c = arg;
    call_end(c, "timeout", c->end_reason);
}

/* At most half of the time that is left while another chair could still be asked. */
static int64_t chair_end(const struct seat_call *c)
{
    int64_t end = c->council->end_ms;
    if (c->round->chair_tries <= c->council->fallbacks)
        return c->start_ms + (end - c->start_ms) / 2;
    return end;
}

static void set_end(struct seat_call *c)
{
    int64_t total = j_int(j_get(c->seat->doc, "timeouts"), "total_ms", 300000);
    int64_t outer = c->use_reserve ? c->council->end_ms : c->round->end_ms;
    const char *outer_reason = c->use_reserve ? "run_deadline" : c->round->end_reason;
    int64_t half = c->use_reserve ? chair_end(c) : outer;
    c->end_ms = c->start_ms + total;
    c->end_reason = "total";
    if (half < c->end_ms) {
        c->end_ms = half;
        c->end_reason = half < outer ? "total" : outer_reason;
    }
    /* An end that is the round's or the run's is theirs to announce. */
    if (c->end_ms < outer)
        engine_timer_set(c->e, &c->timer, c->end_ms, on_end, c);
}

static char *key_of(const struct seat_call *c)
{
    char hex[SHA256_HEX_SIZE];
    struct entry entry = seat_entry(c->seat, 0);
    json_t *k = j_object(), *params = params_of(c, entry);
    j_set(k, "engine_version", j_string(ENGINE_VERSION));
    j_set(k, "call_id", j_string(c->id));
    j_set(k, "provider", j_string(entry.provider));
    j_set(k, "model", j_string(entry.model));
    j_ref(k, "messages", c->messages);
    j_ref(k, "max_tokens", entry.max_tokens);
    j_set(k, "temperature", temperature_of(c, entry));
    j_ref(k, "top_p", j_get(params, "top_p"));
    j_ref(k, "schema", c->form.schema);
    j_set(k, "tools", tool_loop_offered(c));
    j_set(k, "tool_choice", j_string(tool_loop_first_choice(c)));
    j_ref(k, "provider_options", j_get(params, "provider_options"));
    j_ref(k, "confidence", seat_confidence(c->seat));
    canonical_sha256(k, hex);
    json_decref(params);
    json_decref(k);
    return xstrdup(hex);
}

static bool is_stored(const struct seat_call *c)
{
    json_t *stored = json_object_get(c->e->stored, c->id);
    if (!stored || !c->messages)
        return false;
    char *key = key_of(c);
    json_t *first = json_array_get(j_get(stored, "exchanges"), 0);
    bool found = strcmp(j_str(stored, "call_key", ""), key) == 0 && first &&
                 entry_of_exchange(c, first) >= 0;
    free(key);
    return found;
}

void call_begin(struct seat_call *c)
{
    c->start_ms = c->e->now;
    c->first_messages = json_incref(c->messages);
    if (!c->key)
        c->key = key_of(c);
    set_end(c);
    if (seat_is_council(c->seat)) {
        tell_started(c);
        sub_begin(c);
        return;
    }
    c->e->n_calls++;
    find_stored(c);
    reserve_and_send(c);
}

/* ---- the end of an attempt ---- */

static void settle(struct seat_call *c, struct reservation charged, bool estimated)
{
    if (c->reusing)
        return;
    for (struct council *in = c->council; in->parent; in = in->parent)
        ledger_settle(&in->own, c->reserved, charged, estimated);
    ledger_settle(&c->e->ledger, c->reserved, charged, estimated);
    c->reserved = (struct reservation){0};
}

/* Twice the factor of the seat's tier (10.5), so that it is whole. */
static int64_t twice_tier(const struct seat *s)
{
    static const struct {
        const char *name;
        int64_t twice;
    } tiers[] = {{"nano", 1}, {"mini", 2}, {"mid", 4}, {"large", 8}, {"reasoning", 16}};
    for (size_t i = 0; i < sizeof tiers / sizeof tiers[0]; i++)
        if (strcmp(tiers[i].name, j_str(s->doc, "tier", "mid")) == 0)
            return tiers[i].twice;
    return 4;
}

static void close_record(struct seat_call *c, const json_t *fact, json_t *error, struct usage usage,
                         bool estimated, double cost)
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
    c->e->effort += twice_tier(c->seat) *
                    ((usage.input > 0 ? usage.input : 0) + (usage.output > 0 ? usage.output : 0));
    if (c->reusing) {
        c->e->saved_tokens +=
            (usage.input > 0 ? usage.input : 0) + (usage.output > 0 ? usage.output : 0);
        c->e->saved_cost += isnan(cost) ? 0 : cost;
        /* What the answers of this document cost is not known then, whoever paid for them. */
        if (isnan(cost))
            cost_add(&c->e->cost, cost);
        return;
    }
    usage_add(&c->e->usage, usage);
    cost_add(&c->e->cost, cost);
}

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
    int64_t base = j_int(retry, "base_ms", 1000), most = j_int(retry, "max_ms", 30000);
    if (strcmp(j_str(error, "kind", ""), "transient") != 0 ||
        c->tries >= j_int(retry, "max_attempts", 2))
        return -1;
    struct stream s;
    stream_init(&s, c->e->seed, "jitter/%s/%d", c->id, c->attempt);
    double real = stream_real(&s);
    stream_release(&s);
    int64_t after = j_int(error, "retry_after_ms", -1), wait;
    if (after > j_int(retry, "retry_after_max_ms", 60000))
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

static void tell_failed(struct seat_call *c, const char *next, int64_t wait, struct reservation charged)
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

static void retry_after(struct seat_call *c, int64_t wait)
{
    c->state = CALL_BACKOFF;
    c->next_kind = "retry";
    call_wait_until(c, c->e->now + wait);
}

static void warn_fallback(struct seat_call *c)
{
    struct entry entry = seat_entry(c->seat, c->entry);
    json_t *context = j_object();
    j_set(context, "provider", j_string(entry.provider));
    j_set(context, "model", j_string(entry.model));
    engine_warn(c->e, c->round, "fallback_used", c->seat->id,
                "the seat's own model failed; its fallback is asked", context);
}

static void fall_back(struct seat_call *c)
{
    c->entry++;
    c->tries = 0;
    c->fallback_index = c->entry - 1;
    c->next_kind = "fallback";
    warn_fallback(c);
    reserve_and_send(c);
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

void call_failed(struct seat_call *c, json_t *fact)
{
    json_decref(c->error);
    c->error = call_error(c, json_object_get(fact, "error"));
    struct reservation charged = {0};
    bool estimated = may_be_charged(c->error);
    if (estimated)
        charged = c->reserved;
    breaker_note(c->e, seat_entry(c->seat, c->entry).provider,
                 strcmp(j_str(c->error, "kind", ""), "transient") != 0);
    c->dead_entries += dead_for_good(j_str(c->error, "code", ""));
    int64_t wait = council_cancelled(c->council) ? -1 : retry_wait(c, c->error);
    bool fallback = wait < 0 && !council_cancelled(c->council) && can_fall_back(c, c->error);
    settle(c, charged, estimated);
    close_record(c, fact, c->error, USAGE_UNKNOWN, estimated, estimated ? (double)NAN : 0);
    tell_failed(c, wait >= 0 ? "retry" : fallback ? "fallback" : "give_up", wait, charged);
    if (wait >= 0)
        retry_after(c, wait);
    else if (fallback)
        fall_back(c);
    else
        end_with_error(c);
}

/* ---- a complete answer ---- */

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

/* Usage when none was reported: a third of the bytes, for the ledger only. */
static struct reservation charge_of(const struct seat_call *c, const json_t *fact, struct usage usage,
                                    double cost, bool *estimated)
{
    *estimated = usage.input < 0 || usage.output < 0;
    struct usage u = usage;
    if (*estimated) {
        u.input = (int64_t)((request_bytes(c) + 2) / 3);
        u.output = (int64_t)((strlen(j_str(fact, "content", "")) + 2) / 3);
    }
    if (isnan(cost))
        cost = usage_cost(u, seat_entry(c->seat, c->entry).price);
    return (struct reservation){.tokens = u.input + u.output, .cost = cost};
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
    call_go_on(c, "reask");
}

static void conclude_reading(struct seat_call *c, const json_t *fact)
{
    if (c->reading.ok)
        call_end(c, "ok", NULL);
    else if (council_cancelled(c->council))
        call_end(c, "cancelled", "run_cancelled");
    else if (c->reasks_left > 0 && c->e->now < c->end_ms)
        reask(c, fact);
    else
        call_end(c, "invalid_output", call_invalid_reason(c));
}

static void turn_of_tools(struct seat_call *c, const json_t *fact)
{
    bool refused = strcmp(tool_loop_choice(c), "none") == 0;
    c->exchanges++;
    if (council_cancelled(c->council))
        call_end(c, "cancelled", "run_cancelled");
    else if (refused)
        call_error_out(c, "tool_loop_limit", "the model calls tools and does not come to an end");
    else
        tool_loop_begin(c, fact);
}

void call_exchange(struct seat_call *c, json_t *fact)
{
    bool estimated;
    struct usage usage = usage_read(j_get(fact, "usage"));
    double cost = j_num(fact, "cost", (double)NAN);
    if (isnan(cost))
        cost = usage_cost(usage, seat_entry(c->seat, c->entry).price);
    struct reservation charged = charge_of(c, fact, usage, cost, &estimated);
    settle(c, charged, estimated);
    close_record(c, fact, NULL, usage, estimated, cost);
    json_decref(c->error);
    c->error = NULL;
    echo_exchange(c, fact, cost, charged);
    if (!c->reusing)
        breaker_note(c->e, seat_entry(c->seat, c->entry).provider, true);
    warn_substituted(c, j_str(fact, "model_served", NULL));
    if (estimated)
        engine_warn(c->e, c->round, "usage_estimated", c->seat->id,
                    "the provider reported no usage; the budget counts an estimate", NULL);
    if (tool_loop_called(c, fact)) {
        turn_of_tools(c, fact);
        return;
    }
    c->exchanges++;
    call_read(c, fact);
    conclude_reading(c, fact);
}

void call_error_out(struct seat_call *c, const char *code, const char *message)
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

/* ---- the end of the call ---- */

static void abort_attempt(struct seat_call *c, const char *kind, const char *code)
{
    json_t *error = j_object();
    j_set(error, "kind", j_string(kind));
    j_set(error, "code", j_string(code));
    j_set(error, "message", j_string("the attempt was given up by the council"));
    json_decref(c->error);
    c->error = call_error(c, error);
    json_decref(error);
    bool sent = c->attempt_turn != c->e->turn;
    breaker_note(c->e, seat_entry(c->seat, c->entry).provider, strcmp(kind, "deadline") != 0);
    struct reservation charged = sent ? c->reserved : (struct reservation){0};
    settle(c, charged, sent);
    close_record(c, NULL, c->error, USAGE_UNKNOWN, sent, sent ? (double)NAN : 0);
    tell_failed(c, "give_up", -1, charged);
    engine_push_want(
        c->e, (struct engine_want){.kind = ENGINE_ABORT, .call_id = c->id, .attempt = c->attempt},
        c);
}

/* Sums of the seat and of the run. */
static void add_up(struct seat_call *c)
{
    struct seat *s = c->seat->account ? c->seat->account : c->seat;
    double cost = c->cost.unknown ? (double)NAN : c->cost.sum;
    usage_add(&s->usage, c->usage);
    usage_add(&c->council->usage, c->usage);
    cost_add(&c->council->cost, cost);
    cost_add(&s->cost, cost);
    c->e->reused_calls += c->stored && !c->asked_live;
    c->e->unpriced_calls += !c->sub && c->cost.unknown > 0;
    s->calls++;
    s->latency_ms += c->done_ms - c->start_ms;
    if (!isnan(c->reading.confidence) && call_ok(c))
        s->confidence = c->reading.confidence;
}

static void tell_completed(struct seat_call *c)
{
    json_t *p = j_object();
    j_set(p, "index", j_integer(c->round->index));
    j_set(p, "iteration", j_integer(c->round->iteration));
    j_set(p, "member_id", j_string(c->seat->id));
    j_ref(p, "result", c->result);
    engine_emit(c->e, c->council->path, "member_completed", p);
}

void call_end(struct seat_call *c, const char *status, const char *reason)
{
    bool timeout = strcmp(status, "timeout") == 0, was_queued = c->state == CALL_QUEUED;
    if (c->state == CALL_DONE)
        return;
    if (c->state == CALL_RUNNING && json_is_null(json_object_get(c->current, "ended_ms")))
        abort_attempt(c, timeout ? "deadline" : "cancelled", timeout ? reason : "cancelled");
    if (c->state == CALL_TOOLS)
        tool_loop_stop(c);
    if (c->state == CALL_SUB)
        sub_stop(c, status, reason);
    engine_timer_clear(c->e, &c->timer);
    engine_timer_clear(c->e, &c->wait);
    c->state = CALL_DONE;
    c->status = status;
    c->reason = reason;
    c->done_ms = c->e->now;
    if (was_queued)
        c->start_ms = c->e->now;
    else
        add_up(c);
    if (c->read)
        call_inspect(c);
    c->result = call_result(c);
    tell_completed(c);
}

void call_drain(struct seat_call *c)
{
    if (c->state == CALL_SUB)
        round_drain(c->sub->round, false);
    else if (c->state != CALL_RUNNING)
        call_end(c, "cancelled", "run_cancelled");
}
