/* Bytes that many hold at once: the body of an event or of a DOWN that goes to many connections is
 * kept once. They never change. */
#ifndef SERVE_BLOB_H
#define SERVE_BLOB_H

#include <stddef.h>

struct blob {
    unsigned holders;
    size_t len;
    char bytes[];
};

/* One holder, the caller. bytes NULL: room that the caller fills before anybody else gets to see
 * it. NULL: no memory. */
struct blob *blob_new(const void *bytes, size_t len);
struct blob *blob_hold(struct blob *b); /* one more; returns b */
void blob_drop(struct blob *b);         /* the last one frees it; NULL is fine */

#endif
