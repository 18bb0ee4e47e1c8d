/* Probes: runs that look at providers instead of running a council. They stand in the table like
 * all runs (listed, limited, terminable), leave no record, and answer their request when they are
 * gone. */
#ifndef DAEMON_METHOD_DESK_PROBE_RUN_H
#define DAEMON_METHOD_DESK_PROBE_RUN_H

#include <jansson.h>
#include <stdint.h>

#include "common/buf.h"
#include "daemon/run/runs.h"
#include "desk.h"
#include "proto/link.h"

/* All of it is borrowed. */
struct probe_order {
    enum link_probe_kind kind;
    const json_t *targets;   /* [{provider, model}] */
    const json_t *providers; /* {name: configuration} */
    int64_t timeout_ms;
};

/* Admits and starts it and turns the call into a waiting one, or answers why not. 0 or -errno for
 * internal_error. */
int probe_start(struct call *call, const struct probe_order *order);

#endif
