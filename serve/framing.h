/* Bytes as they come in, cut into lines. No I/O.
 *
 *     to = framing_room(&f, size);          read there; NULL: no memory
 *     framing_took(&f, n);
 *     while ((r = framing_next(&f, &line, &len)) == 1) {
 *         ... line, without its line break, good until framing_drop_line ...
 *         framing_drop_line(&f);
 *     }
 *     -EMSGSIZE: a line is, or will be, longer than the limit; the rest cannot be read on
 *     framing_rest(&f);                     gives memory back while nothing waits */
#ifndef SERVE_FRAMING_H
#define SERVE_FRAMING_H

#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"

struct framing {
    struct buf input;
    size_t searched; /* bytes of input known to hold no line break */
    size_t line;     /* length of the line that was given, with its line break */
    size_t limit;
};

/* limit: bytes of a line, its line break not counted; piece: the largest size that framing_room
 * will be asked for. */
void framing_init(struct framing *f, size_t limit, size_t piece);
void framing_release(struct framing *f); /* what was read is gone; usable again */

char *framing_room(struct framing *f, size_t size);
void framing_took(struct framing *f, size_t n);
/* 1: a line; 0: none is whole yet; -EMSGSIZE. */
int framing_next(struct framing *f, const char **ret, size_t *ret_len);
void framing_drop_line(struct framing *f);
/* Bytes wait that are not dropped: lines, or the beginning of one. */
bool framing_has_bytes(const struct framing *f);
void framing_rest(struct framing *f);

#endif
