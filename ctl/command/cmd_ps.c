/* councilctl ps */
#include "common/cleanup.h"
#include "common/jx.h"
#include "ctl/session/ctl.h"
#include "ctl/session/finding.h"
#include "ctl/terminal/out.h"
#include "ctl/view/run_cells.h"
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
    run_cells_cost(t, child);
    table_json(t, json_object_get(child, "question"));
    if (!verbose)
        return;
    run_cells_labels(t, child);
    add_sandbox(t, child);
}

/* Adds the ids of live runs that are looked for, page by page. The exit status. */
static int find(struct ctl *ctl, json_t *ids)
{
    int status = 0;
    json_t *after = NULL, *row;
    do {
        size_t i;
        json_t *params = ctl_registry_params(ctl), *page = NULL;
        j_set(params, "state", j_string("live"));
        j_keep(params, "after", after);
        json_decref(after);
        after = NULL;
        status = finding_params(ctl, params);
        if (status)
            json_decref(params);
        else
            status = ctl_once(ctl, "run.list", params, &page);
        json_array_foreach (json_object_get(page, "runs"), i, row)
            j_set(ids, j_str(row, "run_id", ""), json_true());
        after = json_incref(j_get(page, "next"));
        json_decref(page);
    } while (!status && after);
    json_decref(after);
    return status;
}

/* Those that are looked for stay. */
static int keep_found(struct ctl *ctl, json_t *children)
{
    json_t *ids = j_object();
    const int status = finding_is_asked(ctl) ? find(ctl, ids) : 0;
    for (size_t i = json_array_size(children); finding_is_asked(ctl) && i > 0; i--) {
        const char *id = j_str(json_array_get(children, i - 1), "run_id", "");
        if (!json_object_get(ids, id))
            json_array_remove(children, i - 1);
    }
    json_decref(ids);
    return status;
}

static int run(struct ctl *ctl)
{
    const char *heads[] = {"RUN_ID",   "PID",        "STATE",       "COUNCIL",   "PHASE",
                           ">ELAPSED", ">TOKENS IN", ">TOKENS OUT", ">COST USD", "QUESTION",
                           NULL,       NULL,         NULL};
    const bool verbose = args_has(&ctl->args, "verbose");
    if (verbose) {
        heads[ARRAY_LEN(heads) - 3] = "LABELS";
        heads[ARRAY_LEN(heads) - 2] = "SANDBOX";
    }
    json_t *result = NULL;
    int status = ctl_once(ctl, "supervisor.which_children", ctl_registry_params(ctl), &result);
    json_t *children = json_object_get(result, "children");
    status = status ? status : keep_found(ctl, children);
    if (status) {
        json_decref(result);
        return status;
    }
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
    FINDING_OPTIONS,
    {"verbose", 'v', NULL, "also with the labels of each run, and what it is closed in with"},
    {0},
};

const struct command cmd_ps = {
    .usage = "",
    .summary = "List the live runs",
    .help =
        "One row per run: its id, pid, state, council, phase, age, the tokens and the money spent "
        "so far (-\nwhere no provider has reported any), and what was asked. --registry narrows "
        "the "
        "list to one group.\n",
    .options = OPTIONS,
    .run = run,
};
