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

/* view_calls.c */
void view_take_member_started(struct view *v, const json_t *event);
void view_take_attempt_failed(struct view *v, const json_t *event);
void view_take_tool_request(struct view *v, const json_t *event);
void view_take_tool_result(struct view *v, const json_t *event);
void view_take_reask(struct view *v, const json_t *event);
void view_take_member_completed(struct view *v, const json_t *event);
void view_take_token(struct view *v, const json_t *event);
void view_take_reasoning(struct view *v, const json_t *event);

/* view_words.c: text from strangers comes out escaped. */

/* `a, b, c` out of an array of strings, or of objects by one member of theirs; "nobody". */
void view_add_names(struct buf *to, const json_t *list, const char *key);
/* The event's member, with the path of its sub-council before it. */
void view_add_member(struct buf *to, const json_t *event);
/* `code: message` of an error or warning. */
void view_add_error(struct buf *to, const json_t *error);

#endif
