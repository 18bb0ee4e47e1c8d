/* What a view knows of the run that it tells; for the files of this room. */
#ifndef CTL_VIEW_VIEW_STATE_H
#define CTL_VIEW_VIEW_STATE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "calls.h"
#include "ctl/terminal/screen.h"

struct view {
    struct screen *screen;
    bool stream; /* print what members say while they say it */
    bool quiet;  /* only the result */
    struct calls calls;
    char *round;     /* escaped: `round 2 of 3: synthesis`, or NULL between rounds */
    int64_t rounds;  /* how many the council has; 0: not known yet */
    int64_t begun;   /* clock_mono_ms of the round */
    int64_t asked;   /* seats asked in this round */
    int64_t settled; /* calls that have ended in this round */
    json_t *end;     /* the terminal event, once it came */
};

#endif
