/* councilctl history */
#include <inttypes.h>

#include "common/jx.h"
#include "common/parse.h"
#include "ctl/session/ctl.h"
#include "ctl/session/finding.h"
#include "ctl/session/list_page.h"
#include "ctl/view/run_cells.h"
#include "story/safe_text.h"

static const struct option_row OPTIONS[] = {
    {"council", 0, "ID", "runs of this council only"},
    FINDING_OPTIONS,
    {"outcome", 0, "WORD", "runs with this outcome only; none: without a result"},
    {"died", 0, NULL, "runs that ended without a result only"},
    {"state", 0, "WORD", "live or ended"},
    {"limit", 'n', "COUNT", "so many at most (default 50)"},
    {"after", 0, "NEXT", "go on behind an earlier page"},
    {"verbose", 'v', NULL, "also with the labels of each run"},
    {0},
};

static int params(struct ctl *ctl, json_t **ret)
{
    static const char *const NAMES[][2] = {
        {"council", "council_id"}, {"outcome", "outcome"}, {"state", "state"}, {"after", "after"}};
    const char *limit = args_value(&ctl->args, "limit");
    int64_t count = 0;
    if (limit && parse_int(limit, 1, 500, &count) < 0)
        return ctl_usage(ctl, "--limit: a number from 1 to 500 is needed");
    if (args_has(&ctl->args, "died") && args_has(&ctl->args, "outcome"))
        return ctl_usage(ctl, "--died and --outcome exclude each other");
    json_t *p = ctl_registry_params(ctl);
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        const char *value = args_value(&ctl->args, NAMES[i][0]);
        if (value)
            j_set(p, NAMES[i][1], j_string(value));
    }
    if (limit)
        j_set(p, "limit", j_integer(count));
    if (args_has(&ctl->args, "died"))
        j_set(p, "outcome", j_string("none"));
    const int status = finding_params(ctl, p);
    if (status)
        json_decref(p);
    else
        *ret = p;
    return status;
}

static void add_reason(struct table *t, const json_t *reason)
{
    char text[96] = "-";
    const char *kind = j_str(reason, "kind", NULL), *by = j_str(reason, "by", NULL),
               *name = j_str(reason, "signal", NULL);
    if (kind && j_get(reason, "code"))
        snprintf(text, sizeof text, "%s %" PRId64, kind, j_int(reason, "code", 0));
    else if (kind)
        snprintf(text, sizeof text, "%s%s%s", kind, by || name ? " " : "",
                 by     ? by
                 : name ? name
                        : "");
    table_cell(t, text);
}

static void add_row(struct table *t, const json_t *row)
{
    table_json(t, json_object_get(row, "run_id"));
    table_json(t, json_object_get(row, "council_id"));
    table_json(t, json_object_get(row, "started_at"));
    table_duration(t, json_object_get(row, "duration_ms"));
    table_json(t, json_object_get(row, "outcome"));
    add_reason(t, j_get(row, "reason"));
    table_count(t, json_object_get(row, "tokens"));
    run_cells_cost(t, row);
    table_json(t, json_object_get(row, "question"));
}

static void add_row_with_labels(struct table *t, const json_t *row)
{
    add_row(t, row);
    run_cells_labels(t, row);
}

static void add_note(struct buf *out, const json_t *page)
{
    const json_t *unreadable = json_object_get(page, "unreadable");
    if (json_integer_value(unreadable) <= 0)
        return;
    text_add(out, "records that cannot be read: ");
    text_add_json(out, unreadable);
    text_add(out, "\n");
}

static int run(struct ctl *ctl)
{
    static const char *const HEADS[] = {"RUN_ID", "COUNCIL", "STARTED",   ">TOOK",    "OUTCOME",
                                        "REASON", ">TOKENS", ">COST USD", "QUESTION", NULL},
                             *const MORE[] = {"RUN_ID",   "COUNCIL", "STARTED", ">TOOK",
                                              "OUTCOME",  "REASON",  ">TOKENS", ">COST USD",
                                              "QUESTION", "LABELS",  NULL};
    const bool verbose = args_has(&ctl->args, "verbose");
    const struct list_page page = {.method = "run.list",
                                   .rows = "runs",
                                   .heads = verbose ? MORE : HEADS,
                                   .add_row = verbose ? add_row_with_labels : add_row,
                                   .add_note = add_note};
    json_t *p = NULL;
    int status = params(ctl, &p);
    return status ? status : list_page_show(ctl, &page, p);
}

const struct command cmd_history = {
    .usage = "",
    .summary = "List runs, live and ended, newest first",
    .options = OPTIONS,
    .run = run,
};
