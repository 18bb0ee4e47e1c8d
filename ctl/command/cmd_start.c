/* councilctl start COUNCIL [QUESTION | -] */
#include "ctl/follow/start_request.h"
#include "ctl/session/ctl.h"
#include "ctl/session/request.h"

static const struct option_row OPTIONS[] = {REQUEST_OPTIONS, {0}};

static int run(struct ctl *ctl)
{
    json_t *params;
    int status = request_params(ctl, &params);
    return status ? status : start_detached(ctl, params);
}

const struct command cmd_start = {
    .usage = "COUNCIL [QUESTION | -]",
    .summary = "Start a run, print its run_id and leave it to itself",
    .help = "COUNCIL and QUESTION as for `councilctl run`. `councilctl events RUN_ID` follows the "
            "run later,\n`councilctl await RUN_ID` waits for its result.\n",
    .options = OPTIONS,
    .min_operands = 1,
    .max_operands = 2,
    .run = run,
};
