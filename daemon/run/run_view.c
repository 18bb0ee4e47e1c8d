#include "run_view.h"

#include "daemon/records/record.h"
#include "run_inside.h"
#include "runs.h"

struct run_view run_view(const struct run *run)
{
    return (struct run_view){
        .run_id = run->run_id,
        .number = run->number,
        .pid = run->pid,
        .incarnation = run->incarnation,
        .records = run->parts->records,
        .record = run->record ? record_key(run->record) : NULL,
        .council_id = run->council_id,
        .registry = run->registry,
        .labels = run->labels,
        .started_by = run->started_by,
        .limits = run->limits_json,
        .started_ms = run->started_ms,
        .started_us = run->started_us,
        .has_cgroup = run->has_cgroup,
        .phase = run->phase,
        .usage = run->usage,
        .calls = run->calls,
        .last_seq = run->last_seq,
        .outcome = run->outcome,
        .has_result = run->has_result,
        .shutdown = run->shutdown,
        .cancel = run->cancel,
        .stopped_by = run->stopped_by,
        .told_unkillable = run->told_unkillable,
        .cause = &run->cause,
        .reason = &run->reason,
        .down = run->down,
    };
}
