/* One MCP server of a run: its process, its session, and the calls that wait for it. Private to
 * this folder. */
#ifndef RUNNER_TOOL_MCP_SERVER_H
#define RUNNER_TOOL_MCP_SERVER_H

#include <poll.h>

#include "child.h"
#include "mcp.h"

struct job;

struct server {
    json_t *argv;
    struct child child;
    struct mcp mcp;
    bool dead;
    struct job *waiting; /* sent or to be sent */
    size_t users;
    struct server *next;
};

struct server *server_new(json_t *argv, bool own_group);
void server_free(struct server *s);
bool server_usable(const struct server *s);
void server_join(struct server *s, struct job *c);
void server_leave(struct server *s, struct job *c);
void server_step(struct server *s);
/* Runs it alone until it is ready: 0, or -errno. */
int server_wait_ready(struct server *s, int64_t timeout_ms, struct error *err);

/* The descriptors of a child that can become ready. */
size_t child_fds(const struct child *c, bool wants_out, struct pollfd *ret, size_t room);

#endif
