/* Timers on CLOCK_MONOTONIC, in one heap. A timer lives inside its owner; room for it in the heap
 * is kept from timer_init to timer_release, so that setting one never fails. */
#ifndef SERVE_TIMER_H
#define SERVE_TIMER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct timer;

struct timers {
    struct timer **heap;
    size_t count;    /* timers that are set */
    size_t reserved; /* timers that exist */
    size_t size;
};

struct timer {
    int64_t due_us;
    size_t place; /* in the heap, from 1; 0: not set */
    void (*fire)(void *arg);
    void *arg;
    struct timers *timers; /* NULL: not initialised, or released */
};

void timers_release(struct timers *t);

/* -ENOMEM leaves a timer that may be released but not set. */
int timer_init(struct timers *timers, struct timer *t, void (*fire)(void *), void *arg);
void timer_release(struct timer *t); /* also of a zeroed one */

/* Fires once, `ms` from `now_us` on or later, never earlier. Setting it again moves it. */
void timer_set(struct timer *t, int64_t now_us, int64_t ms);
void timer_clear(struct timer *t);
bool timer_is_set(const struct timer *t);

/* When the next one is due; INT64_MAX when none is set. */
int64_t timers_next(const struct timers *timers);
/* Takes one timer that is due at now_us out of the heap; NULL when there is none. The caller calls
 * its fire. */
struct timer *timers_take(struct timers *timers, int64_t now_us);

#endif
