#include "run_clock.h"

void run_clock_start(struct run_clock *c, int64_t mono_ms)
{
    *c = (struct run_clock){.base_ms = mono_ms, .held_since_ms = -1};
}

int64_t run_clock_now(const struct run_clock *c, int64_t mono_ms)
{
    int64_t now = c->held_since_ms >= 0 ? c->held_since_ms : mono_ms;
    return now - c->base_ms - c->held_ms;
}

void run_clock_hold(struct run_clock *c, bool hold, int64_t mono_ms)
{
    if (hold && c->held_since_ms < 0) {
        c->held_since_ms = mono_ms;
    } else if (!hold && c->held_since_ms >= 0) {
        c->held_ms += mono_ms - c->held_since_ms;
        c->held_since_ms = -1;
    }
}
