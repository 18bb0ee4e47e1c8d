#include "exchange_read.h"

#include <errno.h>
#include <string.h>

#include "common/jx.h"
#include "common/utf8.h"
#include "common/xalloc.h"
#include "runner/provider/repair.h"
#include "wire.h"

/* ---- what is shown while it comes ---- */

/* The first bytes of what is held. */
static void show(struct exchange *x, enum delta kind, size_t len)
{
    struct buf *held = &x->held[kind];
    if (len == 0)
        return;
    x->owner->delta(x->context, kind, x->call_id, x->attempt, x->delta_count++, held->at, len);
    buf_consume(held, len);
}

static void show_rest(struct exchange *x)
{
    for (size_t kind = 0; kind < DELTA_TOOL; kind++)
        show(x, (enum delta)kind, x->held[kind].len);
}

/* ---- facts ---- */

static json_t *fault_context(const struct exchange *x, const struct reply_fault *fault,
                             const char *request_id)
{
    json_t *context = j_object();
    if (request_id && *request_id)
        j_set(context, "request_id", j_string(request_id));
    if (!strcmp(fault->code, "context_length") && x->context_tokens > 0)
        j_set(context, "context_tokens", j_integer(x->context_tokens));
    return context;
}

void exchange_fail(struct exchange *x, const struct reply_fault *fault, int curl_code,
                   const char *request_id)
{
    char *message = x->owner->clean(x->context, fault->message[0] ? fault->message : fault->code);
    message[utf8_cut(message, strnlen(message, FAULT_MESSAGE_MAX))] = '\0';
    json_t *error =
        j_pack("{s:s, s:s, s:s}", "kind", fault->kind, "code", fault->code, "message", message);
    free(message);
    if (fault->http_status)
        j_set(error, "http_status", j_integer(fault->http_status));
    if (curl_code)
        j_set(error, "curl_code", j_integer(curl_code));
    if (fault->retry_after_ms >= 0)
        j_set(error, "retry_after_ms", j_integer(fault->retry_after_ms));
    json_t *context = fault_context(x, fault, request_id);
    if (json_object_size(context))
        j_keep(error, "context", context);
    json_decref(context);
    x->owner->fact(x->context, j_pack("{s:s, s:s, s:i, s:o}", "type", "attempt_failed", "call_id",
                                      x->call_id, "attempt", x->attempt, "error", error));
    x->state = EXCHANGE_OVER;
}

void exchange_fail_with(struct exchange *x, const char *kind, const char *code, const char *message)
{
    struct reply_fault fault;
    reply_fault_init(&fault);
    reply_fault_set(&fault, kind, code, message);
    exchange_fail(x, &fault, 0, NULL);
}

void exchange_answer(struct exchange *x)
{
    if (reply_finish(&x->reply) < 0) {
        exchange_fail(x, &x->reply.fault, 0, NULL);
        return;
    }
    show_rest(x);
    json_t *fact = reply_fact(&x->reply, provider_type_name(x->wire));
    int64_t now = x->owner->now(x->context);
    j_set(fact, "type", j_string("exchange_completed"));
    j_set(fact, "call_id", j_string(x->call_id));
    j_set(fact, "attempt", j_integer(x->attempt));
    j_set(fact, "first_token_ms",
          x->first_delta_ms < 0 ? json_null() : j_integer(x->first_delta_ms - x->started_ms));
    j_set(fact, "latency_ms", j_integer(now - x->started_ms));
    x->owner->fact(x->context, fact);
    x->state = EXCHANGE_OVER;
}

/* ---- what comes in ---- */

void exchange_hear(void *context, enum delta kind, const char *text, size_t len)
{
    struct exchange *x = context;
    if (x->first_delta_ms < 0)
        x->first_delta_ms = x->owner->now(x->context);
    if (kind == DELTA_TOOL || !x->shown)
        return;
    struct buf *held = &x->held[kind];
    if (buf_add(held, text, len) < 0)
        xcheck(NULL);
    size_t waits = x->owner->hold(x->context, held);
    show(x, kind, held->len - waits);
}

int exchange_event(void *context, const char *type, const char *data, size_t len)
{
    struct exchange *x = context;
    x->last_event_ms = x->owner->now(x->context);
    return x->wire->event(&x->reply, type, data, len);
}

static int on_line(void *context, const char *line, size_t len)
{
    return exchange_event(context, "", line, len);
}

