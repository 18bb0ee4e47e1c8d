#include "ndjson.h"

#include <string.h>

void ndjson_init(struct ndjson *n)
{
    buf_init(&n->line, NDJSON_LINE_MAX);
}

void ndjson_release(struct ndjson *n)
{
    buf_release(&n->line);
}

static int dispatch(struct ndjson *n, ndjson_handler handler, void *context)
{
    size_t blank = 0;
    while (blank < n->line.len && strchr(" \t\r", n->line.at[blank]))
        blank++;
    int r = blank < n->line.len ? handler(context, n->line.at, n->line.len) : 0;
    buf_clear(&n->line);
    return r < 0 ? r : 0;
}

int ndjson_feed(struct ndjson *n, const char *bytes, size_t len, ndjson_handler handler,
                void *context)
{
    int r = 0;
    while (len > 0 && r == 0) {
        const char *end = memchr(bytes, '\n', len);
        size_t part = end ? (size_t)(end - bytes) : len;
        r = buf_add(&n->line, bytes, part);
        if (r == 0 && end)
            r = dispatch(n, handler, context);
        bytes += part + (end != NULL);
        len -= part + (end != NULL);
    }
    return r;
}

int ndjson_end(struct ndjson *n, ndjson_handler handler, void *context)
{
    return dispatch(n, handler, context);
}
