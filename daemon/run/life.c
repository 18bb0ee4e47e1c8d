#include "life.h"

#include <errno.h>

#include "common/log.h"
#include "daemon/core/core.h"
#include "daemon/runner/runner.h"
#include "ending.h"
#include "linkline.h"
#include "run_inside.h"
#include "serve/loop.h"
#include "stop.h"

enum { LINK_NOTE_MS = 500 };

/* ---- the actions ---- */

static void announce(struct run *run, enum run_event event)
{
    (void)event;
    start_succeeded(run);
}

static void await_exit(struct run *run, enum run_event event)
{
    (void)event;
    start_await_exit(run);
}

static void note_link(struct run *run, enum run_event event)
{
    (void)event;
    loop_timer_set(run_loop(run), &run->link_timer, LINK_NOTE_MS);
}

static void stop(struct run *run, enum run_event event)
{
    (void)event;
    stop_begin(run);
}

static void climb(struct run *run, enum run_event event)
{
    (void)event;
    stop_climb(run);
}

static void pass_deadline(struct run *run, enum run_event event)
{
    (void)event;
    if (stop_deadline(run))
        life_stop(run, STOPPED_BY_DEADLINE, SHUTDOWN_DEFAULT);
}

static void clean(struct run *run, enum run_event event)
{
    (void)event;
    if (ending_begin(run))
        run_event(run, RUN_EV_CLEAN);
}

static void clean_on(struct run *run, enum run_event event)
{
    (void)event;
    if (ending_go_on(run))
        run_event(run, RUN_EV_CLEAN);
}

static void finish(struct run *run, enum run_event event)
{
    (void)event;
    ending_finish(run);
}

/* Those that are NULL are for the caller of run_event to know, and nothing to be done here. */
static void (*const ACTIONS[RUN_ACTIONS])(struct run *run, enum run_event event) = {
    [RUN_DO_ANNOUNCE] = announce,
    [RUN_DO_ABORT] = start_abort,
    [RUN_DO_AWAIT_EXIT] = await_exit,
    [RUN_DO_NOTE_LINK] = note_link,
    [RUN_DO_STOP] = stop,
    [RUN_DO_CLIMB] = climb,
    [RUN_DO_DEADLINE] = pass_deadline,
    [RUN_DO_CLEAN] = clean,
    [RUN_DO_CLEAN_ON] = clean_on,
    [RUN_DO_FINISH] = finish,
};

enum run_action run_event(struct run *run, enum run_event event)
{
    enum run_state before = run->machine.state;
    enum run_action action = run_advance(&run->machine, event);
    if (run->machine.state != before)
        log_debug("run moves", LOG_S("run_id", run->run_id), LOG_S("from", run_state_name(before)),
                  LOG_S("to", run_state_name(run->machine.state)),
                  LOG_S("on", run_event_name(event)));
    if (ACTIONS[action])
        ACTIONS[action](run, event);
    return action;
}

/* ---- what comes from the runner ---- */

static void runner_exited(void *arg)
{
    run_event(arg, RUN_EV_EXITED);
}

/* What it says until it is dead is not wanted, but no fault of the runner either. */
static bool is_aborted(const struct run *run)
{
    return !run->announced && run->machine.want == RUN_DOWN;
}

static bool runner_said(void *arg, struct link_up *up)
{
    struct run *run = arg;
    if (up->type != LINK_READY && up->type != LINK_FAILED)
        return is_aborted(run) || linkline_take(run, up);
    if (run->announced)
        return false;
    if (up->type == LINK_FAILED)
        linkline_note_cause(run, up);
    else
        linkline_note_sandbox(run, up);
    run_event(run, up->type == LINK_FAILED ? RUN_EV_FAILED : RUN_EV_READY);
    return true;
}

static void runner_said_nonsense(void *arg)
{
    struct run *run = arg;
    if (run->announced)
        return;
    linkline_note_cause(run, NULL);
    run_event(run, RUN_EV_FAILED);
}

static void runner_closed(void *arg)
{
    struct run *run = arg;
    run->link_closed = true;
    run_event(run, RUN_EV_LINK_CLOSED);
}

static void runner_was_heard(void *arg)
{
    struct run *run = arg;
    run->quiet_since_us = loop_now_us(run_loop(run));
}

static const struct runner_owner RUN_OWNER = {
    .exited = runner_exited,
    .line = runner_said,
    .nonsense = runner_said_nonsense,
    .closed = runner_closed,
    .heard = runner_was_heard,
};

/* ---- what comes from its timers ---- */

static void timer_fired(void *arg)
{
    run_event(arg, RUN_EV_TIMER);
}

/* Every end closes the link; only a run that goes on without it is worth a line. */
static void link_stays_closed(void *arg)
{
    const struct run *run = arg;
    if (run->machine.state == RUN_RUNNING || run->machine.state == RUN_TERMINATING)
        log_warning("link closed by a run that goes on", LOG_S("run_id", run->run_id),
                    LOG_I("pid", run->pid));
}

/* ---- what comes from above ---- */

/* One that cannot be begun is counted, as one that fails later is. */
static int note_refusal(struct runs *t, int r)
{
    if (r > 0)
        stats_refused(&runs_parts(t)->core->stats, RPC_START_FAILED);
    return r;
}

int life_start(struct runs *t, struct start_order *order, struct run **ret,
               struct reason *ret_cause)
{
    struct run *run;
    struct start_fds fds;
    int r = start_reserve(t, order, &run, ret_cause);
    if (r != 0)
        return note_refusal(t, r);
    if (loop_timer_init(run_loop(run), &run->timer, timer_fired, run) ||
        loop_timer_init(run_loop(run), &run->cleaning, timer_fired, run) ||
        loop_timer_init(run_loop(run), &run->link_timer, link_stays_closed, run)) {
        run_free(run);
        return -ENOMEM;
    }
    r = start_find(run, order, &fds, ret_cause);
    if (r != 0)
        return note_refusal(t, r);
    runner_give(run->runner, &RUN_OWNER, run, run->run_id);
    if (!start_send(run, order, &fds))
        run_event(run, RUN_EV_FAILED);
    *ret = run;
    return 0;
}

enum run_action life_stop(struct run *run, enum stopped_by by, int64_t shutdown)
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

bool life_cancel(struct run *run, bool now)
{
    if (run_event(run, RUN_EV_CANCEL) == RUN_DO_REFUSE)
        return false;
    if (run->cancel != CANCEL_STATE_NOW)
        run->cancel = now ? CANCEL_STATE_NOW : CANCEL_STATE_DRAIN;
    if (run->runner)
        runner_cancel(run->runner, now, LINK_CAUSE_CLIENT);
    return true;
}
