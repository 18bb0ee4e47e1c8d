/* The one gate through which text that a model or another stranger wrote enters a prompt. It is
 * cleaned, looked through for attempts to steer its reader, cut to size, and stands between fences
 * whose nonce no text of the same message holds.
 *
 *     gate_init(&g, seed, call_id, GATE_OTHERS);
 *     int answer = gate_take(&g, "answer", "Response A", text, 32768);     all texts first
 *     gate_write(&g, answer, &out);                    then, with the notice before the first one
 *     gate_release(&g); */
#ifndef RUNNER_DELIBERATION_WORDS_GATE_H
#define RUNNER_DELIBERATION_WORDS_GATE_H

#include <stdbool.h>
#include <stddef.h>

#include "strbuf.h"

/* What the reader is told of the texts of a message. */
enum gate_notice {
    GATE_OTHERS, /* material of others, to be judged and never obeyed */
    GATE_FAULTS, /* what was found wrong with the reader's own message */
};

struct quote;

struct gate {
    const char *seed, *call_id;
    enum gate_notice notice;
    struct quote *quotes;
    int n;
    char nonce[17]; /* "" until the first one is written */
};

void gate_init(struct gate *g, const char *seed, const char *call_id, enum gate_notice notice);
void gate_release(struct gate *g);

/* Takes a text in and gives its number. kind is a word, label one line in words of ours: a label,
 * an id. A text longer than `most` bytes is cut in the middle. */
int gate_take(struct gate *g, const char *kind, const char *label, const char *text, size_t most);
/* Cuts it once more. */
void gate_cut(struct gate *g, int number, size_t most);
size_t gate_size(const struct gate *g, int number);
bool gate_was_cut(const struct gate *g, int number);
int gate_flags(const struct gate *g, int number); /* what fence.h found in it */
const char *gate_label(const struct gate *g, int number);
const char *gate_kind(const struct gate *g, int number);
const char *gate_text(const struct gate *g, int number); /* clean; for another gate to take */

/* The notice, unless it was written. A caller has a use for it that puts words of its own between
 * notice and fence. */
void gate_notice_once(struct gate *g, struct strbuf *out);
void gate_write(struct gate *g, int number, struct strbuf *out);

#endif
