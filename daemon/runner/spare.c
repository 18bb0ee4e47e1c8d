#include "spare.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "common/log.h"
#include "daemon/core/core.h"
#include "daemon/settings/config.h"
#include "daemon/settings/resources.h"
#include "proto/council/program_tools.h"
#include "runner.h"
#include "runners.h"

enum { REST_MS = 1, PAUSE_FIRST_MS = 200, PAUSE_MAX_MS = 30000 };

/* Holds one runner; retired ones are on no list and wait for its exit. */
struct spare {
    struct spares *pool;
    struct runner *runner;
    bool retired;
    struct spare *prev, *next;
};

struct spares {
    struct core *core;
    struct runners *runners;
    struct spare *ready;
    struct spare *retired;
    size_t count; /* of ready ones */
    struct timer pause;
    struct watch filling;
    int64_t pause_ms;
};

static void leave(struct spare *one)
{
    struct spares *s = one->pool;
    if (one->retired) {
        DL_DELETE(s->retired, one);
        return;
    }
    DL_DELETE(s->ready, one);
    s->count--;
}

/* ---- dying idle ---- */

static void pause_filling(struct spares *s)
{
    s->pause_ms = s->pause_ms ? s->pause_ms * 2 : PAUSE_FIRST_MS;
    if (s->pause_ms > PAUSE_MAX_MS)
        s->pause_ms = PAUSE_MAX_MS;
    loop_timer_set(s->core->loop, &s->pause, s->pause_ms);
}

static void spare_exited(void *arg)
{
    struct spare *one = arg;
    struct runner *r = one->runner;
    siginfo_t info;
    struct rusage usage;
    const struct spawn_failure *failure = runner_failure(r);
    if (!one->retired) {
        log_warning("a spare died", LOG_I("pid", runner_pid(r)),
                    LOG_S("error", failure->number ? strerror(failure->number) : NULL));
        pause_filling(one->pool);
    }
    leave(one);
    free(one);
    runner_reap(r, &info, &usage);
    runner_free(r);
}

static const struct runner_owner SPARE = {.exited = spare_exited};

/* ---- filling ---- */

static bool wanted(const struct spares *s)
{
    const struct config *c = s->core->config;
    return core_takes_starts(s->core) && (int64_t)s->count < c->spares &&
           (int64_t)s->core->runs < c->max_children;
}

/* Somebody else's may look for its own file in argv[0]. */
static bool is_ours(const char *runner)
{
    const char *slash = strrchr(runner, '/');
    return slash && !strcmp(slash + 1, "council-runner");
}

/* A runner that is to start programs closes itself in when it has started what starts them. */
static bool closes_early(const struct core *c)
{
    return is_ours(c->config->runner) && c->config->sandbox_policy.mode != SANDBOX_OFF &&
           !tools_have_programs(catalogue_all(c->resources->catalogue, CATALOGUE_TOOLS));
}

static int make(struct spares *s)
{
    struct spare *one = calloc(1, sizeof(*one));
    int r = one ? runner_new(s->runners, closes_early(s->core), &one->runner) : -ENOMEM;
    if (r < 0) {
        free(one);
        return r;
    }
    one->pool = s;
    DL_APPEND(s->ready, one);
    s->count++;
    runner_give(one->runner, &SPARE, one, NULL);
    return 0;
}

static void work_fill(void *arg)
{
    struct spares *s = arg;
    if (!wanted(s) || timer_is_set(&s->pause))
        return;
    int r = make(s);
    if (r < 0) {
        log_warning("cannot make a spare", LOG_S("error", strerror(-r)));
        pause_filling(s);
        return;
    }
    spares_fill(s);
}

static void end_pause(void *arg)
{
    spares_fill(arg);
}

int spares_new(struct core *core, struct runners *runners, struct spares **ret)
{
    struct spares *s = calloc(1, sizeof(*s));
    if (!s)
        return -ENOMEM;
    s->core = core;
    s->runners = runners;
    if (loop_timer_init(core->loop, &s->pause, end_pause, s) ||
        watch_init(core->loop, &s->filling, -1, WATCH_NONE, LOOP_OUTPUT, work_fill, s)) {
        spares_free(s);
        return -ENOMEM;
    }
    spares_fill(s);
    *ret = s;
    return 0;
}

static void forget_all(struct spare **list)
{
    struct spare *one, *next;
    DL_FOREACH_SAFE (*list, one, next)
        free(one);
    *list = NULL;
}

void spares_free(struct spares *s)
{
    if (!s)
        return;
    timer_release(&s->pause);
    watch_release(&s->filling);
    forget_all(&s->ready);
    forget_all(&s->retired);
    free(s);
}

void spares_fill(struct spares *s)
{
    if (wanted(s))
        watch_note(&s->filling);
}

/* Making a spare keeps a processor busy for as long as a whole start takes: whoever waits for the
 * reply just sent gets it first. */
void spares_praise(struct spares *s)
{
    if (s->pause_ms || !timer_is_set(&s->pause))
        loop_timer_set(s->core->loop, &s->pause, REST_MS);
    s->pause_ms = 0;
}

/* ---- taking ---- */

struct runner *spare_take(struct spares *s)
{
    struct spare *one, *next;
    DL_FOREACH_SAFE (s->ready, one, next) {
        struct runner *r = one->runner;
        if (!runner_lives(r))
            continue; /* dead: its exit will be worked in a moment */
        leave(one);
        free(one);
        return r;
    }
    return NULL;
}

size_t spares_ready(const struct spares *s)
{
    return s->count;
}

void spares_retire(struct spares *s)
{
    struct spare *one, *next;
    DL_FOREACH_SAFE (s->ready, one, next) {
        leave(one);
        one->retired = true;
        DL_APPEND(s->retired, one);
        runner_kill_all(one->runner);
    }
    spares_fill(s);
}
