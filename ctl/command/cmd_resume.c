/* councilctl resume RUN_ID */
#include "common/jx.h"
#include "ctl/follow/start_request.h"
#include "ctl/session/ctl.h"
#include "ctl/session/fetch.h"
#include "ctl/session/request.h"

static const struct option_row OPTIONS[] = {
    REQUEST_OPTIONS,
    FOLLOW_OPTIONS,
    {"matching", 0, NULL, "reuse what still fits, whatever else was asked differently"},
    {0},
};

/* The options that the old run was started with; NULL: its journal has none. */
static const json_t *old_options(const json_t *events)
{
    const json_t *first = json_array_get(events, 0);
    return j_has(first, "type", "run_started") ? j_get(first, "options") : NULL;
}

static int run(struct ctl *ctl)
{
    json_t *events = NULL, *params = NULL;
    int status = fetch_events(ctl, ctl->args.operands[0], &events);
    if (status)
        return status;
    status = request_resume_params(ctl, old_options(events), &params);
    json_decref(events);
    if (status)
        return status;
    return args_has(&ctl->args, "detach") ? start_detached(ctl, params)
                                          : start_followed(ctl, params);
}

const struct command cmd_resume = {
    .usage = "RUN_ID",
    .summary = "Go on with a run that died or was cancelled: a new run; complete answers are kept",
    .help = "Council, task and options are those of the old run; options given here come on top, "
            "like\n--set budget.max_tokens=200000 for a run that died of its budget. Complete "
            "answers are taken from\nits journal. Without --matching everything that a member is "
            "asked must be as before.\n",
    .options = OPTIONS,
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
