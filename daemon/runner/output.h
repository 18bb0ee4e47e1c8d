/* What a runner writes to stdout or stderr: always read, never kept. Lines go to the log, cut and
 * escaped; when there are too many of them they are counted instead. */
#ifndef DAEMON_RUNNER_OUTPUT_H
#define DAEMON_RUNNER_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "runner_owner.h"
#include "serve/loop.h"

struct output {
    const struct runner_tie *tie; /* NULL: not there */
    int *fd;                      /* -1 once it is at its end */
    const char *name;
    struct watch watch;
    struct buf line;   /* the beginning of the line being read */
    bool cutting;      /* the line got too long: what follows is passed over */
    int64_t window_us; /* begin of the second that is being counted */
    unsigned logged;   /* lines in this window */
    uint64_t unlogged; /* lines not shown, altogether since the last note */
};

/* The descriptor and the tie are the runner's and stay where they are. 0 or -ENOMEM. */
int output_init(struct output *o, struct loop *loop, const struct runner_tie *tie, int *fd,
                const char *name);
void output_release(struct output *o);

/* A bounded amount. True when something was read or the end was reached now. */
bool output_read(struct output *o);
bool output_at_end(const struct output *o);

#endif
