#include "ending.h"

#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/log.h"
#include "daemon/cgroup/cgroup.h"
#include "daemon/maintain.h"
#include "daemon/method/await.h"
#include "daemon/method/probe_run.h"
#include "daemon/records/record.h"
#include "daemon/runner/runner.h"
#include "daemon/runner/spare.h"
#include "daemon/server.h"
#include "daemon/shutdown.h"
#include "daemon/watch/monitor.h"
#include "daemon/watch/subscribe.h"
#include "down.h"
#include "serve/outq.h"
#include "serve/pending.h"
#include "start.h"
#include "stop.h"

enum {
    QUIET_US = 100 * 1000,  /* of silence end the draining */
    LIMIT_US = 1000 * 1000, /* draining and waiting together */
    POLL_FIRST_MS = 1,
    POLL_MAX_MS = 20,
    DRAIN_READS = 64, /* pieces of link and output read at once */
    RETRY_MS = 50,    /* when memory runs out */
};

/* ---- 1 to 3: look, kill the rest, reap: nothing comes in between ---- */

void ending_begin(struct run *run)
{
    struct runner *r = run->runner;
    siginfo_t info;
    timer_clear(&run->timer);
    run->exit_known = reap_look(r->child.pidfd, &info) == 1;
    run->exit_known = runner_reap(r, &run->exit_info, &run->usage_at_exit) == 0 && run->exit_known;
    runner_check_exec(r);
    run->ending_since_us = clock_mono_us();
    run->quiet_since_us = run->ending_since_us;
    run->poll_ms = POLL_FIRST_MS;
    ending_go_on(run);
}

/* ---- 4: drain ---- */

static bool all_at_end(const struct runner *r)
{
    return runlink_at_end(&r->link) && output_at_end(&r->out) && output_at_end(&r->err);
}

static void read_what_is_there(struct runner *r)
{
    for (int i = 0; i < DRAIN_READS; i++) {
        bool some = runlink_read(&r->link);
        some |= output_read(&r->out);
        some |= output_read(&r->err);
        if (!some)
            return;
    }
}

static bool drained(struct run *run, int64_t now)
{
    if (run->drained)
        return true;
    read_what_is_there(run->runner);
    if (!all_at_end(run->runner) && now - run->quiet_since_us < QUIET_US &&
        now - run->ending_since_us < LIMIT_US)
        return false;
    runlink_release(&run->runner->link);
    output_release(&run->runner->out);
    output_release(&run->runner->err);
    run->drained = true;
    return true;
}

/* ---- 5: wait for the rest ---- */

static bool empty(struct run *run, int64_t now)
{
    if (!runner_rest_lives(run->runner))
        return true;
    if (now - run->ending_since_us < LIMIT_US)
        return false;
    log_warning("processes of a run resist", LOG_S("run_id", run->run_id), LOG_I("pid", run->pid));
    run->rest_resists = true;
    return true;
}

static void look_again(struct run *run, int64_t ms)
{
    loop_timer_set(run->server->loop, &run->timer, ms);
    if (run->poll_ms < POLL_MAX_MS)
        run->poll_ms *= 2;
}

/* ---- 6: the reason ---- */

static void find_cause(struct run *run)
{
    const struct spawn_failure *f = &run->runner->failure;
    if (f->number && run->cause.kind != REASON_SHUTDOWN) {
        reason_release(&run->cause);
        run->cause.kind = f->stage == SPAWN_STAGE_EXEC ? REASON_EXEC : REASON_SPAWN;
        run->cause.errnum = f->number;
    }
    if (run->cause.kind == REASON_NONE)
        reason_copy(&run->cause, &run->reason);
}

static void find_reason(struct run *run)
{
    struct server *s = run->server;
    struct runner *r = run->runner;
    struct reap_facts facts = {
        .sent_term = run->sent_term,
        .stopping = s->stop_level != STOP_NONE,
        .sent_kill = run->sent_kill,
    };
    if (r->has_cgroup) {
        int64_t peak = cgroup_memory_peak(s->cgroups, r->serial);
        facts.oom = cgroup_oom_kills(s->cgroups, r->serial) > 0;
        run->peak_memory = peak >= 0 ? peak : run->peak_memory;
    }
    reason_release(&run->reason);
    reap_reason(run->exit_known ? &run->exit_info : NULL, &facts, &run->reason);
    if (!run->announced)
        find_cause(run);
}

/* ---- 7: the record ---- */

static void note_record_error(struct run *run, int r)
{
    if (r >= 0)
        return;
    log_error("cannot write the end of a record", LOG_S("run_id", run->run_id),
              LOG_S("error", strerror(-r)));
    run->record_error = run->record_error ? run->record_error : -r;
}

/* What the DOWN says; the same stands in the record. False: no memory, nothing was done yet. */
static bool make_down(struct run *run)
{
    if (!run->announced || run->down)
        return true;
    run->down = down_tail(run);
    return run->down != NULL;
}

void ending_go_on(struct run *run)
{
    int64_t now = clock_mono_us();
    if (!drained(run, now) || !empty(run, now)) {
        look_again(run, run->poll_ms);
        return;
    }
    find_reason(run);
    if (!make_down(run)) {
        look_again(run, RETRY_MS);
        return;
    }
    timer_clear(&run->timer);
    runner_free(run->runner);
    run->runner = NULL;
    run_event(run, RUN_EV_CLEAN);
}

static void close_record(struct run *run)
{
    if (!run->record)
        return;
    if (!run->announced || !run->keep_record) {
        record_discard(run->record);
        return;
    }
    note_record_error(run, down_write(run));
}

/* ---- 8: everybody is told, in one step ---- */

static void tell_terminators(struct run *run)
{
    json_t *nothing = json_object();
    while (run->terminate_waiters) {
        struct pending *p = run->terminate_waiters;
        p->behind = farewell_of(p->conn, run);
        if (p->first)
            pending_reply(p, nothing);
        else
            pending_error(p, RPC_NOT_FOUND, NULL);
    }
    json_decref(nothing);
}

static void log_end(const struct run *run)
{
    bool usual = run->reason.kind == REASON_NORMAL || run->reason.kind == REASON_SHUTDOWN;
    char name[SIGNAL_NAME_SIZE] = "-";
    if (run->reason.kind == REASON_SIGNAL)
        signal_name(run->reason.signal, name);
    log_at(usual ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARNING, "run ended", LOG_S("run_id", run->run_id),
           LOG_I("pid", run->pid), LOG_S("reason", reason_kind_name(run->reason.kind)),
           LOG_I("code", run->reason.code), LOG_S("signal", name),
           LOG_S("stopped_by", stopped_by_name(run->stopped_by)));
}

static void tell_all(struct run *run)
{
    struct buf await = BUF_INIT(SIZE_MAX / 2), probe = BUF_INIT(SIZE_MAX / 2);
    if (run->announced)
        log_end(run);
    if (run->await_waiters)
        await_build(&await, run);
    if (run->probe_waiters)
        probe_build(&probe, run);
    close_record(run);
    run_leave_table(run);
    subscriptions_end(run);
    monitors_fire(run);
    if (!run->announced)
        start_failed(run);
    tell_terminators(run);
    await_tell(run, &await);
    probe_tell(run, &probe);
    batches_leave(run);
    buf_release(&await);
    buf_release(&probe);
}

void ending_finish(struct run *run)
{
    struct server *s = run->server;
    tell_all(run);
    bool recorded = run->announced && run->keep_record;
    run_free(run);
    if (recorded)
        maintain_retention(s);
    spares_fill(s);
    shutdown_advance(s);
}
