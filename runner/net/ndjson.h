/* Newline-delimited JSON, read incrementally: bytes go in as they arrive, cut anywhere, and each
 * line that is not blank comes out once. Whether it is JSON is the business of its reader. */
#ifndef RUNNER_NET_NDJSON_H
#define RUNNER_NET_NDJSON_H

#include <stddef.h>

#include "common/buf.h"

enum { NDJSON_LINE_MAX = 4 * 1024 * 1024 };

struct ndjson {
    struct buf line;
};

/* Valid during the call only. A negative answer ends the feeding. */
typedef int (*ndjson_handler)(void *context, const char *line, size_t len);

void ndjson_init(struct ndjson *n);
void ndjson_release(struct ndjson *n);
/* 0; -EMSGSIZE when a line is too long, -ENOMEM, or what the handler said. */
int ndjson_feed(struct ndjson *n, const char *bytes, size_t len, ndjson_handler handler,
                void *context);
/* The stream is over: a last line without a line break is reported. */
int ndjson_end(struct ndjson *n, ndjson_handler handler, void *context);

#endif
