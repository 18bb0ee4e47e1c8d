/* A turn of a loop that waits for nothing: what never comes lets a test fail, and not hang. */
#ifndef TESTS_UNIT_DAEMON_ONE_TURN_H
#define TESTS_UNIT_DAEMON_ONE_TURN_H

#include "serve/loop.h"

static inline void work_nothing(void *arg)
{
    (void)arg;
}

static inline void one_turn(struct loop *loop)
{
    struct watch here = {0};
    watch_init(loop, &here, -1, WATCH_NONE, LOOP_OUTPUT, work_nothing, NULL);
    watch_note(&here);
    loop_turn(loop);
    watch_release(&here);
}

#endif
