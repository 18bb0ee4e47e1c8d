/* A prompt while it is being made: texts of others as blocks, the engine's own words, and the task
 * with its placeholders. prompt.h makes messages of it. */
#ifndef RUNNER_DELIBERATION_CALL_BLOCKS_H
#define RUNNER_DELIBERATION_CALL_BLOCKS_H

#include <jansson.h>
#include <stdbool.h>

#include "runner/deliberation/words/gate.h"
#include "runner/deliberation/words/strbuf.h"

struct seat_call;

struct prompt_block {
    int quote;     /* its number in the gate */
    char *note;    /* in words of ours, stands before the fence; "" for none */
    bool of_task;  /* stands under Task, not under Material */
    bool ground;   /* a document of the council */
    bool may_fade; /* is cut before the others when there is too much, the first one first */
};

struct prompt {
    struct seat_call *call;
    struct gate gate;
    struct prompt_block *blocks;
    int n;
    struct strbuf notes; /* the engine's own words under Material: tallies */
    struct strbuf part;  /* Your part */
};

void prompt_init(struct prompt *p, struct seat_call *call);
void prompt_release(struct prompt *p);
/* Someone else's text, the only way in which it may come into a prompt. kind is a word; header one
 * line in words of ours: a label, an id; note, which may be NULL, too. The block is the prompt's.
 */
struct prompt_block *prompt_block(struct prompt *p, const char *kind, const char *header,
                                  const char *note, const char *text);
/* Cuts the blocks to what may be shown: each by itself, then those that may fade, then all alike.
 */
void prompt_cut(struct prompt *p);
/* Writes the blocks of the task, or the others. How many there are. */
int prompt_write_blocks(struct prompt *p, struct strbuf *out, bool of_task);

/* What a council that answers in this seat is handed: {request, material: [{kind, label, note,
 * text}]}; prompt_hand_in shows it to the seats of that council. */
json_t *prompt_handed(const struct prompt *p, const char *request);
void prompt_hand_in(struct prompt *p);

/* Replaces {{role}}, {{member_id}}, {{council}}, {{input}} and {{input:/pointer}}, in one pass;
 * {{{{ stands for {{. Caller frees. */
char *expand_placeholders(const char *text, const struct seat_call *call);
/* The task as a seat sees it. Caller frees. */
char *task_text(const struct seat_call *call);
/* What the council around this one asks of it; NULL: nothing. Borrowed. */
const char *task_request(const struct seat_call *call);

#endif
