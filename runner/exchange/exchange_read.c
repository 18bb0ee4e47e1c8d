#include "exchange.h"

#include <errno.h>
#include <string.h>

#include "common/clock.h"
#include "common/parse.h"
#include "common/utf8.h"
#include "common/xalloc.h"
#include "runner/net/classify.h"
#include "runner/net/retry_after.h"

/* ---- facts ---- */

void exchange_fail(struct exchange *x, const struct reply_fault *fault, int curl_code,
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

void exchange_answer(struct exchange *x)
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

/* ---- what comes in ---- */

void exchange_hear(void *context, enum delta kind, const char *text, size_t len)
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

static int on_line(void *context, const char *line, size_t len)
{
    return on_event(context, "", line, len);
}

/* A server may answer with one JSON object although a stream was asked for. */
static enum framing choose_framing(const struct exchange *x, const struct http_response *response,
                                   const char *bytes, size_t len)
{
    if (response->status < 200 || response->status > 299)
        return FRAMING_ERROR;
    if (x->slot->wire->lines && x->wire_stream)
        return FRAMING_LINES;
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
    if (x->framing == FRAMING_LINES)
        return ndjson_feed(&x->lines, bytes, len, on_line, x);
    int r = buf_add(&x->body, bytes, len);
    /* Of an error only the beginning is of interest. */
    return r == -EMSGSIZE && x->framing == FRAMING_ERROR ? 0 : r;
}

static int64_t wait_asked_for(const struct http_response *response)
{
    int64_t ms;
    if (*response->retry_after_ms && parse_int(response->retry_after_ms, 0, INT32_MAX, &ms) == 0)
        return ms;
    if (*response->retry_after)
        return retry_after_ms(response->retry_after, clock_wall_ms());
    return response->limit_ms;
}

void exchange_settle_fault(struct reply_fault *fault, const struct http_response *response)
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
    exchange_settle_fault(&fault, &result->response);
    exchange_fail(x, &fault, result->curl_code, result->response.request_id);
}

static void fail_with(struct exchange *x, const struct http_result *result, const char *kind,
                      const char *code, const char *message)
{
    struct reply_fault fault;
    reply_fault_init(&fault);
    reply_fault_set(&fault, kind, code, message);
    fault.http_status = result->response.status;
    exchange_fail(x, &fault, result->curl_code, result->response.request_id);
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
    else if (x->framing == FRAMING_LINES)
        ndjson_end(&x->lines, on_line, x);
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
        exchange_settle_fault(&x->reply.fault, &result->response);
        exchange_fail(x, &x->reply.fault, 0, result->response.request_id);
    } else if (x->reply.finish_reason) {
        exchange_answer(x);
    } else if (result->curl_code) {
        fail_transfer(x, result);
    } else {
        fail_with(x, result, "transient", "bad_response", "the reply ended before it was complete");
    }
}

const struct http_handler EXCHANGE_HANDLER = {on_body, on_done};
