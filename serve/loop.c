#include "loop.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "common/clock.h"

/* libevent fetches 32 reports at first and more only from the next look on. */
enum { REPORTS_MIN = 32, GATHER_MAX = 16 };

struct hook {
    void (*work)(void *arg); /* NULL: none */
    void *arg;
};

struct loop {
    struct event_base *base;
    struct event *tick; /* libevent's share in the timers: it wakes us for the first one */
    int64_t tick_us;    /* when it does; INT64_MAX: not set */
    struct timers timers;
    struct watch *noted[LOOP_PHASES];
    unsigned reports; /* watches reported by the last look */
    int passes;       /* since a timer is due and does not fire yet */
    struct hook hooks[LOOP_OUTPUT];
    int64_t (*now_us)(void);
    int64_t used_us[LOOP_PHASES]; /* of this turn; counted for those that are bounded by time */
    int64_t share_us;             /* when the watch that is worked now began */
    bool stopping;
};

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    struct loop *l = arg;
    l->tick_us = INT64_MAX;
}

static struct event_base *make_base(void)
{
    struct event_config *config = event_config_new();
    if (!config)
        return NULL;
    event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK | EVENT_BASE_FLAG_IGNORE_ENV);
    struct event_base *base = event_base_new_with_config(config);
    event_config_free(config);
    return base;
}

struct loop *loop_new(void)
{
    struct loop *l = calloc(1, sizeof(*l));
    if (!l)
        return NULL;
    l->tick_us = INT64_MAX;
    l->now_us = clock_mono_us;
    l->base = make_base();
    l->tick = l->base ? event_new(l->base, -1, 0, on_tick, l) : NULL;
    if (!l->tick) {
        loop_free(l);
        return NULL;
    }
    return l;
}

void loop_free(struct loop *l)
{
    if (!l)
        return;
    if (l->tick)
        event_free(l->tick);
    if (l->base)
        event_base_free(l->base);
    timers_release(&l->timers);
    free(l);
}

struct event_base *loop_base(struct loop *l)
{
    return l->base;
}

void loop_set_hook(struct loop *l, enum loop_phase phase, void (*work)(void *), void *arg)
{
    l->hooks[phase] = (struct hook){.work = work, .arg = arg};
}

int64_t loop_now_us(const struct loop *l)
{
    return l->now_us();
}

void loop_set_clock(struct loop *l, int64_t (*now_us)(void))
{
    l->now_us = now_us;
}

struct timers *loop_timers(struct loop *l)
{
    return &l->timers;
}

int loop_timer_init(struct loop *l, struct timer *t, void (*fire)(void *), void *arg)
{
    return timer_init(&l->timers, t, fire, arg);
}

void loop_timer_set(struct loop *l, struct timer *t, int64_t ms)
{
    timer_set(t, loop_now_us(l), ms);
}

static bool anything_noted(const struct loop *l)
{
    for (int phase = 0; phase < LOOP_PHASES; phase++)
        if (l->noted[phase])
            return true;
    return false;
}

static void arm_tick(struct loop *l)
{
    int64_t next = timers_next(&l->timers);
    if (next == l->tick_us)
        return;
    l->tick_us = next;
    if (next == INT64_MAX) {
        event_del(l->tick);
        return;
    }
    int64_t left = next - l->now_us();
    if (left < 0)
        left = 0;
    struct timeval tv = {.tv_sec = left / 1000000, .tv_usec = left % 1000000};
    if (event_add(l->tick, &tv))
        l->tick_us = INT64_MAX;
}

static void gather(struct loop *l, bool wait)
{
    l->reports = 0;
    event_base_loop(l->base, wait ? EVLOOP_ONCE : EVLOOP_ONCE | EVLOOP_NONBLOCK);
}

static bool is_used_up(const struct loop *l, enum loop_phase phase)
{
    return l->used_us[phase] >= LOOP_CLIENTS_MS * 1000;
}

static void work_watch(struct loop *l, struct watch *w)
{
    const enum loop_phase phase = w->phase;
    l->share_us = l->now_us();
    w->work(w->arg);
    if (phase >= LOOP_CLIENTS)
        l->used_us[phase] += l->now_us() - l->share_us;
}

