#include "start.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/fd.h"
#include "common/log.h"
#include "daemon/method/dispatch.h"
#include "daemon/method/probe_run.h"
#include "daemon/records/record.h"
#include "daemon/runner/runlink.h"
#include "daemon/runner/runner.h"
#include "daemon/runner/spare.h"
#include "daemon/server.h"
#include "daemon/watch/monitor.h"
#include "daemon/watch/subscribe.h"
#include "serve/conn.h"
#include "serve/pending.h"
#include "stop.h"

enum { EXIT_GRACE_MS = 100 };

/* ---- before the fork ---- */

static int refuse(struct call *call, enum reason_kind kind, int number)
{
    struct reason cause = {.kind = kind, .errnum = number};
    return call_error(call, RPC_START_FAILED, start_cause_json(&cause));
}

static int fill(struct run *run, const struct start_order *o)
{
    run->council_id = strdup(o->council_id);
    run->registry = strdup(o->registry);
    run->labels = strdup(o->labels);
    run->started_by = strdup(o->started_by);
    run->limits = o->limits;
    run->shutdown = o->shutdown;
    run->keep_record = o->keep_record;
    run->is_probe = o->is_probe;
    run->start_monitor = o->monitor;
    run->start_subscribe = o->subscribe;
    run->warnings = json_incref(o->warnings);
    run->deltas_on = false;
    json_t *limits = run_limits_json(&o->limits);
    run->limits_json = limits ? json_dumps(limits, JSON_COMPACT) : NULL;
    json_decref(limits);
    return run->council_id && run->registry && run->labels && run->started_by && run->limits_json
               ? 0
               : -ENOMEM;
}

static int open_record(struct run *run, const struct start_order *o, int *ret_journal)
{
    int r = record_open(run->server->records, run->run_id, o->now_ms, o->record_spec->at,
                        o->record_spec->len, &run->record);
    if (r < 0)
        return r;
    run->incarnation = record_key(run->record)->incarnation;
    run->started_ms = o->now_ms;
    *ret_journal = record_journal(run->record);
    return *ret_journal < 0 ? *ret_journal : 0;
}

static int find_runner(struct run *run)
{
    struct runner *r = spare_take(run->server);
    if (!r) {
        int result = runner_new(run->server, &r);
        if (result < 0)
            return result;
    }
    run->runner = r;
    run->has_cgroup = r->has_cgroup;
    run->pid = r->child.pid;
    r->run = run;
    return 0;
}

/* ---- the fork and after ---- */

static void send_spec(struct run *run, struct start_order *o, int journal)
{
    struct server *s = run->server;
    struct error err = {0};
    int fds[LINK_FDS_MAX] = {journal, o->resume_fd};
    size_t n = o->resume_fd < 0 ? 1 : 2;
    o->resume_fd = -1;
    loop_timer_set(s->loop, &run->timer, s->config->start_timeout_ms);
    if (run->limits.open_files != LIMIT_NONE)
        runner_await_exec(run->runner);
    int limited = run_limits_apply(&run->limits, run->pid, run->has_cgroup ? s->cgroups : NULL,
                                   run->runner->serial, &err);
    int r = runlink_send_spec(&run->runner->link, o->link_spec, fds, n);
    if (limited >= 0 && r >= 0)
        return;
    /* The process stands there but must not work: a failed start like any other. */
    log_warning("cannot set up a runner", LOG_S("run_id", run->run_id), LOG_S("error", err.text));
    run->cause = (struct reason){.kind = REASON_SPAWN, .errnum = limited < 0 ? -limited : -r};
    run_event(run, RUN_EV_FAILED);
}

static void give_up(struct run *run, int journal)
{
    fd_close(&journal);
    if (run->record)
        record_discard(run->record);
    while (run->start_waiters)
        pending_free(run->start_waiters);
    run_free(run);
}

int start_run(struct call *call, struct start_order *o)
{
    int journal = -1;
    if (!runner_fds_left(call->server))
        return refuse(call, REASON_SPAWN, EMFILE);
    struct run *run = run_new(call->server, o->run_id);
    if (!run || fill(run, o)) {
        run_free(run);
        return -ENOMEM;
    }
    int r = open_record(run, o, &journal);
    if (r < 0) {
        give_up(run, journal);
        return refuse(call, REASON_RECORD, -r);
    }
    r = find_runner(run);
    if (r < 0) {
        give_up(run, journal);
        return refuse(call, REASON_SPAWN, -r);
    }
    send_spec(run, o, journal);
    if (!call_wait(call, &run->start_waiters)) {
        run_event(run, RUN_EV_TERMINATE);
        return -ENOMEM;
    }
    return 0;
}

/* ---- the answer ---- */

static int add_watchers(struct run *run, struct conn *c, json_t *result)
{
    const char *ref = run->start_monitor ? monitor_new(c, run) : "";
    if (!ref || (*ref && json_object_set_new(result, "ref", json_string(ref))))
        return -ENOMEM;
    ref = run->start_subscribe != SUBSCRIBE_NONE
              ? subscription_new_live(c, run, run->start_subscribe == SUBSCRIBE_DELTAS)
              : "";
    if (!ref || (*ref && json_object_set_new(result, "subscription", json_string(ref))))
        return -ENOMEM;
    return 0;
}

static void answer_success(struct run *run)
{
    struct pending *p = run->start_waiters;
    if (!p)
        return;
    json_t *result = json_pack("{s:s, s:i, s:s, s:O?}", "run_id", run->run_id, "pid", (int)run->pid,
                               "council_id", run->council_id, "warnings", run->warnings);
    if (!result || add_watchers(run, p->conn, result))
        pending_error(p, RPC_INTERNAL_ERROR, NULL);
    else
        pending_reply(p, result);
    json_decref(result);
}

void start_succeeded(struct run *run)
{
    struct server *s = run->server;
    run->announced = true;
    run->started_us = clock_mono_us();
    timer_clear(&run->timer);
    if (run->machine.state == RUN_RUNNING && run->limits.deadline_ms != LIMIT_NONE)
        loop_timer_set(s->loop, &run->timer, run->limits.deadline_ms);
    if (run->is_probe)
        probe_ready(run);
    else
        answer_success(run);
    json_decref(run->warnings);
    run->warnings = NULL;
    log_debug("run started", LOG_S("run_id", run->run_id), LOG_I("pid", run->pid),
              LOG_S("council_id", run->council_id));
    spares_praise(s);
}

void start_await_exit(struct run *run)
{
    loop_timer_set(run->server->loop, &run->timer, EXIT_GRACE_MS);
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

json_t *start_cause_json(const struct reason *cause)
{
    json_t *json = reason_to_json(cause);
    return json ? json_pack("{s:o}", "cause", json) : NULL;
}

void start_failed(struct run *run)
{
    json_t *data = start_cause_json(&run->cause);
    log_notice("start failed", LOG_S("run_id", run->run_id), LOG_I("pid", run->pid),
               LOG_S("reason", reason_kind_name(run->cause.kind)));
    pendings_error(&run->start_waiters, RPC_START_FAILED, data);
    json_decref(data);
    spares_fill(run->server);
}
