/* councilctl info [RUN_ID] */
#include "ctl/session/ctl.h"
#include "ctl/terminal/out.h"

static int run(struct ctl *ctl)
{
    bool of_run = ctl->args.n_operands == 1;
    json_t *result = NULL;
    int status = ctl_once(ctl, of_run ? "run.info" : "supervisor.info",
                          of_run ? ctl_run_params(ctl) : NULL, &result);
    if (status == 0)
        out_json(result, ctl->json);
    json_decref(result);
    return status;
}

const struct command cmd_info = {
    .usage = "[RUN_ID]",
    .summary = "Print everything known of a live or recorded run, or of the daemon",
    .max_operands = 1,
    .run = run,
};
