/* Runs that live by a clock of the test's own (life_fixture.h). Taken in behind cmocka.h, by one
 * source of a test. */
#ifndef TESTS_UNIT_DAEMON_OWN_CLOCK_H
#define TESTS_UNIT_DAEMON_OWN_CLOCK_H

#include "life_fixture.h"

static int64_t now;

static inline int64_t clock_of_ours(void)
{
    return now;
}

/* One that is ready, on our clock. */
static inline struct run *begun(struct ear *ear)
{
    loop_set_clock(core.loop, clock_of_ours);
    return running(ear, 5000);
}

#endif
