/* councilctl events RUN_ID */
#include <unistd.h>

#include "common/jx.h"
#include "ctl/session/ctl.h"

#include "common/parse.h"
#include "ctl/follow/follow.h"
#include "ctl/terminal/screen.h"

static const struct option_row OPTIONS[] = {
    {"after", 0, "SEQ", "begin after this event (default 0: from the beginning)"},
    {"stream", 0, NULL, "print what the members say while they say it"},
    {"quiet", 'q', NULL, "print the result only"},
    {0},
};

static int run(struct ctl *ctl)
{
    const char *after = args_value(&ctl->args, "after");
    int64_t seq = 0;
    if (after && parse_int(after, 0, INT64_MAX, &seq) < 0)
        return ctl_usage(ctl, "--after: the number of an event is needed");
    struct client *c = NULL;
    int status = ctl_open(ctl, &c);
    if (status)
        return status;
    bool stream = args_has(&ctl->args, "stream");
    bool deltas = stream || (!ctl->json && screen_can_draw(STDOUT_FILENO));
    json_t *params = ctl_run_params(ctl);
    j_set(params, "after_seq", j_integer(seq));
    j_set(params, "deltas", json_boolean(deltas));
    struct follow_options options = {
        .method = "run.subscribe",
        .params = params,
        .stream = stream,
        .quiet = args_has(&ctl->args, "quiet"),
    };
    status = follow(ctl, c, &options);
    client_free(c);
    return status;
}

const struct command cmd_events = {
    .usage = "RUN_ID",
    .summary = "Follow a run that was started elsewhere, from its first event on",
    .help = "Ctrl-C ends the following; the run goes on. The exit status is that of the run.\n",
    .options = OPTIONS,
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
