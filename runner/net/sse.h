/* Server-sent events, read incrementally: bytes go in as they arrive, cut anywhere, and each
 * complete event comes out once.
 *
 * Lines may end in LF, CR or CRLF. Comments, unknown fields, ids and retry times are passed over. A
 * byte order mark at the beginning is dropped. An event without data is not reported. Bytes are not
 * looked at beyond that: whether the data is UTF-8 or JSON is the business of its reader. */
#ifndef RUNNER_NET_SSE_H
#define RUNNER_NET_SSE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"

enum { SSE_EVENT_MAX = 4 * 1024 * 1024 }; /* bytes of one line, and of one event's data */

struct sse {
    struct buf line, data, type;
    bool after_cr; /* the last line ended in CR: an LF that follows belongs to it */
    bool any_line; /* a line was seen: no byte order mark any more */
    bool has_data; /* the event that is being read has a data field */
};

/* `type` is "" for an unnamed event; data has a NUL behind its len bytes. Both are valid during the
 * call only. A negative answer ends the feeding and is what sse_feed returns. */
typedef int (*sse_handler)(void *context, const char *type, const char *data, size_t len);

void sse_init(struct sse *s);
void sse_release(struct sse *s);

/* 0; -EMSGSIZE when a line or an event is too long, -ENOMEM, or what the handler said. After a
 * failure only sse_release may follow. */
int sse_feed(struct sse *s, const char *bytes, size_t len, sse_handler handler, void *context);
/* The stream is over: an event that lacks only its closing empty line is reported, since servers
 * forget it. Same answers as sse_feed. */
int sse_end(struct sse *s, sse_handler handler, void *context);

#endif
