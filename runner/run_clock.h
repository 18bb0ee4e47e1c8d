/* The clock of a run: milliseconds from its start, which stand still while the run is held. It
 * reads no clock itself: mono_ms is what clock_mono_ms() says. */
#ifndef RUNNER_RUN_CLOCK_H
#define RUNNER_RUN_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct run_clock {
    int64_t base_ms;       /* monotonic clock at 0 */
    int64_t held_ms;       /* how long it has stood still */
    int64_t held_since_ms; /* -1: it runs */
};

void run_clock_start(struct run_clock *c, int64_t mono_ms);
int64_t run_clock_now(const struct run_clock *c, int64_t mono_ms);
/* Stops it, or lets it go on; nothing when it does so already. */
void run_clock_hold(struct run_clock *c, bool hold, int64_t mono_ms);

#endif
