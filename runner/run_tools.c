#include "run_tools.h"

#include "common/jx.h"
#include "runner/tool/told_tools.h"

enum { SERVERS_MS = 5000 /* all servers together, before the run begins */ };

void run_tools_init(struct run_tools *t, struct tool_keeper *keeper, const struct run_spec *spec,
                    const struct tool_hooks *hooks, void *context)
{
    *t = (struct run_tools){keeper, spec, *hooks, context};
    if (keeper)
        tool_keeper_hook(keeper, hooks, context);
}

static bool any_server(json_t *documents)
{
    const char *name;
    json_t *document;
    json_object_foreach (documents, name, document)
        if (tool_is_at_server(document))
            return true;
    return false;
}

void run_tools_complete(struct run_tools *t)
{
    json_t *documents = run_spec_tools(t->spec), *tree = t->spec->plan.document;
    if (!any_server(documents))
        return;
    json_t *names = told_tools_wanted(documents, tree);
    json_t *told = t->keeper ? tool_keeper_list(t->keeper, names, SERVERS_MS) : NULL;
    told_tools_fill(documents, tree, told);
    json_decref(told);
    json_decref(names);
}

void run_tools_start(struct run_tools *t, const struct engine_want *want)
{
    struct tool_call call = {.call_id = want->call_id,
                             .turn = want->turn,
                             .id = want->tool_id,
                             .name = want->tool,
                             .args = want->args,
                             .timeout_ms = want->tool_timeout_ms};
    if (t->keeper)
        tool_keeper_call(t->keeper, &call);
    else
        t->hooks.fact(t->context,
                      j_pack("{s:s, s:s, s:i, s:s, s:s, s:b, s:s, s:i}", "type", "tool_call_result",
                             "call_id", want->call_id, "turn", want->turn, "id", want->tool_id,
                             "name", want->tool, "ok", 0, "error", "no program is known for it",
                             "latency_ms", 0));
}

void run_tools_abort(struct run_tools *t, const struct engine_want *want)
{
    if (t->keeper)
        tool_keeper_abort(t->keeper, want->call_id, want->turn, want->tool_id);
}

size_t run_tools_fds(const struct run_tools *t, struct pollfd *ret, size_t room)
{
    return t->keeper ? tool_keeper_fds(t->keeper, ret, room) : 0;
}

int64_t run_tools_wake_ms(const struct run_tools *t)
{
    return t->keeper ? tool_keeper_wake_ms(t->keeper) : -1;
}

void run_tools_step(struct run_tools *t, int64_t now_ms)
{
    if (t->keeper)
        tool_keeper_step(t->keeper, now_ms);
}
