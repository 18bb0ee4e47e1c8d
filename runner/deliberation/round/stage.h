/* A stage hangs on a round: something that happens in it beside the calls of its type. A round has
 * a row of stages, put together above (council/), and takes them in order: all that have a `before`
 * decide who is asked, then the members are, then all that have an `after` make something of it.
 * r->step is the stage's own, 0 when its turn comes. */
#ifndef RUNNER_DELIBERATION_ROUND_STAGE_H
#define RUNNER_DELIBERATION_ROUND_STAGE_H

struct round;

/* Over, or more calls were queued: the stage is asked again when they are done. */
enum conclusion { CONCLUDED, MORE_CALLS };

struct round_stage {
    enum conclusion (*before)(struct round *r); /* NULL: none */
    enum conclusion (*after)(struct round *r);  /* NULL: none */
};

#endif
