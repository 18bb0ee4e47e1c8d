#include "stop.h"

#include <signal.h>

#include "common/log.h"
#include "daemon/core/core.h"
#include "daemon/runner/runner.h"
#include "daemon/settings/config.h"
#include "run_inside.h"

enum { DEADLINE_GRACE_MS = 2000 };

/* How far the sequence has come. */
enum { RUNG_NONE, RUNG_TERM, RUNG_KILL, RUNG_UNKILLABLE };

static void set_timer(struct run *run, int64_t ms)
{
    loop_timer_set(run_loop(run), &run->timer, ms);
}

static const struct config *config_of(const struct run *run)
{
    return run->parts->core->config;
}

static void signal_term(struct run *run)
{
    run->sent_term = true;
    runner_signal(run->runner, SIGTERM);
    /* A stopped process obeys only when it goes on. */
    runner_signal(run->runner, SIGCONT);
}

static void stop_kill(struct run *run)
{
    if (!run->runner || runner_is_reaped(run->runner))
        return;
    if (runner_lives(run->runner))
        run->sent_kill = true;
    run->rung = RUNG_KILL;
    runner_kill_all(run->runner);
    set_timer(run, config_of(run)->kill_limit_ms);
}

void stop_at_once(struct run *run)
{
    if (!run->sent_kill)
        stop_kill(run);
}

static bool is_capped(const struct run *run)
{
    return !run->announced || core_stops(run->parts->core);
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
        set_timer(run, config_of(run)->stop_limit_ms);
}

void stop_limit(struct run *run)
{
    bool stops = run->runner && !runner_is_reaped(run->runner) && run->rung == RUNG_TERM;
    if (stops && !timer_is_set(&run->timer))
        set_timer(run, config_of(run)->stop_limit_ms);
}

static void tell_unkillable(struct run *run)
{
    log_error("a run outlives SIGKILL", LOG_S("run_id", run->run_id), LOG_I("pid", run->pid));
    run->told_unkillable = true;
    run_watches_unkillable(&run->watches, run);
    core_nudge(run->parts->core);
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

bool stop_deadline(struct run *run)
{
    if (run->deadline_passed)
        return true;
    log_notice("deadline of a run", LOG_S("run_id", run->run_id), LOG_I("pid", run->pid));
    run->deadline_passed = true;
    run->stopped_by = STOPPED_BY_DEADLINE;
    run->cancel = CANCEL_STATE_NOW;
    runner_cancel(run->runner, true, LINK_CAUSE_DEADLINE);
    set_timer(run, DEADLINE_GRACE_MS);
    return false;
}
