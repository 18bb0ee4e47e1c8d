#include "engine_timer.h"

#include <utlist.h>

#include "state.h"

void engine_timer_set(struct engine *e, struct engine_timer *t, int64_t due, void (*fire)(void *),
                      void *arg)
{
    engine_timer_clear(e, t);
    t->due = due;
    t->order = e->orders++;
    t->set = true;
    t->fire = fire;
    t->arg = arg;
    DL_APPEND(e->timers, t);
}

void engine_timer_clear(struct engine *e, struct engine_timer *t)
{
    if (!t->set)
        return;
    t->set = false;
    DL_DELETE(e->timers, t);
}

struct engine_timer *engine_timer_first(const struct engine *e)
{
    struct engine_timer *t, *first = NULL;
    DL_FOREACH (e->timers, t) {
        if (!first || t->due < first->due || (t->due == first->due && t->order < first->order))
            first = t;
    }
    return first;
}
