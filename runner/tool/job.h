/* One call of a tool, from the want to the fact. A call of a command has a process of its own, one
 * of a server waits there. */
#ifndef RUNNER_TOOL_JOB_H
#define RUNNER_TOOL_JOB_H

#include "child.h"
#include "mcp_server.h"
#include "tool_call.h"

enum { TOOL_OUTPUT_MAX = 1024 * 1024 };

struct job {
    char *call_id, *id, *name;
    int turn;
    json_t *doc, *args;
    int64_t started_ms, deadline_ms;
    struct child child;         /* of a command */
    struct buf out, in;         /* to and from the command */
    struct mcp_server *server;  /* or the server that is asked, */
    struct mcp_call_slot asked; /* and the call there */
    bool over, ok;
    json_t *answer; /* result or error */
    struct job *next;
};

struct job *job_new(const struct tool_call *what, int64_t now_ms);
void job_free(struct job *c); /* ends the command; tells the server that nobody waits */
void job_begin_command(struct job *c, const struct tool_box *box);
void job_begin_server(struct job *c, struct mcp_server *s);
void job_step(struct job *c, int64_t now_ms);
void job_end(struct job *c, bool ok, json_t *answer); /* takes the answer over */
json_t *job_fact(const struct job *c, int64_t now_ms);

#endif
