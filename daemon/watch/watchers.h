/* What monitors and subscriptions stand on, and the table of them all. Of the root, and outlives
 * every connection. */
#ifndef DAEMON_WATCH_WATCHERS_H
#define DAEMON_WATCH_WATCHERS_H

#include "refs.h"

struct core;
struct records;

struct watchers {
    struct core *core;
    struct records *records;
    struct refs refs;
};

#endif
