/* councilctl cancel RUN_ID */
#include "common/jx.h"
#include "ctl/session/ctl.h"
#include "ctl/terminal/out.h"

static const struct option_row OPTIONS[] = {
    {"now", 0, NULL, "abort the calls in flight too, instead of letting them finish"},
    {0},
};

static int run(struct ctl *ctl)
{
    json_t *params = ctl_run_params(ctl);
    if (args_has(&ctl->args, "now"))
        j_set(params, "mode", j_string("now"));
    json_t *result = NULL;
    int status = ctl_once(ctl, "run.cancel", params, &result);
    if (status == 0 && ctl->json)
        out_json(result, true);
    json_decref(result);
    return status;
}

const struct command cmd_cancel = {
    .usage = "RUN_ID",
    .summary = "Ask a run to end early and keep what is complete",
    .help = "Answers at once. The run starts nothing more and ends as cancelled, with a result "
            "that holds the\nanswers so far. `councilctl await RUN_ID` waits for that.\n",
    .options = OPTIONS,
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
