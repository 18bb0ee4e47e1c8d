#include "exchange.h"

#include <errno.h>
#include <string.h>

#include "common/xalloc.h"
#include "exchange_read.h"
#include "runner/provider/put_question.h"
#include "wire.h"

enum { DRAIN_MS = 1000 };

/* ---- life ---- */

static bool wants_wire_stream(const struct provider_slot *slot)
{
    return !json_is_false(json_object_get(slot->config.doc, "stream"));
}

static int build(struct exchange *x, const struct exchange_call *call, struct error *err)
{
    const struct engine_attempt *ask = call->ask;
    if (ask->embed && !x->slot->wire->embeds)
        return error_set(err, EINVAL, "provider %s makes no vectors of texts", x->slot->name);
    struct provider_ask question = {.seed = call->seed,
                                    .call_id = call->call_id,
                                    .member_id = ask->member_id,
                                    .kind = ask->kind,
                                    .attempt = call->attempt,
                                    .model = ask->model,
                                    .messages = ask->messages,
                                    .embed = ask->embed,
                                    .params = ask->params,
                                    .schema_name = ask->schema_name,
                                    .schema = ask->schema,
                                    .tools = ask->tools,
                                    .tool_choice = ask->tool_choice,
                                    .parallel_tools = ask->parallel_tools,
                                    .presented = ask->presented,
                                    .stream = x->wire_stream};
    x->wire = provider_to_ask(x->slot->wire, &x->slot->config, &question);
    x->context_tokens = provider_family(&x->slot->config, ask->model).context;
    return provider_build(x->wire, &x->slot->config, &question, &x->request, err);
}

struct exchange *exchange_new(const struct exchange_owner *owner, void *context,
                              struct provider_slot *slot, const struct exchange_call *call)
{
    struct exchange *x = xcalloc(1, sizeof(*x));
    struct error err = {0};
    x->owner = owner;
    x->context = context;
    x->slot = slot;
    x->wire = slot->wire;
    x->call_id = xstrdup(call->call_id);
    x->member_id = xstrdup(call->ask->member_id ? call->ask->member_id : "");
    x->attempt = call->attempt;
    x->shown = call->ask->stream;
    x->wire_stream = !call->ask->embed && wants_wire_stream(slot);
    x->attempt_ms = call->ask->attempt_ms;
    x->first_token_ms = call->ask->first_token_ms;
    x->stall_ms = call->ask->stall_ms;
    x->started_ms = x->first_delta_ms = -1;
    sse_init(&x->sse);
    ndjson_init(&x->lines);
    buf_init(&x->body, HTTP_BODY_MAX);
    for (size_t i = 0; i < DELTA_TOOL; i++)
        buf_init(&x->held[i], HTTP_BODY_MAX);
    reply_init(&x->reply, exchange_hear, x);
    reply_bound(&x->reply, slot->kept_bytes);
    if (build(x, call, &err) < 0) {
        exchange_fail_with(x, "permanent", "invalid_request", err.text);
        exchange_free(x);
        return NULL;
    }
    return x;
}

void exchange_free(struct exchange *x)
{
    if (x->transfer)
        http_abort(x->transfer);
    if (x->started_ms >= 0)
        x->slot->in_flight--;
    provider_request_release(&x->request);
    sse_release(&x->sse);
    ndjson_release(&x->lines);
    buf_release(&x->body);
    for (size_t i = 0; i < DELTA_TOOL; i++)
        buf_release(&x->held[i]);
    reply_release(&x->reply);
    free(x->call_id);
    free(x->member_id);
    free(x);
}

static void send_request(struct exchange *x)
{
    struct error err = {0};
    x->again = false;
    struct http_request request = wire_request(&x->slot->config, &x->request);
    /* What is kept of a reply has its bounds where it is kept, an endless one its clocks. */
    request.body_max = SIZE_MAX;
    request.egress = x->slot->egress;
    x->transfer = http_start(x->http, &request, &EXCHANGE_HANDLER, x, &err);
    if (!x->transfer)
        exchange_fail_with(x, "permanent", "transport", err.text);
}

