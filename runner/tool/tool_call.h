/* What a member wants of a tool. */
#ifndef RUNNER_TOOL_TOOL_CALL_H
#define RUNNER_TOOL_TOOL_CALL_H

#include <jansson.h>
#include <stdint.h>

/* All of it belongs to the caller. */
struct tool_call {
    const char *call_id; /* of the member's call */
    int turn;
    const char *id;   /* of the tool call */
    const char *name; /* of the tool */
    json_t *doc;      /* {name, kind: "command", argv} or {name, kind: "mcp", argv, tool?} */
    json_t *args;     /* an object */
    int64_t timeout_ms;
};

#endif
