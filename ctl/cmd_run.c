/* councilctl run COUNCIL [QUESTION | -] */
#include <unistd.h>

#include "cmd.h"

#include "common/xalloc.h"
#include "follow.h"
#include "request.h"
#include "screen.h"
#include "start.h"

static const struct option_row OPTIONS[] = {
    REQUEST_OPTIONS,
    {"stream", 0, NULL, "print what the members say while they say it"},
    {"quiet", 'q', NULL, "print the result only"},
    {"detach", 'd', NULL, "print the run_id and leave the run to itself, like start"},
    {0},
};

static int run(struct ctl *ctl)
{
    if (args_has(&ctl->args, "detach"))
        return start_detached(ctl);
    json_t *params;
    int status = request_params(ctl, &params);
    if (status)
        return status;
    struct client *c = NULL;
    status = ctl_open(ctl, &c);
    if (status) {
        json_decref(params);
        return status;
    }
    bool stream = args_has(&ctl->args, "stream");
    bool deltas = stream || (!ctl->json && screen_can_draw(STDOUT_FILENO));
    json_object_set_new(params, "monitor", json_true());
    json_object_set_new(params, "subscribe", xcheck(json_pack("{s:b}", "deltas", deltas)));
    struct follow_options options = {
        .method = "run.start",
        .params = params,
        .stream = stream,
        .quiet = args_has(&ctl->args, "quiet"),
        .owner = true,
    };
    status = follow(ctl, c, &options);
    client_free(c);
    return status;
}

const struct command cmd_run = {
    .name = "run",
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
