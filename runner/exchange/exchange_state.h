/* What there is of one attempt. Private to this folder; exchange.h has the functions. */
#ifndef RUNNER_EXCHANGE_EXCHANGE_STATE_H
#define RUNNER_EXCHANGE_EXCHANGE_STATE_H

#include <stdbool.h>

#include "common/buf.h"
#include "exchange_owner.h"
#include "runner/net/http.h"
#include "runner/net/ndjson.h"
#include "runner/net/sse.h"
#include "runner/provider/provider.h"

/* A configured provider and its load. */
struct provider_slot {
    const struct provider *wire;
    struct provider_config config;
    char *name;
    const struct egress *egress;
    size_t kept_bytes;                /* of an answer; 0: not said */
    int64_t max_in_flight, in_flight; /* max 0: no limit */
    bool key_missing_told;
    struct provider_slot *next;
};

enum exchange_state {
    EXCHANGE_WAITING, /* for its turn at the provider */
    EXCHANGE_RUNNING,
    EXCHANGE_DRAINING, /* answered; the connection is left to end by itself, to be used again */
    EXCHANGE_OVER,     /* to be freed */
};

enum reply_framing { FRAMING_UNKNOWN, FRAMING_SSE, FRAMING_LINES, FRAMING_WHOLE, FRAMING_ERROR };

struct exchange {
    const struct exchange_owner *owner;
    void *context; /* of the owner */
    struct provider_slot *slot;
    const struct provider *wire; /* in which it is asked: the slot's, or its sister */
    enum exchange_state state;
    char *call_id, *member_id;
    int attempt;
    struct provider_request request;
    struct http *http;
    int64_t context_tokens; /* that the model takes; 0: not known */
    int pauses;             /* after which it was asked to go on */
    bool repaired;          /* asked again without a parameter, */
    bool again;             /* or about to be */
    bool wire_stream;       /* a stream was asked for */
    bool shown;             /* deltas may be shown */
    struct http_transfer *transfer;
    size_t next_part; /* of a reply without a network */
    enum reply_framing framing;
    struct sse sse;
    struct ndjson lines;
    struct buf body; /* of a reply in one piece, or of an error */
    bool overlong;   /* one event, or the body, was beyond what is taken */
    struct reply reply;
    int64_t attempt_ms, first_token_ms, stall_ms; /* limits, 0: off */
    int64_t started_ms, first_delta_ms;           /* -1: not yet */
    int64_t last_event_ms; /* whatever was in it; the start before there is one */
    int64_t drain_until_ms;
    struct buf held[DELTA_TOOL]; /* of each kind that is shown: what may begin a key */
    int64_t delta_count;
    struct exchange *prev, *next;
};

#endif
