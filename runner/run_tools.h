/* The tools of a run that are programs: between what the engine wants and the tool keeper.
 *
 *     run_tools_init(&t, keeper, &spec, &hooks, context);     keeper NULL: there are none
 *     run_tools_complete(&t);                                 before anybody is asked
 *     run_tools_start(&t, want) ... run_tools_step(&t, now_ms) */
#ifndef RUNNER_RUN_TOOLS_H
#define RUNNER_RUN_TOOLS_H

#include <poll.h>

#include "run_spec.h"
#include "runner/deliberation/state/want.h"
#include "runner/tool/tool_keeper.h"

struct run_tools {
    struct tool_keeper *keeper;
    const struct run_spec *spec;
    struct tool_hooks hooks;
    void *context;
};

/* Everything is borrowed. */
void run_tools_init(struct run_tools *t, struct tool_keeper *keeper, const struct run_spec *spec,
                    const struct tool_hooks *hooks, void *context);
/* Puts what servers tell of their tools into the plan; waits some seconds for them at most. */
void run_tools_complete(struct run_tools *t);

void run_tools_start(struct run_tools *t, const struct engine_want *want);
void run_tools_abort(struct run_tools *t, const struct engine_want *want);

size_t run_tools_fds(const struct run_tools *t, struct pollfd *ret, size_t room);
int64_t run_tools_wake_ms(const struct run_tools *t); /* -1: only descriptors know */
void run_tools_step(struct run_tools *t, int64_t now_ms);

#endif
