/* The turns in which a model calls tools. An exchange that ends in tool calls begins a turn; when
 * each has a result, all results go back in one exchange more. Whatever goes wrong with a tool is a
 * result that the model sees. */
#ifndef RUNNER_DELIBERATION_CALL_TOOL_LOOP_H
#define RUNNER_DELIBERATION_CALL_TOOL_LOOP_H

#include <jansson.h>

struct seat_call;
struct tool_loop;

/* Begins a turn: the call is CALL_TOOLS until each tool has a result. */
void tool_loop_begin(struct seat_call *c, const json_t *fact);
/* A tool_call_result: 0, or -ESTALE. */
int tool_loop_feed(struct seat_call *c, json_t *fact);
/* Stops the tools that run. */
void tool_loop_stop(struct seat_call *c);
void tool_loop_free(struct tool_loop *loop);

#endif
