/* The messages of a call (reference 3.2): system message, history, and one user message with the
 * parts Task, Material, Your part, Form, absent ones left out. */
#ifndef RUNNER_DELIBERATION_CALL_PROMPT_H
#define RUNNER_DELIBERATION_CALL_PROMPT_H

#include "runner/deliberation/state/state.h"

struct prompt_block {
    const char *kind; /* answer, review, document ...; a word */
    char *header;     /* the label, one line */
    char *note;       /* stands before the fence; "" for none */
    char *text;       /* clean */
    bool of_task;     /* stands under Task, not under Material */
};

struct prompt {
    struct seat_call *call;
    struct prompt_block *blocks;
    int n;
    struct strbuf notes; /* the engine's own words under Material: tallies */
    struct strbuf part;  /* Your part */
};

void prompt_init(struct prompt *p, struct seat_call *call);
/* Someone else's text. note may be NULL. */
void prompt_block(struct prompt *p, const char *kind, const char *header, const char *note,
                  const char *text);
/* The documents that ground the task (1.2), from grounding.c. */
void prompt_grounding(struct prompt *p);
/* Writes the messages into the call and releases the prompt. */
void prompt_finish(struct prompt *p);

/* A seat's current answer as a block, under the label that this call reads. own: it is the
 * reader's. attributed: by id and role instead. */
void prompt_answer(struct prompt *p, const struct seat *writer, bool own, bool attributed);

/* Replaces the placeholders of 1.9, in one pass. Caller frees. */
char *expand_placeholders(const char *text, const struct seat_call *call);
/* The task as a seat sees it. Caller frees. */
char *task_text(const struct seat_call *call);
/* `instructions` of the round, else the default. */
void prompt_instructions(struct prompt *p, const char *absent);

/* The ids in the order in which this call shows them (1.6 order); a new array. purpose: order or
 * options. */
json_t *presented_order(const struct seat_call *call, const char *purpose, json_t *ids);

#endif
