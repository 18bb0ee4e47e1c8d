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
 *       An attempt ended without a complete answer.
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
 *   {"type": "cancel_requested", "mode": "drain" or "now", "reason": "client" or "deadline" or
 *    "journal", "message"?}
 *       journal: the run's journal is full (drain) or broken (now), message says how: it fails.
 *   {"type": "warning", "code", "message", "member_id"?, "index"?, "context"?}
 *       Something that only the shell can know: key_missing, secret_redacted.
 *
 * Keys of providers must already be replaced in facts: the engine knows no keys.
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

#include "engine_spec.h"
#include "state/want.h"

struct engine;

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
