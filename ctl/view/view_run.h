/* What events of the run, its rounds and its sub-councils do to a view. */
#ifndef CTL_VIEW_VIEW_RUN_H
#define CTL_VIEW_VIEW_RUN_H

#include "view_state.h"

void view_take_run_started(struct view *v, const json_t *event);
void view_take_run_resumed(struct view *v, const json_t *event);
void view_take_council_selected(struct view *v, const json_t *event);
void view_take_round_started(struct view *v, const json_t *event);
void view_take_round_completed(struct view *v, const json_t *event);
void view_take_early_stop(struct view *v, const json_t *event);
void view_take_sub_run(struct view *v, const json_t *event);
void view_take_warning(struct view *v, const json_t *event);
void view_take_cancel_requested(struct view *v, const json_t *event);
/* run_completed and run_failed: the result. */
void view_take_end(struct view *v, const json_t *event);

#endif
