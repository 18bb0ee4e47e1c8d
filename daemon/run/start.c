#include "start.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/fd.h"
#include "common/log.h"
#include "daemon/core/core.h"
#include "daemon/records/record.h"
#include "daemon/records/record_archive.h"
#include "daemon/runner/runner.h"
#include "daemon/runner/runners.h"
#include "daemon/runner/spare.h"
#include "daemon/settings/config.h"
#include "run_inside.h"
#include "run_log.h"
#include "stop.h"

enum { EXIT_GRACE_MS = 100 };

/* ---- before the fork ---- */

static int fill(struct run *run, const struct start_order *o)
{
    run->council_id = strdup(o->council_id);
    run->registry = strdup(o->registry);
    run->labels = strdup(o->labels);
    run->started_by = strdup(o->started_by);
    run->question = strdup(o->question);
    run->members = strdup(o->members);
    run->limits = o->limits;
    run->shutdown = o->shutdown;
    run->keep_record = o->keep_record;
    run->deltas_on = o->deltas;
    run->start_key = o->start_key ? strdup(o->start_key) : NULL;
    run->resume_from = o->elder ? malloc(RECORD_NAME_SIZE) : NULL;
    if (run->resume_from)
        record_key_format(o->elder, run->resume_from);
    json_t *limits = run_limits_json(&o->limits);
    run->limits_json = limits ? json_dumps(limits, JSON_COMPACT) : NULL;
    json_decref(limits);
    return run->council_id && run->registry && run->labels && run->started_by && run->question &&
                   run->members && run->limits_json && (run->resume_from || !o->elder) &&
                   (run->start_key || !o->start_key)
               ? 0
               : -ENOMEM;
}

static void close_fds(struct start_fds *fds)
{
    fd_close(&fds->record);
    fd_close(&fds->folder);
}

static int open_fds(struct run *run, const struct start_order *o, struct start_fds *ret)
{
    ret->record = record_descriptor(run->record);
    if (ret->record < 0 || !o->folder)
        return ret->record < 0 ? ret->record : 0;
    ret->folder = records_folder(run->parts->records);
    return ret->folder < 0 ? ret->folder : 0;
}

static int open_record(struct run *run, const struct start_order *o, struct start_fds *ret)
{
    int r = record_open(run->parts->records, run->run_id, o->now_ms, o->record_spec->at,
                        o->record_spec->len, &run->record);
    if (r < 0)
        return r;
    run->incarnation = record_key(run->record)->incarnation;
    run->started_ms = o->now_ms;
    if (o->elder && run->keep_record)
        record_go_on_from(run->record, o->elder);
    r = o->start_key ? record_started_under(run->record, o->start_key) : 0;
    return r < 0 ? r : open_fds(run, o, ret);
}

static int find_runner(struct run *run)
{
    struct runner *r = spare_take(run->parts->spares);
    if (!r) {
        int result = runner_new(run->parts->runners, false, &r);
        if (result < 0)
            return result;
    }
    run->runner = r;
    run->has_cgroup = runner_has_cgroup(r);
    run->pid = runner_pid(r);
    return 0;
}

void start_order_release(struct start_order *o)
{
    for (size_t i = 0; i < o->n_resume; i++)
        fd_close(&o->resume_fds[i]);
    o->n_resume = 0;
}

static int refuse(enum reason_kind kind, int number, struct reason *ret)
{
    *ret = (struct reason){.kind = kind, .errnum = number};
    return 1;
}

int start_reserve(struct runs *t, const struct start_order *o, struct run **ret,
                  struct reason *ret_cause)
{
    if (!runners_have_room(runs_parts(t)->runners))
        return refuse(REASON_SPAWN, EMFILE, ret_cause);
    struct run *run = run_new(t, o->run_id);
    if (!run || fill(run, o)) {
        run_free(run);
        return -ENOMEM;
    }
    *ret = run;
    return 0;
}

static void give_up(struct run *run, struct start_fds *fds)
{
    close_fds(fds);
    if (run->record)
        record_discard(run->record);
    run_free(run);
}

int start_find(struct run *run, const struct start_order *o, struct start_fds *ret_fds,
               struct reason *ret_cause)
{
    struct start_fds fds = {-1, -1};
    enum reason_kind kind = REASON_RECORD;
    int r = open_record(run, o, &fds);
    if (r == 0) {
        kind = REASON_SPAWN;
        r = find_runner(run);
    }
    if (r < 0) {
        give_up(run, &fds);
        return refuse(kind, -r, ret_cause);
    }
    *ret_fds = fds;
    return 0;
}

/* ---- after it ---- */

/* In the order that link.md tells. */
static size_t collect_fds(int to[LINK_FDS_MAX], struct start_order *o, const struct start_fds *own)
{
    size_t n = 0;
    to[n++] = own->record;
    if (own->folder >= 0)
        to[n++] = own->folder;
    memcpy(to + n, o->resume_fds, o->n_resume * sizeof(int));
    n += o->n_resume;
    o->n_resume = 0;
    return n;
}

bool start_send(struct run *run, struct start_order *o, const struct start_fds *own)
{
    struct error err = {0};
    int fds[LINK_FDS_MAX];
    const size_t n = collect_fds(fds, o, own);
    loop_timer_set(run_loop(run), &run->timer, run->parts->core->config->start_timeout_ms);
    int limited = runner_limit(run->runner, &run->limits, &err);
    int r = runner_send_spec(run->runner, o->link_spec, fds, n);
    if (limited >= 0 && r >= 0)
        return true;
    /* The process stands there but must not work: a failed start like any other. */
    log_warning("cannot set up a runner", LOG_S("run_id", run->run_id), LOG_S("error", err.text));
    run->cause = (struct reason){.kind = REASON_SPAWN, .errnum = limited < 0 ? -limited : -r};
    return false;
}

void start_succeeded(struct run *run)
{
    run->announced = true;
    run->started_us = clock_mono_us();
    timer_clear(&run->timer);
    if (run->machine.state == RUN_RUNNING && run->limits.deadline_ms != LIMIT_NONE)
        loop_timer_set(run_loop(run), &run->timer, run->limits.deadline_ms);
    runs_started(run);
    run_watches_ready(&run->watches, run);
    run_log_started(run);
    stats_started(&run->parts->core->stats);
    spares_praise(run->parts->spares);
}

void start_await_exit(struct run *run)
{
    loop_timer_set(run_loop(run), &run->timer, EXIT_GRACE_MS);
}

void start_abort(struct run *run, enum run_event event)
{
    if (event == RUN_EV_TERMINATE) {
        reason_release(&run->cause);
        run->cause.kind = REASON_SHUTDOWN;
    } else if (run->cause.kind == REASON_NONE) {
        run->cause.kind = run->link_closed ? REASON_LINK : REASON_TIMEOUT;
    }
    stop_begin(run);
}