/* A server may answer with one JSON object although a stream was asked for. */
static enum reply_framing choose_framing(const struct exchange *x,
                                         const struct http_response *response, const char *bytes,
                                         size_t len)
{
    if (response->status < 200 || response->status > 299)
        return FRAMING_ERROR;
    if (x->wire->lines && x->wire_stream)
        return FRAMING_LINES;
    if (!strncasecmp(response->content_type, "text/event-stream", 17))
        return FRAMING_SSE;
    if (!x->wire_stream || !strncasecmp(response->content_type, "application/json", 16))
        return FRAMING_WHOLE;
    return len && (*bytes == '{' || *bytes == '<') ? FRAMING_WHOLE : FRAMING_SSE;
}

static int take_bytes(struct exchange *x, const char *bytes, size_t len)
{
    if (x->framing == FRAMING_SSE)
        return sse_feed(&x->sse, bytes, len, exchange_event, x);
    if (x->framing == FRAMING_LINES)
        return ndjson_feed(&x->lines, bytes, len, on_line, x);
    return buf_add(&x->body, bytes, len);
}

static int on_body(void *context, const struct http_response *response, const char *bytes,
                   size_t len)
{
    struct exchange *x = context;
    if (x->framing == FRAMING_UNKNOWN)
        x->framing = choose_framing(x, response, bytes, len);
    int r = xresult(take_bytes(x, bytes, len));
    x->overlong = r == -EMSGSIZE;
    return r;
}

static void tell_repair(struct exchange *x, const char *parameter)
{
    char *message =
        xasprintf("%s refuses %s; it was asked again without it", x->slot->name, parameter);
    x->owner->fact(x->context,
                   j_pack("{s:s, s:s, s:s, s:s}", "type", "warning", "code", "parameter_refused",
                          "message", message, "member_id", x->member_id));
    free(message);
}

/* The next request of the same attempt takes the place of the last. */
static void ask_again(struct exchange *x, char *body)
{
    x->again = true;
    free(x->request.body);
    x->request.body = body;
    x->request.body_len = strlen(body);
    buf_clear(&x->body);
    sse_release(&x->sse);
    sse_init(&x->sse);
    x->framing = FRAMING_UNKNOWN;
    x->last_event_ms = x->owner->now(x->context);
}

/* A provider that works with tools of its own pauses, and goes on when it is asked to. One that
 * never comes to an end has written what it has written. */
static bool go_on(struct exchange *x)
{
    enum { PAUSES_MAX = 8 };
    if (!x->reply.paused || *x->reply.fault.kind || !x->wire->go_on || !x->request.body)
        return false;
    x->reply.paused = false;
    if (x->pauses++ >= PAUSES_MAX) {
        x->reply.finish_reason = "length";
        return false;
    }
    reply_spend(&x->reply);
    ask_again(x, x->wire->go_on(&x->reply, x->request.body));
    return true;
}

/* A refusal that names a parameter is no end, the first time. */
static bool repair(struct exchange *x, const struct http_result *result)
{
    const char *parameter;
    char *body = x->repaired || !x->body.len || !x->request.body
                     ? NULL
                     : repair_request(result->response.status, x->body.at, x->body.len,
                                      x->request.body, &parameter);
    if (!body)
        return false;
    x->repaired = true;
    ask_again(x, body);
    tell_repair(x, parameter);
    return true;
}

static void fail_status(struct exchange *x, const struct http_result *result)
{
    struct reply_fault fault;
    if (repair(x, result))
        return;
    reply_fault_init(&fault);
    if (x->body.len)
        x->wire->error(x->body.at, x->body.len, &fault);
    wire_settle_fault(&fault, &result->response);
    /* Of an error only the beginning is of interest: it may be we who ended it. */
    exchange_fail(x, &fault, result->refused ? 0 : result->curl_code, result->response.request_id);
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
    struct fault_class class = wire_transport_class(result);
    if (result->refused && x->overlong)
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
        xresult(sse_end(&x->sse, exchange_event, x));
    else if (x->framing == FRAMING_LINES)
        ndjson_end(&x->lines, on_line, x);
    else if (x->framing == FRAMING_WHOLE && x->body.len)
        x->wire->whole(&x->reply, x->body.at, x->body.len);
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
    if (!result->curl_code && go_on(x))
        return;
    if (*x->reply.fault.kind || x->reply.fault.http_status) {
        wire_settle_fault(&x->reply.fault, &result->response);
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
