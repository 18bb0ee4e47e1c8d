/* What each type of event does to a view: one function per type, one table. */
#ifndef CTL_VIEW_EVENTS_H
#define CTL_VIEW_EVENTS_H

#include "view.h"

struct view_event_row {
    const char *type; /* NULL ends the table */
    void (*take)(struct view *v, const json_t *event);
    bool always; /* also when the view is quiet */
};

extern const struct view_event_row VIEW_EVENTS[];

#endif
