#include "told.h"

#include "daemon/run/run_view.h"
#include "proto/reason.h"
#include "serve/pending.h"

json_t *told_identity(const struct run *run)
{
    const struct run_view seen = run_view(run);
    return json_pack("{s:s, s:i}", "run_id", seen.run_id, "pid", (int)seen.pid);
}

void told_unkillable(const struct run *run, struct pending **waiters)
{
    json_t *data = told_identity(run);
    pendings_error(waiters, RPC_UNKILLABLE, data);
    json_decref(data);
}

json_t *told_cause(const struct reason *cause)
{
    json_t *json = reason_to_json(cause);
    return json ? json_pack("{s:o}", "cause", json) : NULL;
}

void told_refused(const struct run *run, struct pending **waiters)
{
    json_t *data = told_cause(run_view(run).cause);
    pendings_error(waiters, RPC_START_FAILED, data);
    json_decref(data);
}
