#include "counts.h"

#include "daemon/run/runs.h"

json_t *counts_json(const struct desk *desk, const char *registry)
{
    struct runs_counts n;
    runs_tally(desk->runs, registry, &n);
    json_int_t specs = n.active + n.starting;
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:i}", "active", (json_int_t)n.active, "starting",
                     (json_int_t)n.starting, "terminating", (json_int_t)n.terminating, "specs",
                     specs, "workers", specs, "supervisors", 0);
}
