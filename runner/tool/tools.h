/* The tools that a keeper has: programs of the operator's (one process per call) and MCP servers
 * (one process per run and server, started when first needed). From a call to the tool_call_result
 * fact; nothing blocks but tools_told, and whatever a tool does is an answer to the model.
 *
 *     t = tools_new(&hooks, context);
 *     tools_start(t, &call);
 *     timeout = tools_wake_ms(t); n = tools_fds(t, fds, room) ... poll ...
 *     tools_step(t, now_ms);
 *
 * A tool's document: {name, kind: "command", argv} or {name, kind: "mcp", argv, tool?}; `tool` is
 * the name at the server, the same name when it is absent. Times are what hooks.now says. */
#ifndef RUNNER_TOOL_TOOLS_H
#define RUNNER_TOOL_TOOLS_H

#include <jansson.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "told_tools.h"
#include "tool_box.h"
#include "tool_call.h"
#include "tool_hooks.h"

struct tools;

struct tools *tools_new(const struct tool_hooks *hooks, void *context);
void tools_free(struct tools *t); /* ends every process of it */
/* What is started from now on is closed in like that; else it is open. */
void tools_close_in(struct tools *t, const struct tool_box *box);

void tools_start(struct tools *t, const struct tool_call *call);
/* Ends a call without a fact. */
void tools_abort(struct tools *t, const char *call_id, int turn, const char *id);

size_t tools_fds(const struct tools *t, struct pollfd *ret, size_t room);
int64_t tools_wake_ms(const struct tools *t); /* -1: only descriptors know */
void tools_step(struct tools *t, int64_t now_ms);

/* What the servers of the documents {name: document} tell of those tools that are named: {name:
 * {description?, inputSchema?}}, a new reference. Starts all servers, waits at most timeout_ms for
 * all of them together. One that does not answer is left out; a call of its tools is an error that
 * the model sees. */
json_t *tools_told(struct tools *t, json_t *documents, json_t *names, int64_t timeout_ms);

#endif
