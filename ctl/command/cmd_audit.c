/* councilctl audit */
#include "common/jx.h"
#include "common/parse.h"
#include "ctl/session/ctl.h"
#include "ctl/terminal/out.h"
#include "story/columns.h"
#include "story/safe_text.h"

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

static void print_page(const json_t *page)
{
    static const char *const HEADS[] = {"AT",   ">UID",   ">PID",   "ROLE", "NAME",
                                        "WHAT", "RUN_ID", "RESULT", NULL};
    const json_t *next = json_object_get(page, "next");
    struct table *t = table_new(HEADS);
    size_t i;
    json_t *entry;
    json_array_foreach (json_object_get(page, "entries"), i, entry)
        add_row(t, entry);
    struct buf *out = out_begin();
    table_print(t, "", out);
    if (json_is_string(next)) {
        text_add(out, "more: --after ");
        text_add_json(out, next);
        text_add(out, "\n");
    }
    out_end(out);
    table_free(t);
}

static int run(struct ctl *ctl)
{
    json_t *p = NULL, *result = NULL;
    int status = params(ctl, &p);
    if (status == 0)
        status = ctl_once(ctl, "audit.list", p, &result);
    if (status)
        return status;
    if (ctl->json)
        out_json(result, true);
    else
        print_page(result);
    json_decref(result);
    return EXIT_COMPLETE;
}

const struct command cmd_audit = {
    .usage = "",
    .summary = "List who has started, ended or removed runs, or stopped the daemon",
    .options = OPTIONS,
    .run = run,
};
