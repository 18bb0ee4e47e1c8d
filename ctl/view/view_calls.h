/* What events of calls do to a view: who is asked, what they say, how it ended. */
#ifndef CTL_VIEW_VIEW_CALLS_H
#define CTL_VIEW_VIEW_CALLS_H

#include "view_state.h"

void view_take_member_started(struct view *v, const json_t *event);
void view_take_attempt_failed(struct view *v, const json_t *event);
void view_take_tool_request(struct view *v, const json_t *event);
void view_take_tool_result(struct view *v, const json_t *event);
void view_take_reask(struct view *v, const json_t *event);
void view_take_member_completed(struct view *v, const json_t *event);
void view_take_token(struct view *v, const json_t *event);
void view_take_reasoning(struct view *v, const json_t *event);

#endif
