/* What monitors and subscriptions stand on, and the table of them all. Of the root, and outlives
 * every connection. */
#ifndef DAEMON_WATCH_WATCHERS_H
#define DAEMON_WATCH_WATCHERS_H

#include <stdint.h>

#include "daemon/run/runs.h"
#include "refs.h"
#include "serve/timer.h"
#include "tenant_kept.h"

struct core;
struct records;
struct tenant_stream;

/* The whole tenant as one stream: see tenant_watch.h. */
struct tenant {
    struct runs_observer observer;
    struct runs *runs;
    struct tenant_stream *streams;
    struct tenant_kept kept;
    struct timer progress; /* set: some run has told how far it is */
    uint64_t reloads;      /* so far */
};

struct watchers {
    struct core *core;
    struct records *records;
    struct refs refs;
    struct tenant tenant;
};

#endif
