#include "stats.h"

#include <stddef.h>

/* What no run can have cost, whatever its runner says. */
static const double COST_MAX = 1e9;

const int64_t STATS_BOUNDS_MS[STATS_BOUNDS] = {1000,   5000,   15000,  30000,   60000,
                                               120000, 300000, 600000, 1800000, 3600000};

static void add(int64_t *sum, int64_t more)
{
    if (__builtin_add_overflow(*sum, more, sum))
        *sum = INT64_MAX;
}

void stats_started(struct stats *s)
{
    s->starts++;
}

void stats_refused(struct stats *s, enum rpc_reason reason)
{
    s->refused[reason]++;
}

static void add_duration(struct stats *s, int64_t ms)
{
    size_t i = 0;
    while (i < STATS_BOUNDS && ms > STATS_BOUNDS_MS[i])
        i++;
    s->durations[i]++;
    add(&s->duration_ms, ms);
}

static void add_usage(struct stats *s, const struct stats_end *end)
{
    if (end->tokens < 0)
        return;
    add(&s->tokens, end->tokens);
    if (end->cost >= 0 && end->cost <= COST_MAX)
        s->cost += end->cost;
    else
        s->unpriced++;
}

void stats_ended(struct stats *s, const struct stats_end *end)
{
    s->reasons[end->reason]++;
    s->outcomes[end->outcome]++;
    add_duration(s, end->duration_ms);
    add_usage(s, end);
}

void stats_dropped(struct stats *s, int64_t events)
{
    add(&s->dropped, events);
}
