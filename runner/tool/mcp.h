/* The client's side of the Model Context Protocol over stdio [modelcontextprotocol.io, 2025-06-18],
 * as far as tools need it: initialize, tools/list with its pages, tools/call. Pure: bytes of the
 * server go in, bytes for it stand in `out`, answers to calls come by callback.
 *
 *     mcp_init(&m, answer, context);          puts the first request into m.out
 *     mcp_input(&m, bytes, len);              as they come from the server's stdout
 *     m.state == MCP_READY: m.tools is the list; mcp_call() may be used
 *     mcp_release(&m);
 *
 * What the server asks of us is answered: ping with {}, anything else with method_not_found. */
#ifndef RUNNER_TOOL_MCP_H
#define RUNNER_TOOL_MCP_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"

enum { MCP_LINE_MAX = 4 * 1024 * 1024, MCP_TOOLS_MAX = 512, MCP_PAGES_MAX = 64 };

enum mcp_state { MCP_INITIALIZING, MCP_LISTING, MCP_READY, MCP_BROKEN };

/* text: what the model may see, result or error; valid during the call. */
typedef void (*mcp_answer)(void *context, int64_t id, bool ok, const char *text);

struct mcp {
    enum mcp_state state;
    char why[200]; /* MCP_BROKEN */
    struct buf in, out;
    json_t *tools; /* [{name, description, inputSchema, ...}] */
    int pages;     /* of the list, so far */
    int64_t last_id;
    mcp_answer answer;
    void *context;
};

void mcp_init(struct mcp *m, mcp_answer answer, void *context);
void mcp_release(struct mcp *m);
void mcp_input(struct mcp *m, const char *bytes, size_t len);
/* The id by which its answer comes. args: an object, borrowed. */
int64_t mcp_call(struct mcp *m, const char *tool, json_t *args);
/* Tells the server that nobody waits any more. */
void mcp_cancel(struct mcp *m, int64_t id, const char *reason);
/* The tool of that name in the list, borrowed; NULL: none. */
json_t *mcp_tool(const struct mcp *m, const char *name);

#endif
