#include "crowd.h"

#include <stdlib.h>

#include "common/container.h"
#include "daemon/run/runs.h"

struct crowd *crowd_of(struct run *run, const struct run_watch_ops *ops)
{
    struct run_watch *w = run_watch_find(run_watches(run), ops);
    struct crowd *crowd = w ? CONTAINER_OF(w, struct crowd, watch) : calloc(1, sizeof(*crowd));
    if (crowd && !w)
        run_watch_hang(run_watches(run), &crowd->watch, ops);
    return crowd;
}

void crowd_drop(struct run_watch *w)
{
    free(CONTAINER_OF(w, struct crowd, watch));
}
