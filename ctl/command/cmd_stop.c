/* councilctl stop */
#include <errno.h>

#include "ctl/session/ctl.h"

static int run(struct ctl *ctl)
{
    struct client *c = NULL;
    int status = ctl_open(ctl, &c);
    if (status)
        return status;
    json_t *result = NULL;
    status = ctl_call(ctl, c, "supervisor.stop", NULL, &result);
    struct error err = {0};
    if (status == 0 && client_wait_end(c, &err) < 0)
        status = ctl_tell_error(-EPROTO, &err);
    json_decref(result);
    client_free(c);
    return status;
}

const struct command cmd_stop = {
    .usage = "",
    .summary = "End the daemon and all of its runs in an orderly way",
    .help = "Returns when the last run is gone and the daemon has closed the connection.\n",
    .run = run,
};
