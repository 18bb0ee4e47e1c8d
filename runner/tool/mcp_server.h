/* One MCP server of a run: its process, its session, and the calls that wait for it.
 *
 *     s = mcp_server_new(program, box);
 *     mcp_server_join(s, &call);        call.answered comes from mcp_server_step, or at once
 *     mcp_server_step(s);               when a descriptor of s->child is ready
 *     mcp_server_leave(s, &call);       answered or not, before the call goes away
 *     mcp_server_free(s);               after the last call has left
 *
 * Who calls is not known here. */
#ifndef RUNNER_TOOL_MCP_SERVER_H
#define RUNNER_TOOL_MCP_SERVER_H

#include "child.h"
#include "mcp.h"

/* A call at a server; a part of something of the caller's. */
struct mcp_call_slot {
    const char *tool; /* its name at the server */
    json_t *args;     /* an object; borrowed like the name */
    /* Called once: with the result, or with what to tell the model instead. Takes answer over. */
    void (*answered)(void *context, bool ok, json_t *answer);
    void *context;
    int64_t id; /* at the server; 0: not sent yet. This and the rest are the server's. */
    bool done;
    struct mcp_call_slot *next;
};

struct mcp_server {
    json_t *program; /* what was started: {argv, env?} */
    struct child child;
    struct mcp mcp;
    bool dead;
    struct mcp_call_slot *waiting; /* sent or to be sent */
    size_t users;
    struct mcp_server *next;
};

/* program: {argv, env?}, as child_start takes it. Never NULL; one that cannot be started is not
 * usable. */
struct mcp_server *mcp_server_new(json_t *program, const struct tool_box *box);
void mcp_server_free(struct mcp_server *s);
/* Is it that program, with that environment and that may do the same? */
bool mcp_server_runs(const struct mcp_server *s, const json_t *program);
bool mcp_server_usable(const struct mcp_server *s);
void mcp_server_join(struct mcp_server *s, struct mcp_call_slot *c);
/* A server that was asked and has not answered is told that nobody waits any more. */
void mcp_server_leave(struct mcp_server *s, struct mcp_call_slot *c);
void mcp_server_step(struct mcp_server *s);
/* Runs it alone until it is ready: 0, or -errno. */
int mcp_server_wait_ready(struct mcp_server *s, int64_t timeout_ms, struct error *err);

#endif
