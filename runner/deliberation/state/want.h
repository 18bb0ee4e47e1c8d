/* What the engine wants done, and the version of what it says and wants. */
#ifndef RUNNER_DELIBERATION_STATE_WANT_H
#define RUNNER_DELIBERATION_STATE_WANT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "proto/council/tables/call_kinds.h"

#define ENGINE_VERSION "2"

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
    enum call_kind kind;
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

#endif
