/* The bytes of a connection: lines in, lines out, neither ever waited for.
 *
 *     wire_fill(w, &err)                  one read
 *     while (wire_line(w, &line)) {       every line that is whole
 *         ...
 *         wire_line_done(w);
 *     }
 *
 * What goes out is added to w->out, which has its maximum; wire_flush writes it. */
#ifndef CLIENT_WIRE_H
#define CLIENT_WIRE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"
#include "common/error.h"
#include "proto/json/json_span.h"

struct wire {
    int fd;
    bool mute; /* the other side takes nothing any more; what it said may still be read */
    struct buf in;
    struct buf out;
    size_t scanned; /* bytes of `in` known to hold no line feed */
    size_t taken;   /* bytes of the line that is being looked at */
};

/* Takes the descriptor over. in_max: the longest line; out_max: what may wait to be written. */
void wire_init(struct wire *w, int fd, size_t in_max, size_t out_max);
void wire_release(struct wire *w);

/* Writes what can be written now. 0, or -errno. An other side that has closed is no error: its last
 * words may be waiting to be read. */
int wire_flush(struct wire *w, struct error *err);

/* Reads once. 1: bytes came, 0: there are none, -ECONNRESET: it is over, -EMSGSIZE: the line is
 * longer than in_max, -ENOMEM. */
int wire_fill(struct wire *w, struct error *err);

/* The next whole line, without its line feed: bytes of the wire, until wire_line_done. */
bool wire_line(struct wire *w, struct json_span *ret);
void wire_line_done(struct wire *w);

#endif
