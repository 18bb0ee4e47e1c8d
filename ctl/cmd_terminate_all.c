/* councilctl terminate-all */
#include "cmd.h"
#include "story/js.h"

static int run(struct ctl *ctl)
{
    json_t *result = NULL;
    int status = ctl_once(ctl, "supervisor.terminate_all", ctl_registry_params(ctl), &result);
    if (status == 0 && ctl->json)
        ctl_print_json(result, true);
    else if (status == 0)
        printf("%lld terminated\n", js_int(result, "count", 0));
    json_decref(result);
    return status;
}

const struct command cmd_terminate_all = {
    .name = "terminate-all",
    .usage = "",
    .summary = "Stop all live runs; returns when they are gone",
    .help = "--registry narrows it to one group of runs.\n",
    .run = run,
};
