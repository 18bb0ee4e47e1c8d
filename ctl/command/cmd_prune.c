/* councilctl prune */
#include <inttypes.h>

#include "common/jx.h"
#include "common/parse.h"
#include "common/xalloc.h"
#include "ctl/session/ctl.h"
#include "ctl/terminal/out.h"
#include "story/safe_text.h"

static const struct option_row OPTIONS[] = {
    {"keep", 'k', "COUNT", "keep the newest so many records"},
    {"older-than", 0, "DAYS", "remove records of runs that were started longer ago"},
    {0},
};

static int add_number(struct ctl *ctl, json_t *params, const char *option, const char *member)
{
    const char *text = args_value(&ctl->args, option);
    int64_t number;
    if (!text)
        return 0;
    if (parse_int(text, 0, 1000000000, &number) < 0)
        return ctl_usage(ctl, "--%s: a number is needed", option);
    j_set(params, member, j_integer(number));
    return 0;
}

static int run(struct ctl *ctl)
{
    json_t *params = xcheck(json_object()), *result = NULL;
    int status = add_number(ctl, params, "keep", "keep");
    if (!status)
        status = add_number(ctl, params, "older-than", "older_than_days");
    if (status) {
        json_decref(params);
        return status;
    }
    status = ctl_once(ctl, "run.prune", params, &result);
    if (status)
        return status;
    if (ctl->json) {
        out_json(result, true);
    } else {
        struct buf *out = out_begin();
        text_addf(out, "%" PRId64 " records removed\n", j_int(result, "removed", 0));
        out_end(out);
    }
    json_decref(result);
    return EXIT_COMPLETE;
}

const struct command cmd_prune = {
    .usage = "",
    .summary = "Remove records of ended runs",
    .help =
        "A record goes when either option says so; without any, what the daemon's own retention "
        "says is done now.\nLive runs stay, and such as somebody is reading.\n",
    .options = OPTIONS,
    .run = run,
};
