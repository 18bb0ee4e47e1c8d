/* A run told to people while it goes on: its events become lines, and on a terminal the calls that
 * are going on stand below them in rows that are drawn anew with every view_show. */
#ifndef CTL_VIEW_H
#define CTL_VIEW_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "calls.h"
#include "screen.h"

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

void view_init(struct view *v, struct screen *screen, bool stream, bool quiet);
void view_release(struct view *v);

/* Takes one event (also a delta). Unknown types are passed over. */
void view_event(struct view *v, const json_t *event);
/* A line about events that were dropped for us. */
void view_gap(struct view *v, long long dropped);
/* Brings new lines and rows to the terminal. */
void view_show(struct view *v);

#endif
