#include "exchange.h"

#include <errno.h>
#include <string.h>

#include "common/clock.h"
#include "common/parse.h"
#include "common/utf8.h"
#include "common/xalloc.h"
#include "net/classify.h"
#include "net/retry_after.h"

enum { DRAIN_MS = 1000 };

/* ---- facts ---- */

static void tell_failure(struct exchange *x, const struct reply_fault *fault, int curl_code,
                         const char *request_id)
{
    char *message = exchanges_clean(x->owner, fault->message[0] ? fault->message : fault->code);
    message[utf8_cut(message, strnlen(message, FAULT_MESSAGE_MAX))] = '\0';
    json_t *error = xcheck(
        json_pack("{s:s, s:s, s:s}", "kind", fault->kind, "code", fault->code, "message", message));
    free(message);
    if (fault->http_status)
        json_object_set_new(error, "http_status", json_integer(fault->http_status));
    if (curl_code)
        json_object_set_new(error, "curl_code", json_integer(curl_code));
    if (fault->retry_after_ms >= 0)
        json_object_set_new(error, "retry_after_ms", json_integer(fault->retry_after_ms));
    if (request_id && *request_id)
        json_object_set_new(error, "context", json_pack("{s:s}", "request_id", request_id));
    exchanges_tell(x->owner,
                   xcheck(json_pack("{s:s, s:s, s:i, s:o}", "type", "attempt_failed", "call_id",
                                    x->call_id, "attempt", x->attempt, "error", error)));
    x->state = EXCHANGE_OVER;
}

static void tell_answer(struct exchange *x)
{
    json_t *fact = reply_fact(&x->reply, x->slot->wire->type);
    int64_t now = exchanges_now(x->owner);
    json_object_set_new(fact, "type", json_string("exchange_completed"));
    json_object_set_new(fact, "call_id", json_string(x->call_id));
    json_object_set_new(fact, "attempt", json_integer(x->attempt));
    json_object_set_new(fact, "first_token_ms",
                        x->first_delta_ms < 0 ? json_null()
                                              : json_integer(x->first_delta_ms - x->started_ms));
    json_object_set_new(fact, "latency_ms", json_integer(now - x->started_ms));
    exchanges_tell(x->owner, fact);
    x->state = EXCHANGE_OVER;
}

/* A class of its own making; the reply counts as complete if it was so before. */
static void end_by_clock(struct exchange *x, const char *code, const char *message)
{
    struct reply_fault fault;
    if (x->reply.finish_reason && !*x->reply.fault.kind) {
        tell_answer(x);
        return;
    }
    reply_fault_init(&fault);
    reply_fault_set(&fault, "transient", code, message);
    tell_failure(x, &fault, 0, NULL);
}

/* ---- what comes in ---- */

static void on_delta(void *context, enum delta kind, const char *text, size_t len)
{
    struct exchange *x = context;
    x->last_delta_ms = exchanges_now(x->owner);
    if (x->first_delta_ms < 0)
        x->first_delta_ms = x->last_delta_ms;
    if (kind == DELTA_TOOL)
        return;
    if (x->shown)
        exchanges_delta(x->owner, kind, x->call_id, x->attempt, x->delta_count, text, len);
    x->delta_count++;
}

static int on_event(void *context, const char *type, const char *data, size_t len)
{
    struct exchange *x = context;
    return x->slot->wire->event(&x->reply, type, data, len);
}

/* A server may answer with one JSON object although a stream was asked for. */
static enum framing choose_framing(const struct exchange *x, const struct http_response *response,
                                   const char *bytes, size_t len)
{
    if (response->status < 200 || response->status > 299)
        return FRAMING_ERROR;
    if (!strncasecmp(response->content_type, "text/event-stream", 17))
        return FRAMING_SSE;
    if (!x->wire_stream || !strncasecmp(response->content_type, "application/json", 16))
        return FRAMING_WHOLE;
    return len && (*bytes == '{' || *bytes == '<') ? FRAMING_WHOLE : FRAMING_SSE;
}

