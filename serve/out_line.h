/* One line on its way to a client: its own bytes, then perhaps a shared tail. It can carry a tag,
 * by which it is found again as long as nothing of it was sent: bytes that mean nothing here, so a
 * tag has to be one of a kind on its connection.
 *
 *     line = out_line_new(head, len);       the line break is the caller's
 *     out_line_tag(line, from, n);          perhaps
 *     out_line_share(line, blob);           perhaps
 *     conn_push(c, line);                   which takes it; or out_line_free(line) */
#ifndef SERVE_OUT_LINE_H
#define SERVE_OUT_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "blob.h"

struct out_line {
    struct out_line *prev, *next; /* of whoever has it */
    struct blob *tail;
    uint64_t behind;          /* queue.c: the youngest place that it waits for */
    size_t tag_from, tag_len; /* in head; no tag: tag_len 0 */
    size_t head_len;
    char head[];
};

/* NULL: no memory. */
struct out_line *out_line_new(const void *head, size_t len);
void out_line_free(struct out_line *line); /* NULL is fine; drops the tail */

/* The tag: `len` bytes of its own head, from the byte `from` on. */
void out_line_tag(struct out_line *line, size_t from, size_t len);
bool out_line_has_tag(const struct out_line *line, const char *tag, size_t len);
/* The line goes on with these bytes, which are held until it is sent. At most one tail. */
void out_line_share(struct out_line *line, struct blob *tail);

size_t out_line_len(const struct out_line *line);

#endif