bool loop_share_is_over(const struct loop *l)
{
    return l->now_us() - l->share_us >= LOOP_SHARE_MS * 1000;
}

/* Works what is on the list now; what is noted meanwhile waits for the next turn. What is left when
 * the time is over stays before it. */
static void work_phase(struct loop *l, enum loop_phase phase)
{
    struct watch mark = {0};
    DL_APPEND(l->noted[phase], &mark);
    while (l->noted[phase] != &mark && !is_used_up(l, phase)) {
        struct watch *w = l->noted[phase];
        DL_DELETE(l->noted[phase], w);
        w->noted = false;
        work_watch(l, w);
    }
    DL_DELETE(l->noted[phase], &mark);
}

static void work_input(struct loop *l)
{
    for (enum loop_phase phase = LOOP_FIRST; phase < LOOP_OUTPUT; phase++) {
        if (l->hooks[phase].work)
            l->hooks[phase].work(l->hooks[phase].arg);
        work_phase(l, phase);
    }
}

/* Takes what the kernel still holds back. False: there is more, and time for it in the next turn.
 */
static bool catch_up(struct loop *l)
{
    const int64_t began = l->now_us();
    while (l->passes++ < GATHER_MAX) {
        gather(l, false);
        work_input(l);
        if (l->reports < REPORTS_MIN)
            return true;
        if (l->now_us() - began >= LOOP_CLIENTS_MS * 1000)
            return l->passes >= GATHER_MAX;
    }
    return true;
}

/* Timers come last of the input: before any fires, everything the kernel still holds back is taken.
 */
static void work_timers(struct loop *l)
{
    struct timer *t;
    if (timers_next(&l->timers) > l->now_us() || !catch_up(l))
        return;
    l->passes = 0;
    int64_t now = l->now_us();
    while ((t = timers_take(&l->timers, now)))
        t->fire(t->arg);
}

void loop_turn(struct loop *l)
{
    arm_tick(l);
    gather(l, !anything_noted(l));
    memset(l->used_us, 0, sizeof(l->used_us));
    work_input(l);
    work_timers(l);
    work_phase(l, LOOP_OUTPUT);
}

void loop_run(struct loop *l)
{
    while (!l->stopping)
        loop_turn(l);
}

void loop_stop(struct loop *l)
{
    l->stopping = true;
}

static void on_ready(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    struct watch *w = arg;
    w->loop->reports++;
    watch_note(w);
}

static short event_kind(enum watch_kind kind)
{
    return kind == WATCH_WRITE ? EV_WRITE : EV_READ;
}

int watch_init(struct loop *l, struct watch *w, int fd, enum watch_kind kind, enum loop_phase phase,
               void (*work)(void *), void *arg)
{
    *w = (struct watch){.loop = l, .phase = phase, .work = work, .arg = arg};
    if (kind == WATCH_NONE)
        return 0;
    w->event = event_new(l->base, fd, event_kind(kind) | EV_PERSIST, on_ready, w);
    return w->event ? 0 : -ENOMEM;
}

void watch_release(struct watch *w)
{
    if (w->noted)
        DL_DELETE(w->loop->noted[w->phase], w);
    if (w->event)
        event_free(w->event);
    *w = (struct watch){0};
}

int watch_arm(struct watch *w)
{
    if (w->armed || !w->event)
        return 0;
    if (event_add(w->event, NULL))
        return -ENOMEM;
    w->armed = true;
    return 0;
}

void watch_disarm(struct watch *w)
{
    if (w->armed)
        event_del(w->event);
    w->armed = false;
}

void watch_make_edge(struct watch *w, int fd)
{
    watch_disarm(w);
    if (!w->event)
        return;
    short kind = event_get_events(w->event) & (EV_READ | EV_WRITE);
    event_assign(w->event, w->loop->base, fd, (short)(kind | EV_PERSIST | EV_ET), on_ready, w);
}

void watch_note(struct watch *w)
{
    if (w->noted || !w->loop)
        return;
    w->noted = true;
    DL_APPEND(w->loop->noted[w->phase], w);
}
