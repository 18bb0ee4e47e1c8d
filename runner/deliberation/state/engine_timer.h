/* The timers of the engine, on its own time: it moves only when the caller says so. A timer stands
 * inside what it times; it must be cleared before that is freed. */
#ifndef RUNNER_DELIBERATION_STATE_ENGINE_TIMER_H
#define RUNNER_DELIBERATION_STATE_ENGINE_TIMER_H

#include <stdbool.h>
#include <stdint.h>

struct engine;

struct engine_timer {
    int64_t due;
    uint64_t order; /* among those of one time, the one set first fires first */
    bool set;
    void (*fire)(void *arg);
    void *arg;
    struct engine_timer *prev, *next;
};

/* Fires once at `due`; set again, the earlier wish is forgotten. */
void engine_timer_set(struct engine *e, struct engine_timer *t, int64_t due, void (*fire)(void *),
                      void *arg);
void engine_timer_clear(struct engine *e, struct engine_timer *t);
/* The one that is due first; NULL when none is set. */
struct engine_timer *engine_timer_first(const struct engine *e);

#endif
