/* councilctl await RUN_ID */
#include "ctl/session/ctl.h"
#include "ctl/terminal/out.h"

#include <unistd.h>

#include "common/jx.h"
#include "common/parse.h"
#include "ctl/view/fault.h"
#include "ctl/view/result_view.h"
#include "story/safe_text.h"

static const struct option_row OPTIONS[] = {
    {"timeout", 0, "MS", "give up after so many milliseconds; the run goes on"},
    {0},
};

static void print(const json_t *end)
{
    struct screen *screen = screen_new(STDOUT_FILENO);
    const json_t *result = j_get(end, "result");
    if (result) {
        result_add(screen, result);
    } else {
        struct buf *out = screen_out(screen);
        text_add_json(out, json_object_get(end, "run_id"));
        text_add(out, " ended without a result: ");
        fault_add_reason(out, json_object_get(end, "reason"));
        text_add(out, "\n");
    }
    screen_free(screen);
}

static int run(struct ctl *ctl)
{
    const char *timeout = args_value(&ctl->args, "timeout");
    int64_t ms = 0;
    if (timeout && parse_int(timeout, 0, INT64_MAX, &ms) < 0)
        return ctl_usage(ctl, "--timeout: a number of milliseconds is needed");
    json_t *params = ctl_run_params(ctl);
    if (timeout)
        j_set(params, "timeout_ms", j_integer(ms));
    json_t *end = NULL;
    int status = ctl_once(ctl, "run.await", params, &end);
    if (status)
        return status;
    if (ctl->json)
        out_json(end, true);
    else
        print(end);
    status = exit_status_of_outcome(j_str(end, "outcome", NULL));
    json_decref(end);
    return status;
}

const struct command cmd_await = {
    .usage = "RUN_ID",
    .summary = "Wait for the end of a run and print its result",
    .help = "Works for live and for recorded runs. The exit status is that of the run; 1 when the "
            "time is over first.\n",
    .options = OPTIONS,
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
