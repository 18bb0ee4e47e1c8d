#include "timer.h"

#include <errno.h>
#include <stdlib.h>

/* A hundred years: what is longer never happens, and sums stay far from overflow. */
#define FOREVER_MS INT64_C(3155760000000)

void timers_release(struct timers *t)
{
    free(t->heap);
    *t = (struct timers){0};
}

int timer_init(struct timers *timers, struct timer *t, void (*fire)(void *), void *arg)
{
    *t = (struct timer){.fire = fire, .arg = arg};
    if (timers->reserved == timers->size) {
        size_t size = timers->size ? timers->size * 2 : 64;
        struct timer **heap = realloc(timers->heap, size * sizeof(*heap));
        if (!heap)
            return -ENOMEM;
        timers->heap = heap;
        timers->size = size;
    }
    timers->reserved++;
    t->timers = timers;
    return 0;
}

void timer_release(struct timer *t)
{
    if (!t->timers)
        return;
    timer_clear(t);
    t->timers->reserved--;
    t->timers = NULL;
}

static void put(struct timers *timers, size_t place, struct timer *t)
{
    timers->heap[place - 1] = t;
    t->place = place;
}

static struct timer *at(const struct timers *timers, size_t place)
{
    return timers->heap[place - 1];
}

static void rise(struct timers *timers, struct timer *t)
{
    size_t place = t->place;
    while (place > 1 && at(timers, place / 2)->due_us > t->due_us) {
        put(timers, place, at(timers, place / 2));
        place /= 2;
    }
    put(timers, place, t);
}

static void sink(struct timers *timers, struct timer *t)
{
    size_t place = t->place;
    while (place * 2 <= timers->count) {
        size_t child = place * 2;
        if (child < timers->count && at(timers, child + 1)->due_us < at(timers, child)->due_us)
            child++;
        if (at(timers, child)->due_us >= t->due_us)
            break;
        put(timers, place, at(timers, child));
        place = child;
    }
    put(timers, place, t);
}

void timer_set(struct timer *t, int64_t now_us, int64_t ms)
{
    struct timers *timers = t->timers;
    if (!timers)
        return;
    timer_clear(t);
    if (ms < 0)
        ms = 0;
    if (ms > FOREVER_MS)
        ms = FOREVER_MS;
    t->due_us = now_us + ms * 1000;
    put(timers, ++timers->count, t);
    rise(timers, t);
}

void timer_clear(struct timer *t)
{
    if (!t->timers || !t->place)
        return;
    struct timers *timers = t->timers;
    struct timer *last = at(timers, timers->count--);
    if (last != t) {
        put(timers, t->place, last);
        rise(timers, last);
        sink(timers, last);
    }
    t->place = 0;
}

bool timer_is_set(const struct timer *t)
{
    return t->place != 0;
}

int64_t timers_next(const struct timers *timers)
{
    return timers->count ? timers->heap[0]->due_us : INT64_MAX;
}

struct timer *timers_take(struct timers *timers, int64_t now_us)
{
    if (!timers->count || timers->heap[0]->due_us > now_us)
        return NULL;
    struct timer *t = timers->heap[0];
    timer_clear(t);
    return t;
}
