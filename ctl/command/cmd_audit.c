/* councilctl audit */
#include "common/jx.h"
#include "common/parse.h"
#include "ctl/session/ctl.h"
#include "ctl/session/list_page.h"

static const struct option_row OPTIONS[] = {
    {"limit", 'n', "COUNT", "so many at most (default 100)"},
    {"after", 0, "NEXT", "go on behind an earlier page"},
    {0},
};

static int params(struct ctl *ctl, json_t **ret)
{
    const char *limit = args_value(&ctl->args, "limit"), *after = args_value(&ctl->args, "after");
    int64_t count = 0;
    if (limit && parse_int(limit, 1, 500, &count) < 0)
        return ctl_usage(ctl, "--limit: a number from 1 to 500 is needed");
    json_t *p = json_object();
    if (limit)
        j_set(p, "limit", j_integer(count));
    if (after)
        j_set(p, "after", j_string(after));
    *ret = p;
    return 0;
}

static void add_row(struct table *t, const json_t *entry)
{
    static const char *const MEMBERS[] = {"at",   "uid",    "pid",    "role",
                                          "name", "method", "run_id", "result"};
    for (size_t i = 0; i < sizeof MEMBERS / sizeof *MEMBERS; i++)
        table_json(t, json_object_get(entry, MEMBERS[i]));
}

static int run(struct ctl *ctl)
{
    static const char *const HEADS[] = {"AT",   ">UID",   ">PID",   "ROLE", "NAME",
                                        "WHAT", "RUN_ID", "RESULT", NULL};
    static const struct list_page PAGE = {
        .method = "audit.list", .rows = "entries", .heads = HEADS, .add_row = add_row};
    json_t *p = NULL;
    int status = params(ctl, &p);
    return status ? status : list_page_show(ctl, &PAGE, p);
}

const struct command cmd_audit = {
    .usage = "",
    .summary = "List who has started, ended or removed runs, or stopped the daemon",
    .options = OPTIONS,
    .run = run,
};
