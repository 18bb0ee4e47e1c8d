/* Who wants to hear what came of calls of tools. */
#ifndef RUNNER_TOOL_TOOL_HOOKS_H
#define RUNNER_TOOL_TOOL_HOOKS_H

#include <jansson.h>
#include <stdint.h>

struct tool_hooks {
    int64_t (*now)(void *context);
    void (*fact)(void *context, json_t *fact); /* tool_call_result; taken over */
};

#endif
