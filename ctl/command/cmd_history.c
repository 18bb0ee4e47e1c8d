/* councilctl history */
#include <inttypes.h>

#include "common/jx.h"
#include "common/parse.h"
#include "ctl/session/ctl.h"
#include "ctl/session/list_page.h"
#include "story/safe_text.h"

static const struct option_row OPTIONS[] = {
    {"council", 0, "ID", "runs of this council only"},
    {"outcome", 0, "WORD", "runs with this outcome only"},
    {"state", 0, "WORD", "live or ended"},
    {"limit", 'n', "COUNT", "so many at most (default 50)"},
    {"after", 0, "NEXT", "go on behind an earlier page"},
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
    json_t *p = ctl_registry_params(ctl);
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        const char *value = args_value(&ctl->args, NAMES[i][0]);
        if (value)
            j_set(p, NAMES[i][1], j_string(value));
    }
    if (limit)
        j_set(p, "limit", j_integer(count));
    *ret = p;
    return 0;
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

static void add_cost(struct table *t, const json_t *cost)
{
    char text[32] = "-";
    if (json_is_number(cost))
        snprintf(text, sizeof text, "%.4f", json_number_value(cost));
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
    add_cost(t, json_object_get(row, "cost"));
    table_json(t, json_object_get(row, "question"));
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
                                        "REASON", ">TOKENS", ">COST USD", "QUESTION", NULL};
    static const struct list_page PAGE = {.method = "run.list",
                                          .rows = "runs",
                                          .heads = HEADS,
                                          .add_row = add_row,
                                          .add_note = add_note};
    json_t *p = NULL;
    int status = params(ctl, &p);
    return status ? status : list_page_show(ctl, &PAGE, p);
}

const struct command cmd_history = {
    .usage = "",
    .summary = "List runs, live and ended, newest first",
    .options = OPTIONS,
    .run = run,
};
