/* councilctl terminate RUN_ID */
#include "common/jx.h"
#include "ctl/session/ctl.h"
#include "ctl/session/request.h"
#include "ctl/terminal/out.h"

static const struct option_row OPTIONS[] = {
    {"shutdown", 0, "MS", "grace before SIGKILL: milliseconds, infinity or brutal_kill"},
    {0},
};

static int run(struct ctl *ctl)
{
    json_t *params = ctl_run_params(ctl);
    const char *shutdown = args_value(&ctl->args, "shutdown");
    if (shutdown)
        j_set(params, "shutdown", request_shutdown(shutdown));
    json_t *result = NULL;
    int status = ctl_once(ctl, "run.terminate", params, &result);
    if (status == 0 && ctl->json)
        out_json(result, true);
    json_decref(result);
    return status;
}

const struct command cmd_terminate = {
    .usage = "RUN_ID",
    .summary = "Stop a run's process: SIGTERM, then SIGKILL; returns when it is gone",
    .options = OPTIONS,
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
