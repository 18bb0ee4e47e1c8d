/* The lines that wait for one connection. They are kept one by one, not as a stream of bytes, so
 * that a DOWN can be taken back as long as none of it went to the socket. Large bodies that go to
 * many readers are shared. */
#ifndef SERVE_OUTQ_H
#define SERVE_OUTQ_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes with a count of holders. */
struct blob {
    unsigned holders;
    size_t len;
    char bytes[];
};

struct blob *blob_new(const void *bytes, size_t len); /* one holder; NULL: no memory */
struct blob *blob_hold(struct blob *b);
void blob_drop(struct blob *b); /* NULL is fine */

/* One line: its own head, then perhaps a shared tail. */
struct out_item {
    struct out_item *prev, *next;
    struct blob *tail;
    const char *ref; /* of a DOWN: points into head; else NULL */
    size_t head_len;
    char head[];
};

/* NULL: no memory. */
struct out_item *out_item_new(const void *head, size_t len);
void out_item_free(struct out_item *item); /* NULL is fine; drops the tail */

struct outq {
    struct out_item *first;
    size_t sent;  /* bytes of the first item that are gone */
    size_t bytes; /* still to be sent */
};

void outq_release(struct outq *q);
/* Takes the item. */
void outq_push(struct outq *q, struct out_item *item);
/* The DOWN of this ref, if nothing of it was written: taken out of the queue and freed. True when
 * there was one. */
bool outq_remove_down(struct outq *q, const char *ref);
bool outq_has_down(const struct outq *q, const char *ref);

/* Sends what the socket takes, at most about `bound` bytes: 1 when the queue is empty, 0 when more
 * is left, -EAGAIN when the socket is full, another -errno when the peer is gone. */
int outq_flush(struct outq *q, int fd, size_t bound);

#endif
