#include "spare.h"

#include <string.h>
#include <utlist.h>

#include "common/log.h"
#include "daemon/os/reap.h"
#include "daemon/run/runs.h"
#include "daemon/server.h"
#include "runner.h"

enum { REST_MS = 1, PAUSE_FIRST_MS = 200, PAUSE_MAX_MS = 30000 };

static bool wanted(const struct server *s)
{
    return s->stop_level == STOP_NONE && (int64_t)s->spare_count < s->config->spares &&
           (int64_t)runs_count(s) < s->config->max_children;
}

static void pause_filling(struct server *s)
{
    s->spare_pause_ms = s->spare_pause_ms ? s->spare_pause_ms * 2 : PAUSE_FIRST_MS;
    if (s->spare_pause_ms > PAUSE_MAX_MS)
        s->spare_pause_ms = PAUSE_MAX_MS;
    loop_timer_set(s->loop, &s->spare_timer, s->spare_pause_ms);
}

static void work_fill(void *arg)
{
    struct server *s = arg;
    struct runner *r;
    if (!wanted(s) || timer_is_set(&s->spare_timer))
        return;
    int result = runner_new(s, &r);
    if (result < 0) {
        log_warning("cannot make a spare", LOG_S("error", strerror(-result)));
        pause_filling(s);
        return;
    }
    DL_APPEND(s->spares, r);
    s->spare_count++;
    r->pooled = true;
    spares_fill(s);
}

static void end_pause(void *arg)
{
    spares_fill(arg);
}

int spares_open(struct server *s)
{
    int r = loop_timer_init(s->loop, &s->spare_timer, end_pause, s);
    if (r < 0)
        return r;
    r = watch_init(s->loop, &s->spare_filling, -1, WATCH_NONE, LOOP_OUTPUT, work_fill, s);
    spares_fill(s);
    return r;
}

void spares_fill(struct server *s)
{
    if (wanted(s))
        watch_note(&s->spare_filling);
}

/* Making a spare keeps a processor busy for as long as a whole start takes: whoever waits for the
 * reply just sent gets it first. */
void spares_praise(struct server *s)
{
    if (s->spare_pause_ms || !timer_is_set(&s->spare_timer))
        loop_timer_set(s->loop, &s->spare_timer, REST_MS);
    s->spare_pause_ms = 0;
}

static void leave_pool(struct runner *r)
{
    DL_DELETE(r->server->spares, r);
    r->server->spare_count--;
    r->pooled = false;
}

struct runner *spare_take(struct server *s)
{
    struct runner *r, *next;
    siginfo_t info;
    DL_FOREACH_SAFE (s->spares, r, next) {
        if (reap_look(r->child.pidfd, &info) != 0)
            continue; /* dead: its exit will be worked in a moment */
        leave_pool(r);
        return r;
    }
    return NULL;
}

void spare_died(struct runner *r)
{
    struct server *s = r->server;
    siginfo_t info;
    struct rusage usage;
    runner_check_exec(r);
    if (r->pooled) {
        log_warning("a spare died", LOG_I("pid", r->child.pid),
                    LOG_S("error", r->failure.number ? strerror(r->failure.number) : NULL));
        leave_pool(r);
        pause_filling(s);
    }
    runner_reap(r, &info, &usage);
    runner_free(r);
}

void spares_retire(struct server *s)
{
    struct runner *r, *next;
    DL_FOREACH_SAFE (s->spares, r, next) {
        leave_pool(r);
        runner_kill_all(r);
    }
    spares_fill(s);
}
