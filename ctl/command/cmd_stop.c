/* councilctl stop */
#include <errno.h>
#include <inttypes.h>

#include "common/jx.h"
#include "ctl/session/ctl.h"
#include "ctl/terminal/out.h"

static const struct option_row OPTIONS[] = {
    {"drain", 0, NULL, "let live runs end by themselves; nothing else is started"},
    {0},
};

static int drain(struct ctl *ctl)
{
    json_t *result = NULL;
    int status = ctl_once(ctl, "supervisor.drain", NULL, &result);
    const int64_t live = j_int(result, "live", 0);
    if (status == 0 && ctl->json)
        out_json(result, true);
    else if (status == 0)
        printf("draining, %" PRId64 " run%s\n", live, live == 1 ? "" : "s");
    json_decref(result);
    return status;
}

static int stop(struct ctl *ctl)
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

static int run(struct ctl *ctl)
{
    return args_has(&ctl->args, "drain") ? drain(ctl) : stop(ctl);
}

const struct command cmd_stop = {
    .usage = "",
    .summary = "End the daemon and all of its runs in an orderly way",
    .help = "Returns when the last run is gone and the daemon has closed the connection. With "
            "--drain it returns\nat once: the daemon serves on and ends with its last run, and "
            "`councilctl info` says that it drains.\n",
    .options = OPTIONS,
    .run = run,
};
