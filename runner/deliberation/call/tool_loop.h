/* The tools of a call (reference 1.3, 1.7): what is offered, and the turns in which the model calls
 * them. An exchange that ends in tool calls begins a turn; when each has a result, all results go
 * back in one exchange more. Whatever goes wrong with a tool is a result that the model sees.
 *
 * docs tools are answered here, at once; others are wanted of the caller (ENGINE_TOOL). Both are
 * journaled as tool_call_request, when the tool starts, and tool_call_result. */
#ifndef RUNNER_DELIBERATION_CALL_TOOL_LOOP_H
#define RUNNER_DELIBERATION_CALL_TOOL_LOOP_H

#include "runner/deliberation/state/state.h"

enum { TOOL_TEXT_MAX = 64 * 1024 };

/* [{name, description, parameters}] as offered in this call; new, empty without tools. */
json_t *tool_loop_offered(const struct seat_call *c);
/* The seat's own choice, as the first turn has it; "none" without tools. */
const char *tool_loop_first_choice(const struct seat_call *c);
/* That of the next exchange. */
const char *tool_loop_choice(const struct seat_call *c);

/* Does this exchange call tools that were offered? */
bool tool_loop_called(const struct seat_call *c, const json_t *fact);
/* Has the call used up its turns? */
bool tool_loop_used_up(const struct seat_call *c);
/* Begins a turn: the call is CALL_TOOLS until each tool has a result. */
void tool_loop_begin(struct seat_call *c, const json_t *fact);
/* A tool_call_result: 0, or -ESTALE. */
int tool_loop_feed(struct seat_call *c, json_t *fact);
/* Stops the tools that run. */
void tool_loop_stop(struct seat_call *c);
void tool_loop_free(struct tool_loop *loop);

/* The documents of a council, those of the options added for the outermost; new. */
json_t *council_documents(const struct council *c);

#endif
