/* A prompt while it is being made: texts of others as blocks, the engine's own words, and the task
 * with its placeholders. prompt.h makes messages of it. */
#ifndef RUNNER_DELIBERATION_CALL_BLOCKS_H
#define RUNNER_DELIBERATION_CALL_BLOCKS_H

#include <stdbool.h>

#include "runner/deliberation/words/strbuf.h"

struct seat_call;

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

/* Replaces {{role}}, {{member_id}}, {{council}}, {{input}} and {{input:/pointer}}, in one pass;
 * {{{{ stands for {{. Caller frees. */
char *expand_placeholders(const char *text, const struct seat_call *call);
/* The task as a seat sees it. Caller frees. */
char *task_text(const struct seat_call *call);

#endif