static int on_body(void *context, const struct http_response *response, const char *bytes,
                   size_t len)
{
    struct exchange *x = context;
    if (x->framing == FRAMING_UNKNOWN)
        x->framing = choose_framing(x, response, bytes, len);
    if (x->framing == FRAMING_SSE)
        return sse_feed(&x->sse, bytes, len, on_event, x);
    int r = buf_add(&x->body, bytes, len);
    /* Of an error only the beginning is of interest. */
    return r == -EMSGSIZE && x->framing == FRAMING_ERROR ? 0 : r;
}

static int64_t wait_asked_for(const struct http_response *response)
{
    int64_t ms;
    if (*response->retry_after_ms && parse_int(response->retry_after_ms, 0, INT32_MAX, &ms) == 0)
        return ms;
    return *response->retry_after ? retry_after_ms(response->retry_after, clock_wall_ms()) : -1;
}

/* Where the adapter could not tell a class, the status does. */
static void settle_fault(struct reply_fault *fault, const struct http_response *response)
{
    if (!fault->http_status)
        fault->http_status = response->status;
    if (fault->retry_after_ms < 0)
        fault->retry_after_ms = wait_asked_for(response);
    if (*fault->kind)
        return;
    struct fault_class class = classify_status(fault->http_status);
    fault->kind = class.kind;
    fault->code = class.code;
    if (!fault->message[0])
        snprintf(fault->message, sizeof(fault->message), "HTTP status %d", fault->http_status);
}

static void fail_status(struct exchange *x, const struct http_result *result)
{
    struct reply_fault fault;
    reply_fault_init(&fault);
    if (x->body.len)
        x->slot->wire->error(x->body.at, x->body.len, &fault);
    settle_fault(&fault, &result->response);
    tell_failure(x, &fault, result->curl_code, result->response.request_id);
}

static void fail_with(struct exchange *x, const struct http_result *result, const char *kind,
                      const char *code, const char *message)
{
    struct reply_fault fault;
    reply_fault_init(&fault);
    reply_fault_set(&fault, kind, code, message);
    fault.http_status = result->response.status;
    tell_failure(x, &fault, result->curl_code, result->response.request_id);
}

static void fail_transfer(struct exchange *x, const struct http_result *result)
{
    struct fault_class class = classify_transport(result->curl_code);
    if (result->too_large)
        fail_with(x, result, "permanent", "response_too_large", "the reply is too long");
    else if (result->refused)
        fail_with(x, result, "transient", "bad_response", "the reply cannot be read");
    else
        fail_with(x, result, class.kind, class.code, result->message);
}

/* The last bytes are in: makes of them what can be made. */
static void read_rest(struct exchange *x)
{
    if (x->framing == FRAMING_SSE)
        sse_end(&x->sse, on_event, x);
    else if (x->framing == FRAMING_WHOLE && x->body.len)
        x->slot->wire->whole(&x->reply, x->body.at, x->body.len);
}

static void on_done(void *context, const struct http_result *result)
{
    struct exchange *x = context;
    int status = result->response.status;
    x->transfer = NULL;
    if (x->state == EXCHANGE_DRAINING) {
        x->state = EXCHANGE_OVER;
        return;
    }
    if (status >= 300 || (status && status < 200)) {
        fail_status(x, result);
        return;
    }
    if (!result->curl_code)
        read_rest(x);
    if (*x->reply.fault.kind || x->reply.fault.http_status) {
        settle_fault(&x->reply.fault, &result->response);
        tell_failure(x, &x->reply.fault, 0, result->response.request_id);
    } else if (x->reply.finish_reason) {
        tell_answer(x);
    } else if (result->curl_code) {
        fail_transfer(x, result);
    } else {
        fail_with(x, result, "transient", "bad_response", "the reply ended before it was complete");
    }
}

/* ---- life ---- */

static bool wants_wire_stream(const struct provider_slot *slot)
{
    return !json_is_false(json_object_get(slot->config.doc, "stream"));
}

