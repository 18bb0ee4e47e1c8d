#include "shutdown.h"

#include "common/log.h"
#include "daemon/run/runs.h"
#include "daemon/run/stop.h"
#include "daemon/runner/runner.h"
#include "daemon/runner/spare.h"
#include "daemon/watch/farewell.h"
#include "serve/clients.h"
#include "serve/conn.h"
#include "serve/pending.h"

enum { FLUSH_MS = 1000, FLUSH_IMMEDIATE_MS = 400, SLACK_MS = 4000 };

static void work_check(void *arg);

static void flush_is_over(void *arg)
{
    struct server *s = arg;
    s->stop_phase = STOP_PHASE_DONE;
    loop_stop(s->loop);
}

int shutdown_init(struct server *s)
{
    int r = loop_timer_init(s->loop, &s->stop_timer, flush_is_over, s);
    if (r < 0)
        return r;
    return watch_init(s->loop, &s->stop_watch, -1, WATCH_NONE, LOOP_OUTPUT, work_check, s);
}

/* ---- beginning ---- */

static int64_t longest_shutdown(const struct server *s)
{
    int64_t longest = 0;
    for (const struct run *run = s->runs; run; run = run->hh.next)
        if (run->shutdown > longest)
            longest = run->shutdown;
    return longest;
}

static void ask_for_time(struct server *s)
{
    int64_t longest = longest_shutdown(s);
    if (longest > s->config->stop_limit_ms && longest < INT64_MAX / 2000)
        notify_extend(&s->notify, (longest + SLACK_MS) * 1000);
}

static void stop_run(struct run *run, enum stop_level level)
{
    bool immediate = level == STOP_IMMEDIATE;
    stop_request(run, STOPPED_BY_STOP, immediate ? SHUTDOWN_BRUTAL_KILL : SHUTDOWN_DEFAULT);
    if (immediate && !run->sent_kill)
        stop_kill(run);
    else
        stop_limit(run);
}

void shutdown_begin(struct server *s, enum stop_level level)
{
    if (level <= s->stop_level)
        return;
    bool first = s->stop_level == STOP_NONE;
    s->stop_level = level;
    log_notice(level == STOP_ORDERLY ? "stopping" : "stopping at once",
               LOG_I("runs", (int64_t)runs_count(s)));
    if (first) {
        notify_stopping(&s->notify);
        ask_for_time(s);
        clients_refuse(s);
        spares_retire(s);
        s->stop_phase = STOP_PHASE_RUNS;
    }
    for (struct run *run = s->runs; run; run = run->hh.next)
        stop_run(run, level);
    watch_note(&s->stop_watch);
}

/* ---- advancing ---- */

void shutdown_advance(struct server *s)
{
    if (s->stop_level != STOP_NONE)
        watch_note(&s->stop_watch);
}

static bool runs_are_gone(struct server *s)
{
    for (const struct run *run = s->runs; run; run = run->hh.next)
        if (!run->told_unkillable)
            return false;
    s->unkillable = s->runs != NULL;
    return true;
}

static void begin_flush(struct server *s)
{
    json_t *nothing = json_object();
    while (s->stop_waiters) {
        struct pending *p = s->stop_waiters;
        p->behind = farewell_last(p->conn);
        pending_reply(p, nothing);
    }
    json_decref(nothing);
    s->stop_phase = STOP_PHASE_FLUSH;
    loop_timer_set(s->loop, &s->stop_timer,
                   s->stop_level == STOP_IMMEDIATE ? FLUSH_IMMEDIATE_MS : FLUSH_MS);
    watch_note(&s->stop_watch);
}

static bool everything_flushed(const struct server *s)
{
    for (const struct conn *c = s->conns; c; c = c->next)
        if (c->queue.bytes || c->farewells)
            return false;
    return s->unkillable || HASH_COUNT(s->runners) == 0;
}

static void work_check(void *arg)
{
    struct server *s = arg;
    if (s->stop_phase == STOP_PHASE_RUNS && runs_are_gone(s))
        begin_flush(s);
    else if (s->stop_phase == STOP_PHASE_FLUSH && everything_flushed(s))
        flush_is_over(s);
}
