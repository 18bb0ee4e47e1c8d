#include "blob.h"

#include <stdlib.h>
#include <string.h>

struct blob *blob_new(const void *bytes, size_t len)
{
    struct blob *b = malloc(sizeof(*b) + len);
    if (!b)
        return NULL;
    b->holders = 1;
    b->len = len;
    if (bytes)
        memcpy(b->bytes, bytes, len);
    return b;
}

struct blob *blob_hold(struct blob *b)
{
    b->holders++;
    return b;
}

void blob_drop(struct blob *b)
{
    if (b && --b->holders == 0)
        free(b);
}
