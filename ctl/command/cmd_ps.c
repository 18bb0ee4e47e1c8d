/* councilctl ps */
#include "common/jx.h"
#include "ctl/session/ctl.h"
#include "ctl/terminal/out.h"
#include "story/columns.h"
#include "story/safe_text.h"

/* `running`, `terminating`, or with a cancel under way `running (cancel)`. */
static void add_state(struct table *t, const json_t *child)
{
    char state[64];
    const char *word = j_str(child, "state", NULL);
    snprintf(state, sizeof state, "%s%s", word ? word : "-",
             j_get(child, "cancel") ? " (cancel)" : "");
    table_cell(t, state);
}

static void add_child(struct table *t, const json_t *child)
{
    const json_t *usage = j_get(child, "usage");
    table_json(t, json_object_get(child, "run_id"));
    table_json(t, json_object_get(child, "pid"));
    add_state(t, child);
    table_json(t, json_object_get(child, "council_id"));
    table_json(t, json_object_get(child, "phase"));
    table_duration(t, json_object_get(child, "elapsed_ms"));
    table_count(t, json_object_get(usage, "input_tokens"));
    table_count(t, json_object_get(usage, "output_tokens"));
}

static int run(struct ctl *ctl)
{
    static const char *const heads[] = {"RUN_ID",   "PID",        "STATE",       "COUNCIL", "PHASE",
                                        ">ELAPSED", ">TOKENS IN", ">TOKENS OUT", NULL};
    json_t *result = NULL;
    int status = ctl_once(ctl, "supervisor.which_children", ctl_registry_params(ctl), &result);
    if (status)
        return status;
    const json_t *children = json_object_get(result, "children");
    if (ctl->json) {
        out_json(children, true);
    } else {
        struct table *t = table_new(heads);
        size_t i;
        json_t *child;
        json_array_foreach (children, i, child)
            add_child(t, child);
        struct buf *out = out_begin();
        table_print(t, "", out);
        out_end(out);
        table_free(t);
    }
    json_decref(result);
    return EXIT_COMPLETE;
}

const struct command cmd_ps = {
    .usage = "",
    .summary = "List the live runs",
    .help = "One row per run: its id, pid, state, council, phase, age, and the tokens used so far "
            "(- where no\nprovider has reported any). --registry narrows the list to one group.\n",
    .run = run,
};
