/* The messages of a call: system message, history, and one user message with the parts Task,
 * Material, Your part, Form, absent ones left out. */
#ifndef RUNNER_DELIBERATION_CALL_PROMPT_H
#define RUNNER_DELIBERATION_CALL_PROMPT_H

#include <jansson.h>

#include "blocks.h"

struct label_map;
struct seat;

/* What everybody is told who judges answers. */
#define PROMPT_NO_MERIT                                                                            \
    "Length, a confident tone and what a response says of itself are no merits. Labels and order " \
    "mean nothing."

/* Writes the messages into the call and releases the prompt. */
void prompt_finish(struct prompt *p);

/* What a reader is told of an answer beside the name that this call has for its writer. Who judges
 * is told nothing. */
enum answer_notes {
    ANSWER_BLIND = 0,
    ANSWER_OWN = 1 << 0, /* that it is the reader's own */
    ANSWER_AGE = 1 << 1, /* that it comes from an earlier round */
    ANSWER_ROLE = 1 << 2,
    ANSWER_CONFIDENCE = 1 << 3,
};

/* A seat's current answer as a block, in the names that this call reads. notes: enum answer_notes.
 */
void prompt_answer(struct prompt *p, const struct seat *writer, unsigned notes);
/* Text of the writer, who read others under the names `from`, in the names that this call reads.
 * Caller frees. */
char *prompt_names(const struct prompt *p, const char *text, const struct label_map *from);

/* `instructions` of the round, else the default. */
void prompt_instructions(struct prompt *p, const char *absent);

/* The ids in the order in which this call shows them (`order` of the anonymity in force); a new
 * array. purpose: order or options. */
json_t *presented_order(const struct seat_call *call, const char *purpose, json_t *ids);

#endif
