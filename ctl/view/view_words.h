/* Words that lines about events share. Text from strangers comes out escaped. */
#ifndef CTL_VIEW_VIEW_WORDS_H
#define CTL_VIEW_VIEW_WORDS_H

#include <jansson.h>

#include "common/buf.h"

/* `a, b, c` out of an array of strings, or of objects by one member of theirs; "nobody". */
void view_add_names(struct buf *to, const json_t *list, const char *key);
/* The event's member, with the path of its sub-council before it: `r0i0:legal/ ann`. */
void view_add_member(struct buf *to, const json_t *event);
/* `code: message` of an error or warning. */
void view_add_error(struct buf *to, const json_t *error);

#endif
