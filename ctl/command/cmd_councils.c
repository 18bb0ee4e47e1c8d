/* councilctl councils [NAME] */
#include "ctl/session/ctl.h"
#include "ctl/terminal/out.h"
#include "story/columns.h"

static void print_list(const json_t *councils)
{
    static const char *const heads[] = {"COUNCIL", "DESCRIPTION", NULL};
    struct table *t = table_new(heads);
    size_t i;
    json_t *council;
    json_array_foreach (councils, i, council) {
        table_json(t, json_object_get(council, "name"));
        table_json(t, json_object_get(council, "description"));
    }
    struct buf *out = out_begin();
    table_print(t, "", out);
    out_end(out);
    table_free(t);
}

static int run(struct ctl *ctl)
{
    bool one = ctl->args.n_operands == 1;
    json_t *params = one ? json_pack("{s:s}", "name", ctl->args.operands[0]) : NULL;
    if (one && !params)
        return ctl_usage(ctl, "that is no name");
    json_t *result = NULL;
    int status = ctl_once(ctl, one ? "council.get" : "council.list", params, &result);
    if (status)
        return status;
    const json_t *councils = json_object_get(result, "councils");
    const json_t *document = json_object_get(result, "document");
    if (one)
        out_json(document ? document : result, ctl->json);
    else if (ctl->json)
        out_json(councils, true);
    else
        print_list(councils);
    json_decref(result);
    return EXIT_COMPLETE;
}

const struct command cmd_councils = {
    .usage = "[COUNCIL]",
    .summary = "List the councils of the catalogue, or print the document of one",
    .max_operands = 1,
    .run = run,
};
