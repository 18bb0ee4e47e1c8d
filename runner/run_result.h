/* How a run tells its result: where the line stands in the record that carries it, or, where the
 * record could not be written, the result itself.
 *
 *     result_note_event(&result, event, at, bytes)     each event that was written
 *     result_tell(&result, &parts, outcome, document)  once, last */
#ifndef RUNNER_RUN_RESULT_H
#define RUNNER_RUN_RESULT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"
#include "journal.h"
#include "proto/event.h"
#include "runner/link/tell.h"

/* A line of the record that carries a result. */
struct run_result {
    int64_t at;   /* its first byte */
    size_t bytes; /* without the line break; 0: there is none */
    bool whole;   /* nothing was left out of it */
};

struct run_result_parts {
    struct journal *journal;
    struct tell *tell;
    bool by_place;     /* councild wants to be told where it stands */
    const char *fault; /* what broke the journal; NULL: nothing has */
};

/* An event whose line stands there. Only the terminal one matters. */
void result_note_event(struct run_result *r, const json_t *event, int64_t at, size_t bytes);
/* The document is borrowed, and changed when the journal is broken: the run has then failed. */
void result_tell(struct run_result *r, const struct run_result_parts *parts, enum outcome outcome,
                 json_t *document);

#endif
