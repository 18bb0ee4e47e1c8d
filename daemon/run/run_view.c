#include "run_view.h"

#include <errno.h>
#include <string.h>

#include "daemon/records/record.h"
#include "run_inside.h"
#include "runs.h"

struct run_view run_view(const struct run *run)
{
    return (struct run_view){
        .run_id = run->run_id,
        .number = run->number,
        .announced_as = run->announced_as,
        .progress = run->progress,
        .pid = run->pid,
        .incarnation = run->incarnation,
        .record = run->record ? record_key(run->record) : NULL,
        .council_id = run->council_id,
        .registry = run->registry,
        .labels = run->labels,
        .started_by = run->started_by,
        .limits = run->limits_json,
        .question = run->question,
        .members = run->members,
        .started_ms = run->started_ms,
        .started_us = run->started_us,
        .has_cgroup = run->has_cgroup,
        .sandbox = run->sandbox,
        .phase = run->phase,
        .usage = run->usage,
        .calls = run->calls,
        .last_seq = run->last_seq,
        .outcome = run->outcome,
        .shutdown = run->shutdown,
        .cancel = run->cancel,
        .stopped_by = run->stopped_by,
        .told_unkillable = run->told_unkillable,
        .cause = &run->cause,
        .reason = &run->reason,
        .down = run->down,
    };
}

struct record_usage run_used(const struct run *run)
{
    const char *text = run->usage;
    return record_usage_read((struct json_span){.at = text, .len = text ? strlen(text) : 0});
}

int run_result(const struct run *run, char **ret)
{
    size_t len;
    *ret = NULL;
    if (run->result.len) {
        *ret = strndup(run->result.at, run->result.len);
        return *ret ? 0 : -ENOMEM;
    }
    const int r = run->has_result ? record_read_result(run->record, ret, &len) : 0;
    return r == -ENOMEM ? r : 0;
}