static int build(struct exchange *x, const struct exchange_call *call, struct error *err)
{
    const struct engine_attempt *ask = call->ask;
    struct provider_ask question = {.seed = call->seed,
                                    .call_id = call->call_id,
                                    .member_id = ask->member_id,
                                    .kind = ask->kind,
                                    .attempt = call->attempt,
                                    .model = ask->model,
                                    .messages = ask->messages,
                                    .params = ask->params,
                                    .schema_name = ask->schema_name,
                                    .schema = ask->schema,
                                    .tools = ask->tools,
                                    .tool_choice = ask->tool_choice,
                                    .parallel_tools = ask->parallel_tools,
                                    .presented = ask->presented,
                                    .stream = x->wire_stream};
    return x->slot->wire->build(&x->slot->config, &question, &x->request, err);
}

struct exchange *exchange_new(struct exchanges *owner, struct provider_slot *slot,
                              const struct exchange_call *call)
{
    struct exchange *x = xcalloc(1, sizeof(*x));
    struct error err = {0};
    x->owner = owner;
    x->slot = slot;
    x->call_id = xstrdup(call->call_id);
    x->member_id = xstrdup(call->ask->member_id ? call->ask->member_id : "");
    x->attempt = call->attempt;
    x->shown = call->ask->stream;
    x->wire_stream = wants_wire_stream(slot);
    x->attempt_ms = call->ask->attempt_ms;
    x->first_token_ms = call->ask->first_token_ms;
    x->stall_ms = call->ask->stall_ms;
    x->started_ms = x->first_delta_ms = x->last_delta_ms = -1;
    sse_init(&x->sse);
    buf_init(&x->body, HTTP_BODY_MAX);
    reply_init(&x->reply, on_delta, x);
    if (build(x, call, &err) < 0) {
        struct reply_fault fault;
        reply_fault_init(&fault);
        reply_fault_set(&fault, "permanent", "invalid_request", err.text);
        tell_failure(x, &fault, 0, NULL);
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
    buf_release(&x->body);
    reply_release(&x->reply);
    free(x->call_id);
    free(x->member_id);
    free(x);
}

static const char *text_of(const struct provider_slot *slot, const char *name)
{
    return json_string_value(json_object_get(slot->config.doc, name));
}

void exchange_begin(struct exchange *x, int64_t now_ms)
{
    static const struct http_handler HANDLER = {on_body, on_done};
    struct error err = {0};
    x->state = EXCHANGE_RUNNING;
    x->started_ms = now_ms;
    x->slot->in_flight++;
    if (x->request.parts)
        return;
    struct http_request request = {.url = x->request.url,
                                   .headers = (const char *const *)x->request.headers,
                                   .body = x->request.body,
                                   .body_len = x->request.body_len,
                                   .ca_file = text_of(x->slot, "ca_file"),
                                   .client_cert = text_of(x->slot, "client_cert"),
                                   .client_key = text_of(x->slot, "client_key"),
                                   .proxy = text_of(x->slot, "proxy")};
    x->transfer = http_start(exchanges_http(x->owner), &request, &HANDLER, x, &err);
    /* The transfer has its own copy. */
    provider_request_release(&x->request);
    if (!x->transfer) {
        struct reply_fault fault;
        reply_fault_init(&fault);
        reply_fault_set(&fault, "permanent", "transport", err.text);
        tell_failure(x, &fault, 0, NULL);
    }
}

/* ---- clocks ---- */

static void play_parts(struct exchange *x, int64_t now_ms)
{
    int r = 0;
    while (r == 0 && x->next_part < x->request.part_count) {
        const struct provider_part *part = &x->request.parts[x->next_part];
        if (x->started_ms + part->at_ms > now_ms)
            return;
        x->next_part++;
        r = x->slot->wire->event(&x->reply, "", part->data, part->len);
    }
    struct http_response none = {x->reply.fault.http_status, "", "", "", ""};
    if (r < 0 || !x->reply.finish_reason) {
        settle_fault(&x->reply.fault, &none);
        tell_failure(x, &x->reply.fault, 0, NULL);
    } else {
        tell_answer(x);
    }
}

static void answer_early(struct exchange *x, int64_t now_ms)
{
    tell_answer(x);
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
    int64_t from = x->first_delta_ms < 0 ? x->started_ms : x->last_delta_ms;
    if (streams && limit > 0 && (at < 0 || from + limit < at)) {
        at = from + limit;
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
    if (x->state == EXCHANGE_OVER)
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