void exchange_begin(struct exchange *x, struct http *http, int64_t now_ms)
{
    x->state = EXCHANGE_RUNNING;
    x->started_ms = x->last_event_ms = now_ms;
    x->slot->in_flight++;
    x->http = http;
    if (!x->request.parts)
        send_request(x);
}

/* ---- clocks ---- */

/* A class of its own making; the reply counts as complete if it was so before. */
static void end_by_clock(struct exchange *x, const char *code, const char *message)
{
    if (x->reply.finish_reason && !*x->reply.fault.kind)
        exchange_answer(x);
    else
        exchange_fail_with(x, "transient", code, message);
}

static void play_parts(struct exchange *x, int64_t now_ms)
{
    int r = 0;
    while (r == 0 && x->next_part < x->request.part_count) {
        const struct provider_part *part = &x->request.parts[x->next_part];
        if (x->started_ms + part->at_ms > now_ms)
            return;
        x->next_part++;
        r = exchange_event(x, "", part->data, part->len);
    }
    struct http_response none = {x->reply.fault.http_status, "", "", "", "", "", -1};
    if (r < 0 || !x->reply.finish_reason) {
        wire_settle_fault(&x->reply.fault, &none);
        exchange_fail(x, &x->reply.fault, 0, NULL);
    } else {
        exchange_answer(x);
    }
}

static void answer_early(struct exchange *x, int64_t now_ms)
{
    exchange_answer(x);
    x->state = EXCHANGE_DRAINING;
    x->drain_until_ms = now_ms + DRAIN_MS;
}

/* When the clock that runs now will ring; -1: none does. */
static int64_t alarm_ms(const struct exchange *x, const char **ret_code)
{
    int64_t at = -1;
    *ret_code = "";
    if (x->attempt_ms > 0) {
        at = x->started_ms + x->attempt_ms;
        *ret_code = "attempt";
    }
    bool streams = x->wire_stream && x->framing != FRAMING_WHOLE;
    int64_t limit = x->first_delta_ms < 0 ? x->first_token_ms : x->stall_ms;
    if (streams && limit > 0 && (at < 0 || x->last_event_ms + limit < at)) {
        at = x->last_event_ms + limit;
        *ret_code = x->first_delta_ms < 0 ? "first_token" : "stall";
    }
    return at;
}

static void watch_clock(struct exchange *x, int64_t now_ms)
{
    const char *code;
    int64_t at = alarm_ms(x, &code);
    if (at < 0 || now_ms < at)
        return;
    if (!strcmp(code, "attempt"))
        end_by_clock(x, code, "the attempt took too long");
    else if (!strcmp(code, "first_token"))
        end_by_clock(x, code, "no first token in time");
    else
        end_by_clock(x, code, "the stream stood still");
}

void exchange_step(struct exchange *x, int64_t now_ms)
{
    if (x->state == EXCHANGE_RUNNING && x->request.parts)
        play_parts(x, now_ms);
    if (x->again)
        send_request(x);
    if (x->state == EXCHANGE_RUNNING && x->transfer && x->reply.ended && x->reply.finish_reason &&
        !*x->reply.fault.kind)
        answer_early(x, now_ms);
    if (x->state == EXCHANGE_RUNNING)
        watch_clock(x, now_ms);
    if (x->state == EXCHANGE_DRAINING && now_ms >= x->drain_until_ms)
        x->state = EXCHANGE_OVER;
}

int64_t exchange_wake_ms(const struct exchange *x)
{
    const char *code;
    if (x->state == EXCHANGE_OVER || x->again)
        return 0;
    if (x->state == EXCHANGE_DRAINING)
        return x->drain_until_ms;
    if (x->state == EXCHANGE_WAITING)
        return -1;
    int64_t at = alarm_ms(x, &code);
    if (x->request.parts && x->next_part < x->request.part_count) {
        int64_t due = x->started_ms + x->request.parts[x->next_part].at_ms;
        at = at < 0 || due < at ? due : at;
    }
    return at;
}
