/* A run told to people while it goes on: its events become lines, and on a terminal the calls that
 * are going on stand below them in rows that are drawn anew with every view_show.
 *
 *     v = view_new(screen, stream, quiet)
 *     view_event(v, event)     for each event, in their order
 *     view_show(v)             as often as it should be seen
 *     view_free(v)             before screen_free */
#ifndef CTL_VIEW_VIEW_H
#define CTL_VIEW_VIEW_H

#include <jansson.h>
#include <stdbool.h>

#include "ctl/terminal/screen.h"

struct view;

/* stream: print what members say while they say it; quiet: only the result. The screen stays the
 * caller's. */
struct view *view_new(struct screen *screen, bool stream, bool quiet);
void view_free(struct view *v);

/* Takes one event (also a delta). Unknown types are passed over. */
void view_event(struct view *v, const json_t *event);
/* A line about events that were dropped for us. */
void view_gap(struct view *v, int64_t dropped);
/* Brings new lines and rows to the terminal. */
void view_show(struct view *v);

/* The terminal event of the run, borrowed; NULL until it came. */
const json_t *view_end(const struct view *v);

#endif
