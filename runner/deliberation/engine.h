/* The deliberation engine: decides who is asked what, how answers are read, counted and combined,
 * and when and how a run ends. It is pure: no I/O, no clock, no randomness but the seeded streams
 * of digest.h. What happened goes in (facts, with their time), events to journal and wants come
 * out. Running live, resuming a dead run and replaying a journal are this same code, fed from
 * three places.
 *
 * Live use:
 *
 *     e = engine_new(&spec);
 *     engine_start(e);
 *     for (;;) {
 *         while ((event = engine_next_event(e)))      1. journal every event, in order
 *             write the line, send it up, json_decref(event);
 *         while ((want = engine_next_want(e)))        2. only then act on what is wanted
 *             do it (attempt, abort, tool, ...); ENGINE_FINISH is the last one
 *         wait for the network, or until engine_wake_ms(e), whatever comes first
 *         engine_feed(e, ms, fact) for each thing that happened, else engine_advance(e, ms)
 *     }
 *
 * A fact is journaled before anything is done because of it: engine_next_want() gives nothing while
 * events wait to be taken.
 *
 * Times are milliseconds since the start of the run (int64_t); they must not go back (a smaller one
 * counts as the last). Timers of the engine fire inside engine_advance and engine_feed with their
 * due time as the time of what they cause, so the events depend on the facts alone and not on how
 * punctual the caller was.
 *
 * Facts are JSON objects; all other members are ignored, so a line of a journal is a fact as it is:
 *
 *   {"type": "attempt_failed", "call_id", "attempt", "error": {kind, code, message,
 *    http_status?, curl_code?, retry_after_ms?, context?}}
 *       An attempt ended without a complete answer, with its class by table 7.2 of the reference.
 *       kind: transient, permanent, deadline, cancelled. The engine decides what comes next (retry,
 *       fallback, give up), when, and what is charged.
 *   {"type": "exchange_completed", "call_id", "attempt", "model_served", "finish_reason",
 *    "content", "assistant", "usage", "cost", "first_token_ms", "latency_ms",
 *    "structured"?, "tool_calls"?, "logprob"?}
 *       An attempt ended with a complete answer. finish_reason: stop, length, tool_calls, refusal.
 *       content: text ("" when there is none). assistant: the provider's own message, any JSON or
 *       null, given back whole in the next turn. usage: {input_tokens, output_tokens,
 *       cached_input_tokens, reasoning_tokens}, each null when not reported, or null. cost: the
 *       provider's own figure in USD or null. structured: the provider's structured value where it
 *       has one apart from the text. tool_calls: [{id, name, args_raw}], args_raw as the model
 *       wrote them. logprob: mean log-probability of the content tokens, a number. first_token_ms
 *       and latency_ms count from the start of the attempt.
 *   {"type": "tool_call_result", "call_id", "turn", "id", "name", "ok", "result" or "error",
 *    "latency_ms"}
 *       A wanted tool ended. error: a string that the model may see.
 *   {"type": "cancel_requested", "mode": "drain" or "now", "reason": "client" or "deadline"}
 *   {"type": "warning", "code", "message", "member_id"?, "index"?, "context"?}
 *       Something that only the shell can know: key_missing, secret_redacted.
 *
 * Keys of providers must already be replaced in facts (reference 11.3): the engine knows no keys.
 *
 * Events are complete lines of the journal: {v, run_id, seq, ts, ms, path, type, ...}; the caller
 * writes them as they are, with JSON_COMPACT. ts is started_wall_ms + ms.
 *
 * Memory: running out of it ends the process (common/xalloc.h). */
#ifndef RUNNER_DELIBERATION_ENGINE_H
#define RUNNER_DELIBERATION_ENGINE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define ENGINE_VERSION "1"

struct engine;
struct resume;

/* What the run is. Strings are copied and JSON is referenced (not changed) by engine_new. */
struct engine_spec {
    const char *run_id;
    const char *council_id;
    json_t *council;  /* the resolved document (or auto document): names inlined, template expanded,
                         profiles merged  into the seats; absent fields have the defaults of the
                         reference;  budget holds the limits in force (smallest of all layers) */
    json_t *input;    /* any JSON */
    json_t *options;  /* options of the run spec (history, reports, metadata, ...), or NULL */
    const char *seed; /* 1..128 bytes */
    const char *council_sha256; /* of the plan; NULL: computed from `council` */
    const char *ask_sha256;     /* of the plan; NULL: computed from `council` */
    json_t *context; /* of an auto run: catalogue, providers ({name: {type}}), prices, defaults ...
                        as in the run spec, to resolve the council that is chosen; or NULL */
    json_t *reliability;         /* {key: score}: snapshot of the store, or NULL */
    int max_parallel;            /* operator's cap of calls in flight; 0: 16 */
    int64_t started_wall_ms;     /* wall clock at ms 0 */
    bool verbose;                /* member_started carries the rendered messages */
    const struct resume *resume; /* what an ended run left (resume.h), or NULL */
};

