/* Thoughts that a model writes into its answer: "<think>...</think>" at its beginning, as servers
 * leave it that do not tell them apart themselves. Cuts a text that comes in pieces; pure. */
#ifndef RUNNER_PROVIDER_THINK_TAG_H
#define RUNNER_PROVIDER_THINK_TAG_H

#include <stdbool.h>
#include <stddef.h>

enum think_state { THINK_BEGIN, THINK_INSIDE, THINK_BEHIND, THINK_OVER };

/* All zero at the beginning. */
struct think_tag {
    enum think_state state;
    bool closed;   /* there were thoughts, and they ended */
    char held[64]; /* what may be the beginning of a tag */
    size_t held_len;
};

/* Takes a piece over; negative ends the feeding and is the answer. */
typedef int (*think_piece)(void *context, bool thought, const char *text, size_t len);

int think_tag_feed(struct think_tag *t, const char *text, size_t len, think_piece piece,
                   void *context);
/* Nothing more comes: gives out what was held. */
int think_tag_end(struct think_tag *t, think_piece piece, void *context);

/* Of a whole answer that never opened its thoughts, since the prompt's template did: the closing
 * tag stands in a line of its own, outside code, and more follows. Where the answer begins,
 * *ret_thoughts: how long the thoughts before it are; 0: there is no such tag. */
size_t think_tag_lone_end(const char *text, size_t len, size_t *ret_thoughts);

#endif
