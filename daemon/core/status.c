#include "status.h"

#include <errno.h>
#include <stdio.h>

enum { STATUS_MS = 1000 };

static void feed_watchdog(void *arg)
{
    struct core *c = arg;
    notify_watchdog(&c->notify);
    loop_timer_set(c->loop, &c->watchdog, c->notify.watchdog_us / 2000);
}

void status_tell(struct core *c)
{
    char text[96];
    snprintf(text, sizeof(text), "%s, %zu run%s", core_state_name(c), c->runs,
             c->runs == 1 ? "" : "s");
    notify_status(&c->notify, text);
}

static void status_is_due(void *arg)
{
    status_tell(arg);
}

int status_init(struct core *c)
{
    if (loop_timer_init(c->loop, &c->watchdog, feed_watchdog, c) ||
        loop_timer_init(c->loop, &c->status, status_is_due, c))
        return -ENOMEM;
    if (c->notify.watchdog_us > 0)
        feed_watchdog(c);
    return 0;
}

void status_runs(struct core *c, size_t count)
{
    c->runs = count;
    if (c->notify.fd >= 0 && c->status.timers && !timer_is_set(&c->status))
        loop_timer_set(c->loop, &c->status, STATUS_MS);
}
