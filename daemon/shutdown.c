#include "shutdown.h"

#include "common/log.h"
#include "daemon/core/status.h"
#include "daemon/run/life.h"
#include "daemon/run/stop.h"
#include "daemon/runner/runners.h"
#include "daemon/runner/spare.h"
#include "daemon/watch/tenant_watch.h"
#include "parts.h"
#include "serve/line_server.h"
#include "serve/pending.h"

enum {
    FLUSH_MS = 1000,
    FLUSH_IMMEDIATE_MS = 400,
    IMMEDIATE_MS = 1400, /* for runs to go when the stop is immediate; 2 s with the flush */
    SLACK_MS = 4000,
};

static void work_check(void *arg);
static void begin_flush(struct server *s);

static void flush_is_over(struct server *s)
{
    s->stop_phase = STOP_PHASE_DONE;
    loop_stop(s->loop);
}

static void time_is_over(void *arg)
{
    struct server *s = arg;
    if (s->stop_phase == STOP_PHASE_FLUSH) {
        flush_is_over(s);
        return;
    }
    log_error("runs outlive an immediate stop", LOG_I("runs", (int64_t)runs_count(s->runs)));
    s->unkillable = true;
    begin_flush(s);
}

int shutdown_init(struct server *s)
{
    int r = loop_timer_init(s->loop, &s->stop_timer, time_is_over, s);
    if (r < 0)
        return r;
    r = watch_init(s->loop, &s->stop_watch, -1, WATCH_NONE, LOOP_OUTPUT, work_check, s);
    s->core.stopping = r < 0 ? NULL : &s->stop_watch;
    return r;
}

void shutdown_release(struct server *s)
{
    s->core.stopping = NULL;
    timer_release(&s->stop_timer);
    watch_release(&s->stop_watch);
}

/* ---- beginning ---- */

static int64_t longest_shutdown(const struct server *s)
{
    int64_t longest = 0;
    for (const struct run *run = runs_next(s->runs, NULL); run; run = runs_next(s->runs, run))
        if (run_view(run).shutdown > longest)
            longest = run_view(run).shutdown;
    return longest;
}

static void ask_for_time(struct server *s)
{
    int64_t longest = longest_shutdown(s);
    if (longest > s->config->stop_limit_ms && longest < INT64_MAX / 2000)
        notify_extend(&s->core.notify, (longest + SLACK_MS) * 1000);
}

static void stop_run(struct run *run, enum stop_level level)
{
    bool immediate = level == STOP_IMMEDIATE;
    life_stop(run, STOPPED_BY_STOP, immediate ? SHUTDOWN_BRUTAL_KILL : SHUTDOWN_DEFAULT);
    if (immediate)
        stop_at_once(run);
    else
        stop_limit(run);
}

/* From now on nobody new is heard, and runs end. */
static void close_doors(struct server *s)
{
    notify_stopping(&s->core.notify);
    ask_for_time(s);
    line_server_refuse(s->clients);
    s->stop_phase = STOP_PHASE_RUNS;
}

static void end_runs(struct server *s)
{
    const enum stop_level level = s->core.stop_level;
    for (struct run *run = runs_next(s->runs, NULL); run; run = runs_next(s->runs, run))
        stop_run(run, level);
    if (level == STOP_IMMEDIATE && s->stop_phase == STOP_PHASE_RUNS)
        loop_timer_set(s->loop, &s->stop_timer, IMMEDIATE_MS);
}

static const char *const SAID[] = {[STOP_DRAINING] = "draining",
                                   [STOP_ORDERLY] = "stopping",
                                   [STOP_IMMEDIATE] = "stopping at once"};

void shutdown_begin(struct server *s, enum stop_level level)
{
    const enum stop_level before = s->core.stop_level;
    if (level <= before)
        return;
    s->core.stop_level = level;
    log_notice(SAID[level], LOG_I("runs", (int64_t)runs_count(s->runs)));
    if (level == STOP_DRAINING)
        status_tell(&s->core);
    else if (before < STOP_ORDERLY)
        close_doors(s);
    tenant_stops(&s->watchers);
    if (before == STOP_NONE)
        spares_retire(s->spares);
    if (level > STOP_DRAINING)
        end_runs(s);
    watch_note(&s->stop_watch);
}

/* ---- advancing ---- */

static bool runs_are_gone(struct server *s)
{
    for (const struct run *run = runs_next(s->runs, NULL); run; run = runs_next(s->runs, run))
        if (!run_view(run).told_unkillable)
            return false;
    s->unkillable = runs_count(s->runs) > 0;
    return true;
}

static void begin_flush(struct server *s)
{
    json_t *nothing = json_object();
    while (s->desk.stop_waiters) {
        struct pending *p = s->desk.stop_waiters;
        pending_follow_all(p);
        pending_reply(p, nothing);
    }
    json_decref(nothing);
    s->stop_phase = STOP_PHASE_FLUSH;
    loop_timer_set(s->loop, &s->stop_timer,
                   s->core.stop_level == STOP_IMMEDIATE ? FLUSH_IMMEDIATE_MS : FLUSH_MS);
    watch_note(&s->stop_watch);
}

static bool everything_flushed(const struct server *s)
{
    if (!line_server_is_flushed(s->clients))
        return false;
    return s->unkillable || runners_count(s->runners) == 0;
}

static void work_check(void *arg)
{
    struct server *s = arg;
    if (s->core.stop_level == STOP_DRAINING && runs_are_gone(s))
        shutdown_begin(s, STOP_ORDERLY);
    if (s->stop_phase == STOP_PHASE_RUNS && runs_are_gone(s))
        begin_flush(s);
    else if (s->stop_phase == STOP_PHASE_FLUSH && everything_flushed(s))
        flush_is_over(s);
}
