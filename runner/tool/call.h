/* One call of a tool. Private to tools.c and call.c. */
#ifndef TOOL_CALL_H
#define TOOL_CALL_H

#include "child.h"
#include "server.h"
#include "tools.h"

struct call {
    char *call_id, *id, *name;
    int turn;
    json_t *doc, *args;
    int64_t started_ms, deadline_ms;
    struct child child;    /* of a command */
    struct buf out, in;    /* to and from the command */
    struct server *server; /* or the server that is asked */
    int64_t server_id;     /* of the request there; 0: not sent yet */
    bool over, ok;
    json_t *answer; /* result or error */
    struct call *next;
    struct call *next_waiting; /* at the same server */
};

struct call *call_new(const struct tool_call *what, int64_t now_ms);
void call_free(struct call *c); /* ends the command; tells the server that nobody waits */
void call_begin_command(struct call *c, bool own_group);
void call_begin_server(struct call *c, struct server *s);
void call_step(struct call *c, int64_t now_ms);
void call_end(struct call *c, bool ok, json_t *answer); /* takes the answer over */
json_t *call_fact(const struct call *c, int64_t now_ms);

#endif
