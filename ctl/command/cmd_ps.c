/* councilctl ps */
#include "common/cleanup.h"
#include "common/jx.h"
#include "ctl/session/ctl.h"
#include "ctl/terminal/out.h"
#include "ctl/view/sandbox_words.h"
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

static void add_sandbox(struct table *t, const json_t *child)
{
    _cleanup_free_ char *words = sandbox_words(json_object_get(child, "sandbox"));
    table_cell(t, words);
}

static void add_child(struct table *t, const json_t *child, bool verbose)
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
    if (verbose)
        add_sandbox(t, child);
}

static int run(struct ctl *ctl)
{
    const char *heads[] = {"RUN_ID",   "PID",        "STATE",       "COUNCIL", "PHASE",
                           ">ELAPSED", ">TOKENS IN", ">TOKENS OUT", NULL,      NULL};
    const bool verbose = args_has(&ctl->args, "verbose");
    if (verbose)
        heads[ARRAY_LEN(heads) - 2] = "SANDBOX";
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
            add_child(t, child, verbose);
        struct buf *out = out_begin();
        table_print(t, "", out);
        out_end(out);
        table_free(t);
    }
    json_decref(result);
    return EXIT_COMPLETE;
}

static const struct option_row OPTIONS[] = {
    {"verbose", 'v', NULL, "also with what each run is closed in with"},
    {0},
};

const struct command cmd_ps = {
    .usage = "",
    .summary = "List the live runs",
    .help = "One row per run: its id, pid, state, council, phase, age, and the tokens used so far "
            "(- where no\nprovider has reported any). --registry narrows the list to one group.\n",
    .options = OPTIONS,
    .run = run,
};
