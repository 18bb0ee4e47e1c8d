/* The messages of a call: system message, history, and one user message with the parts Task,
 * Material, Your part, Form, absent ones left out. */
#ifndef RUNNER_DELIBERATION_CALL_PROMPT_H
#define RUNNER_DELIBERATION_CALL_PROMPT_H

#include <jansson.h>
#include <stdbool.h>

#include "blocks.h"

struct seat;

/* Writes the messages into the call and releases the prompt. */
void prompt_finish(struct prompt *p);

/* A seat's current answer as a block, under the label that this call reads. own: it is the
 * reader's. attributed: by id and role instead. */
void prompt_answer(struct prompt *p, const struct seat *writer, bool own, bool attributed);

/* `instructions` of the round, else the default. */
void prompt_instructions(struct prompt *p, const char *absent);

/* The ids in the order in which this call shows them (`order` of the anonymity in force); a new
 * array. purpose: order or options. */
json_t *presented_order(const struct seat_call *call, const char *purpose, json_t *ids);

#endif
