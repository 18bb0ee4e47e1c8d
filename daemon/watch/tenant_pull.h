/* What a stream of the tenant that is behind pulls until it is live: see tenant_stream.h. */
#ifndef DAEMON_WATCH_TENANT_PULL_H
#define DAEMON_WATCH_TENANT_PULL_H

enum {
    TENANT_PAGE_BYTES = 64 * 1024, /* of the line of a page; one run alone may be longer */
    TENANT_PROGRESS_MS = 500,      /* so often is progress told: twice a second */
};

struct tenant_stream;
struct watchers;

/* From a snapshot of now on, if it wants one. */
void tenant_pull_begin(struct tenant_stream *s);
/* A page, or about as much. */
void tenant_pull(struct tenant_stream *s);
/* What no stream needs any more is not kept. */
void tenant_pull_trim(struct watchers *all);

#endif
