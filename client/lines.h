/* The bytes of a connection: lines in, lines out, neither ever waited for.
 *
 *     lines_fill(l, &err)                  one read
 *     while (lines_next(l, &line)) {       every line that is whole
 *         ...
 *         lines_done(l);
 *     }
 *
 * What goes out is added to l->out, which has its maximum; lines_flush writes it. */
#ifndef CLIENT_LINES_H
#define CLIENT_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"
#include "common/error.h"
#include "proto/json/json_span.h"

struct lines {
    int fd;
    bool mute; /* the other side takes nothing any more; what it said may still be read */
    struct buf in;
    struct buf out;
    size_t scanned; /* bytes of `in` known to hold no line feed */
    size_t taken;   /* bytes of the line that is being looked at */
};

/* Takes the descriptor over. in_max: the longest line; out_max: what may wait to be written. */
void lines_init(struct lines *l, int fd, size_t in_max, size_t out_max);
void lines_release(struct lines *l);

/* Writes what can be written now. 0, or -errno. An other side that has closed is no error: its last
 * words may be waiting to be read. */
int lines_flush(struct lines *l, struct error *err);

/* Reads once. 1: bytes came, 0: there are none, -ECONNRESET: it is over, -EMSGSIZE: the line is
 * longer than in_max, -ENOMEM. */
int lines_fill(struct lines *l, struct error *err);

/* The next whole line, without its line feed: bytes of `in`, until lines_done. */
bool lines_next(struct lines *l, struct json_span *ret);
void lines_done(struct lines *l);

#endif
