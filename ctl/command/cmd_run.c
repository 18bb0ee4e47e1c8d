/* councilctl run COUNCIL [QUESTION | -] */
#include "ctl/follow/start_request.h"
#include "ctl/session/ctl.h"
#include "ctl/session/request.h"

static const struct option_row OPTIONS[] = {
    REQUEST_OPTIONS,
    FOLLOW_OPTIONS,
    {0},
};

static int run(struct ctl *ctl)
{
    json_t *params;
    int status = request_params(ctl, &params);
    if (status)
        return status;
    return args_has(&ctl->args, "detach") ? start_detached(ctl, params)
                                          : start_followed(ctl, params);
}

const struct command cmd_run = {
    .usage = "COUNCIL [QUESTION | -]",
    .summary = "Ask a council and follow the run to its end",
    .help =
        "COUNCIL is a name of the catalogue (councilctl councils), the path of a JSON file (with a "
        "/ "
        "in it or\nending in .json), or the JSON itself. Without a QUESTION, or with -, it is read "
        "from standard input.\nRounds, members, tallies, warnings and dissent are told as they "
        "come; "
        "the outcome and how many\nmembers were heard stand before the final answer. On a terminal "
        "the calls in flight are drawn in\nplace; in a pipe there are plain lines; with --json "
        "each "
        "event is one line.\n\n"
        "Ctrl-C asks whether to cancel the run, to leave it running, or to go on; a second Ctrl-C "
        "leaves it\nrunning (exit status 130).\n",
    .options = OPTIONS,
    .min_operands = 1,
    .max_operands = 2,
    .run = run,
};
