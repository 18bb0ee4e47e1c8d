/* councilctl terminate-all */
#include <inttypes.h>

#include "common/jx.h"
#include "ctl/session/ctl.h"
#include "ctl/terminal/out.h"

static int run(struct ctl *ctl)
{
    json_t *result = NULL;
    int status = ctl_once(ctl, "supervisor.terminate_all", ctl_registry_params(ctl), &result);
    if (status == 0 && ctl->json)
        out_json(result, true);
    else if (status == 0)
        printf("%" PRId64 " terminated\n", j_int(result, "count", 0));
    json_decref(result);
    return status;
}

const struct command cmd_terminate_all = {
    .usage = "",
    .summary = "Stop all live runs; returns when they are gone",
    .help = "--registry narrows it to one group of runs.\n",
    .run = run,
};
