/* The lines that wait for one connection, in order. They are kept one by one, not as a stream of
 * bytes, so that one can be taken back as long as none of it went to the socket.
 *
 * A place is reserved for lines that may not go yet: what is put there waits, and enters the queue
 * when the place is opened. Places do not hold up other lines, nor each other. A line that has to
 * follow everything that places hold is pushed with queue_push_last: it waits for all places that
 * are reserved at that moment, and for none that come later.
 *
 * A place stands inside of what waits, whose memory it is.
 *
 *     queue_reserve(&q, &place, mark);              found again with queue_place_of(&q, mark)
 *     queue_place_put(&place, line);                any number of lines, none too
 *     queue_open(&q, &place);                       they go; or queue_drop(&q, &place): they are
 *                                                   lost. The place is free in both cases
 *
 * conn.h offers the same for a connection, which flushes and keeps the queue short. */
#ifndef SERVE_QUEUE_H
#define SERVE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "out_line.h"

struct out_place {
    struct out_place *prev, *next; /* of the queue */
    struct out_line *lines;
    uint64_t mark;
    uint64_t number; /* grows with each place of a queue */
};

/* All zero at first. */
struct out_queue {
    struct out_line *first;
    size_t sent;              /* bytes of the first line that are gone */
    size_t bytes;             /* still to be sent; what places hold does not count yet */
    struct out_place *places; /* oldest first */
    struct out_line *last;    /* those that wait for places; oldest first */
    uint64_t number;          /* of the youngest place */
};

/* Frees all lines, those in places too. */
void queue_release(struct out_queue *q);
/* Takes the line, as the following ones do. */
void queue_push(struct out_queue *q, struct out_line *line);
void queue_push_last(struct out_queue *q, struct out_line *line);
/* Nothing is queued, reserved, or waits. */
bool queue_is_empty(const struct out_queue *q);

/* mark: what the place is for, the caller's own number; several places may have the same. */
void queue_reserve(struct out_queue *q, struct out_place *place, uint64_t mark);
/* The oldest with this mark; NULL: none. */
struct out_place *queue_place_of(const struct out_queue *q, uint64_t mark);
void queue_place_put(struct out_place *place, struct out_line *line);
/* Its lines enter the queue, then those that waited for this place and have no other to wait for.
 */
void queue_open(struct out_queue *q, struct out_place *place);
void queue_drop(struct out_queue *q, struct out_place *place);

/* The line of this tag, if nothing of it was written: queued or in a place? */
bool queue_has(const struct out_queue *q, const char *tag, size_t len);
/* Takes it out and frees it. False: there is none. */
bool queue_take_back(struct out_queue *q, const char *tag, size_t len);
/* One that waits in a place is queued now. False: there is none. */
bool queue_hasten(struct out_queue *q, const char *tag, size_t len);

/* Sends what the socket takes, at most about `bound` bytes: 1 when no line is queued any more, 0
 * when more is left, -EAGAIN when the socket is full, another -errno when the peer is gone. */
int queue_flush(struct out_queue *q, int fd, size_t bound);

#endif