struct engine *engine_new(const struct engine_spec *spec);
void engine_free(struct engine *e);

/* Begins the run at ms 0: run_started and the first round. Once, before everything else. */
void engine_start(struct engine *e);

/* Time has passed: fires what is due. */
void engine_advance(struct engine *e, int64_t ms);

/* Something happened (the caller keeps its reference): 0 when taken; -ESTALE when it came too late
 * to matter (the call or the run is over): dropped, without an event; -EINVAL when it is no fact.
 */
int engine_feed(struct engine *e, int64_t ms, json_t *fact);

/* The time of the next engine_advance that would change something; -1: none, only facts would. */
int64_t engine_wake_ms(const struct engine *e);

/* The next event to journal, in order; the caller owns it. NULL: none is left. */
json_t *engine_next_event(struct engine *e);

enum engine_want_kind {
    ENGINE_ATTEMPT,    /* send one request */
    ENGINE_ABORT,      /* stop the attempt (call_id, attempt); report nothing about it any more */
    ENGINE_TOOL,       /* run one tool */
    ENGINE_ABORT_TOOL, /* stop the tool (call_id, turn, tool_id); report nothing about it any more
                        */
    ENGINE_FINISH,     /* the run is over: outcome and result stand in `finish`; the last want */
};

/* One request to one provider. Everything belongs to the engine. */
struct engine_attempt {
    const char *path; /* of the council inside the run, "" for the outermost */
    int index;        /* of the round */
    const char *member_id;
    const char *kind;     /* member, chair, judge, consensus, tiebreak, sample, router, auto */
    const char *provider; /* configured name */
    const char *model;
    json_t *messages; /* [{role: system, user, assistant or tool, content}]; assistant messages
                         also have "assistant" (the provider's own, may be null) and
                         "tool_calls"; tool messages have tool_call_id, name, ok */
    json_t *embed;    /* texts whose vectors are wanted, as structured {vectors: [[number]]} in the
                         order of the texts, in place of an answer to the messages; NULL: no */
    json_t *params;   /* {temperature, top_p, max_tokens (null: leave it to the provider),
                         provider_options, logprobs (bool), tier} */
    const char *schema_name; /* NULL without a schema */
    json_t *schema;          /* JSON Schema of the answer, or NULL; property order matters */
    json_t *tools;           /* [{name, description, parameters}], empty array: none */
    const char *tool_choice; /* auto, required, none or a name */
    bool parallel_tools;
    bool stream;            /* deltas may be shown to subscribers */
    json_t *presented;      /* labels or ids of the candidates in order, or null */
    int64_t attempt_ms;     /* limits from the start of this attempt, enforced by the caller, who */
    int64_t first_token_ms; /* reports attempt_failed with code attempt, first_token, stall; */
    int64_t stall_ms;       /* 0: off */
    int64_t deadline_ms;    /* absolute; the engine itself aborts the attempt then */
};

struct engine_want {
    enum engine_want_kind kind;
    const char *call_id;
    int attempt;
    const struct engine_attempt *ask; /* ENGINE_ATTEMPT */
    int turn;                         /* ENGINE_TOOL, ENGINE_ABORT_TOOL */
    const char *tool_id;
    const char *tool;        /* its name */
    json_t *tool_doc;        /* its document (kind, parameters, ...) */
    json_t *args;            /* ENGINE_TOOL: checked against the parameters */
    int64_t tool_timeout_ms; /* from its start, enforced by the caller */
    const char *outcome;     /* ENGINE_FINISH: complete, degraded, refused, failed, cancelled */
    json_t *result;          /* ENGINE_FINISH: the result document, whole */
};

/* The next want, valid until the next call of any function of this header; NULL: none, or events
 * have to be taken first. */
const struct engine_want *engine_next_want(struct engine *e);

/* A delta event (member_token or member_reasoning) of a running attempt; n counts from 0 per
 * attempt. NULL when that attempt is not running. The caller owns it. */
json_t *engine_delta(struct engine *e, const char *type, int64_t ms, const char *call_id,
                     int attempt, int64_t n, const char *text, size_t len);

/* {phase, usage, calls, council_id} as told to the supervisor; the caller owns it. */
json_t *engine_progress(struct engine *e);

bool engine_finished(const struct engine *e);

#endif
