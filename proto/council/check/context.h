/* What a council document is resolved against. */
#ifndef PROTO_COUNCIL_CHECK_CONTEXT_H
#define PROTO_COUNCIL_CHECK_CONTEXT_H

#include <stdint.h>

#include <jansson.h>

#include "catalogue.h"

/* All pointers are borrowed; NULL stands for empty. */
struct council_context {
    const struct catalogue *catalogue;
    const json_t *providers;     /* {name: {type, ...}}: the configured providers */
    const json_t *prices;        /* {"provider/model" or "model": {input, output, cached_input?}} */
    const json_t *defaults;      /* the operator's bundle */
    const json_t *budget;        /* the operator's limits */
    const json_t *allow_options; /* {format: [name]}: of provider_options, beyond seat/allowed.h */
    const json_t *reliability;   /* the store (reliability.h); councild only */
    int64_t max_planned_calls;   /* 0: 2000 */
    int64_t max_parallel;        /* 0: 16; default and cap of a round's max_parallel */
};

/* The system message of a seat without a system_prompt. */
#define COUNCIL_DEFAULT_SYSTEM_PROMPT                                                              \
    "You are one member of a council that works on a task. Think for yourself and say where you "  \
    "are unsure."

#endif
