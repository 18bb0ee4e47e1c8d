/* Tools that members of a council call: programs of the operator's (one process per call) and MCP
 * servers (one process per run and server, started when first needed). From the engine's want to
 * the tool_call_result fact; nothing blocks, and whatever a tool does is an answer to the model.
 *
 *     t = tools_new(&hooks, context);
 *     tools_start(t, &call);
 *     timeout = tools_wake_ms(t); n = tools_fds(t, fds, room) ... poll ...
 *     tools_step(t, now_ms);
 *
 * A tool's document: {name, kind: "command", argv} or {name, kind: "mcp", argv, tool?}; `tool` is
 * the name at the server, the same name when it is absent. What members are told of a server's tool
 * comes from the server: tools_complete asks for it before the run begins. Times are the run's
 * milliseconds. */
#ifndef RUNNER_TOOL_TOOLS_H
#define RUNNER_TOOL_TOOLS_H

#include <jansson.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "tool_call.h"

struct tools;

enum { TOOL_SERVERS_MS = 5000 /* for tools_complete */ };

struct tool_hooks {
    int64_t (*now)(void *context);
    void (*fact)(void *context, json_t *fact); /* tool_call_result; taken over */
};

/* Is it a tool of an MCP server? */
bool tool_is_at_server(const json_t *document);

struct tools *tools_new(const struct tool_hooks *hooks, void *context);
void tools_free(struct tools *t); /* ends every process of it */

void tools_start(struct tools *t, const struct tool_call *call);
/* Ends a call without a fact. */
void tools_abort(struct tools *t, const char *call_id, int turn, const char *id);

size_t tools_fds(const struct tools *t, struct pollfd *ret, size_t room);
int64_t tools_wake_ms(const struct tools *t); /* -1: only descriptors know */
void tools_step(struct tools *t, int64_t now_ms);

/* Fills in what objects of kind mcp anywhere in the tree lack: `parameters` (null) and
 * `description` ("") are taken from the server of the document {name: document} of that name. Waits
 * at most timeout_ms for all servers together; for the start of a run, before anything else goes
 * on. Of one that does not answer the tools take any arguments; a call of them is an error that the
 * model sees. */
void tools_complete(struct tools *t, json_t *documents, json_t *tree, int64_t timeout_ms);

#endif
