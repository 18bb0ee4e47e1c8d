#include "stop.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#include "common/log.h"
#include "daemon/os/reap.h"
#include "daemon/os/sys.h"
#include "daemon/runner/runlink.h"
#include "daemon/runner/runner.h"
#include "daemon/server.h"
#include "daemon/shutdown.h"
#include "daemon/watch/farewell.h"
#include "serve/pending.h"

enum { DEADLINE_GRACE_MS = 2000 };

/* How far the sequence has come. */
enum { RUNG_NONE, RUNG_TERM, RUNG_KILL, RUNG_UNKILLABLE };

enum run_action stop_request(struct run *run, enum stopped_by by, int64_t shutdown)
{
    enum run_state state = run->machine.state;
    if (run->machine.want == RUN_UP && (state == RUN_STARTING || state == RUN_RUNNING)) {
        if (run->stopped_by == STOPPED_BY_NONE)
            run->stopped_by = by;
        if (shutdown != SHUTDOWN_DEFAULT)
            run->shutdown = shutdown;
    }
    return run_event(run, RUN_EV_TERMINATE);
}

static void set_timer(struct run *run, int64_t ms)
{
    loop_timer_set(run->server->loop, &run->timer, ms);
}

static void signal_term(struct run *run)
{
    run->sent_term = true;
    sys.pidfd_send_signal(run->runner->child.pidfd, SIGTERM);
    /* A stopped process obeys only when it goes on. */
    sys.pidfd_send_signal(run->runner->child.pidfd, SIGCONT);
}

void stop_kill(struct run *run)
{
    siginfo_t info;
    if (!run->runner || run->runner->reaped)
        return;
    if (reap_look(run->runner->child.pidfd, &info) == 0)
        run->sent_kill = true;
    run->rung = RUNG_KILL;
    runner_kill_all(run->runner);
    set_timer(run, run->server->config->kill_limit_ms);
}

static bool is_capped(const struct run *run)
{
    return !run->announced || run->server->stop_level != STOP_NONE;
}

void stop_begin(struct run *run)
{
    log_debug("stopping a run", LOG_S("run_id", run->run_id), LOG_I("pid", run->pid));
    timer_clear(&run->timer);
    if (run->shutdown == SHUTDOWN_BRUTAL_KILL) {
        stop_kill(run);
        return;
    }
    run->rung = RUNG_TERM;
    signal_term(run);
    if (run->shutdown == 0)
        stop_kill(run);
    else if (run->shutdown > 0)
        set_timer(run, run->shutdown);
    else if (is_capped(run))
        set_timer(run, run->server->config->stop_limit_ms);
}

void stop_limit(struct run *run)
{
    if (run->rung == RUNG_TERM && !timer_is_set(&run->timer))
        set_timer(run, run->server->config->stop_limit_ms);
}

void stop_tell_unkillable(const struct run *run, struct pending **waiters)
{
    json_t *data = json_pack("{s:s, s:i}", "run_id", run->run_id, "pid", (int)run->pid);
    pendings_error(waiters, RPC_UNKILLABLE, data);
    json_decref(data);
}

static void tell_unkillable(struct run *run)
{
    log_error("a run outlives SIGKILL", LOG_S("run_id", run->run_id), LOG_I("pid", run->pid));
    run->told_unkillable = true;
    stop_tell_unkillable(run, &run->start_waiters);
    stop_tell_unkillable(run, &run->probe_waiters);
    stop_tell_unkillable(run, &run->terminate_waiters);
    for (struct batch_seat *seat = run->batch_seats; seat; seat = seat->next)
        stop_tell_unkillable(run, batch_waiters(seat->batch));
    shutdown_advance(run->server);
}

void stop_climb(struct run *run)
{
    if (run->rung == RUNG_TERM) {
        stop_kill(run);
    } else if (run->rung == RUNG_KILL) {
        run->rung = RUNG_UNKILLABLE;
        tell_unkillable(run);
    }
}

void stop_deadline(struct run *run)
{
    if (run->deadline_passed) {
        stop_request(run, STOPPED_BY_DEADLINE, SHUTDOWN_DEFAULT);
        return;
    }
    log_notice("deadline of a run", LOG_S("run_id", run->run_id), LOG_I("pid", run->pid));
    run->deadline_passed = true;
    run->stopped_by = STOPPED_BY_DEADLINE;
    run->cancel = CANCEL_STATE_NOW;
    runlink_cancel(&run->runner->link, true, LINK_CAUSE_DEADLINE);
    set_timer(run, DEADLINE_GRACE_MS);
}

/* ---- terminate_all ---- */

struct batch {
    struct pending *waiters; /* one, or none when its client has gone */
    int64_t count;           /* size of the snapshot */
    int64_t left;
    bool sealed;
};

struct batch *batch_new(void)
{
    return calloc(1, sizeof(struct batch));
}

struct pending **batch_waiters(struct batch *b)
{
    return &b->waiters;
}

int batch_add(struct batch *b, struct run *run)
{
    struct batch_seat *seat = malloc(sizeof(*seat));
    if (!seat)
        return -ENOMEM;
    *seat = (struct batch_seat){.batch = b, .next = run->batch_seats};
    run->batch_seats = seat;
    b->count++;
    b->left++;
    return 0;
}

static void finish_if_done(struct batch *b)
{
    if (b->left || !b->sealed)
        return;
    json_t *result = json_pack("{s:I}", "count", (json_int_t)b->count);
    while (b->waiters) {
        b->waiters->behind = farewell_last(b->waiters->conn);
        pending_reply(b->waiters, result);
    }
    json_decref(result);
    free(b);
}

void batch_seal(struct batch *b)
{
    b->sealed = true;
    finish_if_done(b);
}

void batches_leave(struct run *run)
{
    while (run->batch_seats) {
        struct batch_seat *seat = run->batch_seats;
        struct batch *b = seat->batch;
        run->batch_seats = seat->next;
        free(seat);
        b->left--;
        finish_if_done(b);
    }
}
