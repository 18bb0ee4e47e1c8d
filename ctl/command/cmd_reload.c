/* councilctl reload */
#include "ctl/session/ctl.h"

static int run(struct ctl *ctl)
{
    json_t *result = NULL;
    int status = ctl_once(ctl, "supervisor.reload", NULL, &result);
    json_decref(result);
    return status;
}

const struct command cmd_reload = {
    .usage = "",
    .summary = "Have the daemon read configuration, catalogue and keys again",
    .help = "For runs that start from now on; all or nothing: with a fault in it everything stays "
            "as it was, and\nthe fault is told.\n",
    .run = run,
};
