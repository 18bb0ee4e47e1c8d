/* One attempt. Private to exchanges.c, exchange.c and exchange_read.c; exchanges.h is the
 * interface. */
#ifndef RUNNER_EXCHANGE_EXCHANGE_H
#define RUNNER_EXCHANGE_EXCHANGE_H

#include "exchanges.h"
#include "runner/net/ndjson.h"
#include "runner/net/sse.h"
#include "runner/provider/provider.h"

/* A configured provider and its load. */
struct provider_slot {
    const struct provider *wire;
    struct provider_config config;
    char *name;
    const char *key_env; /* of the configuration, or NULL */
    int64_t max_in_flight, in_flight;
    bool key_missing_told;
    struct provider_slot *next;
};

enum exchange_state {
    EXCHANGE_WAITING, /* for its turn at the provider */
    EXCHANGE_RUNNING,
    EXCHANGE_DRAINING, /* answered; the connection is left to end by itself, to be used again */
    EXCHANGE_OVER,     /* to be freed */
};

enum framing { FRAMING_UNKNOWN, FRAMING_SSE, FRAMING_LINES, FRAMING_WHOLE, FRAMING_ERROR };

struct exchange {
    struct exchanges *owner;
    struct provider_slot *slot;
    enum exchange_state state;
    char *call_id, *member_id;
    int attempt;
    struct provider_request request;
    bool wire_stream; /* a stream was asked for */
    bool shown;       /* deltas may be shown */
    struct http_transfer *transfer;
    size_t next_part; /* of a reply without a network */
    enum framing framing;
    struct sse sse;
    struct ndjson lines;
    struct buf body; /* of a reply in one piece, or of an error */
    struct reply reply;
    int64_t attempt_ms, first_token_ms, stall_ms;      /* limits, 0: off */
    int64_t started_ms, first_delta_ms, last_delta_ms; /* -1: not yet */
    int64_t drain_until_ms;
    int64_t delta_count;
    struct exchange *prev, *next;
};

struct exchange_call {
    const char *call_id, *seed;
    int attempt;
    const struct engine_attempt *ask;
};

/* Builds the request. NULL after a failure that was told as a fact. */
struct exchange *exchange_new(struct exchanges *owner, struct provider_slot *slot,
                              const struct exchange_call *call);
void exchange_free(struct exchange *x); /* aborts; gives the provider's place back */
void exchange_begin(struct exchange *x, int64_t now_ms);
/* Delivers what is due and watches the clocks. */
void exchange_step(struct exchange *x, int64_t now_ms);
int64_t exchange_wake_ms(const struct exchange *x);

/* ---- exchange_read.c: from bytes to a fact ---- */

extern const struct http_handler EXCHANGE_HANDLER;
/* The reply's sink: marks the times and hands text on. */
void exchange_hear(void *context, enum delta kind, const char *text, size_t len);
/* Where the adapter could not tell a class, the status does. */
void exchange_settle_fault(struct reply_fault *fault, const struct http_response *response);
/* Tell the fact; the exchange is over then. request_id may be NULL. */
void exchange_fail(struct exchange *x, const struct reply_fault *fault, int curl_code,
                   const char *request_id);
void exchange_answer(struct exchange *x);

/* ---- what the owner offers ---- */

struct http *exchanges_http(struct exchanges *x);
int64_t exchanges_now(struct exchanges *x);
void exchanges_tell(struct exchanges *x, json_t *fact); /* redacts, then hooks->fact */
void exchanges_delta(struct exchanges *x, enum delta kind, const char *call_id, int attempt,
                     int64_t n, const char *text, size_t len);
char *exchanges_clean(struct exchanges *x, const char *text); /* for people, without keys */

#endif
