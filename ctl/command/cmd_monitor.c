/* councilctl monitor RUN_ID... */
#include "ctl/session/ctl.h"

#include <string.h>

#include "common/xalloc.h"
#include "ctl/terminal/out.h"
#include "ctl/view/down_line.h"

struct down_watch {
    const struct ctl *ctl;
    size_t open; /* DOWNs that are still to come */
    int status;
};

static void take_note(void *arg, const struct client_note *note)
{
    struct down_watch *w = arg;
    if (strcmp(note->method, "run.down") != 0)
        return;
    if (w->ctl->json) {
        out_json(note->params, true);
    } else {
        struct buf *out = out_begin();
        down_describe(out, note->params);
        out_end(out);
    }
    int status = down_exit_status(note->params);
    if (status > w->status)
        w->status = status;
    w->open--;
}

static int watch_all(const struct ctl *ctl, struct client *c, struct down_watch *w)
{
    for (size_t i = 0; i < ctl->args.n_operands; i++) {
        json_t *id = json_string(ctl->args.operands[i]);
        if (!id)
            return ctl_usage(ctl, "a run_id is ASCII");
        json_t *result = NULL;
        int status =
            ctl_call(ctl, c, "run.monitor", xcheck(json_pack("{s:o}", "run_id", id)), &result);
        json_decref(result);
        if (status)
            return status;
    }
    struct error err = {0};
    int r = 0;
    while (w->open > 0 && r >= 0)
        r = client_wait(c, -1, &err);
    if (r < 0)
        return ctl_tell_error(r, &err);
    return w->status;
}

static int run(struct ctl *ctl)
{
    struct client *c = NULL;
    int status = ctl_open(ctl, &c);
    if (status)
        return status;
    struct down_watch w = {.ctl = ctl, .open = ctl->args.n_operands};
    client_on_notification(c, take_note, &w);
    status = watch_all(ctl, c, &w);
    client_free(c);
    return status;
}

const struct command cmd_monitor = {
    .usage = "RUN_ID...",
    .summary = "Wait for the end of runs and tell how each ended",
    .help = "The exit status is that of the run; of several the greatest. A run that is not live "
            "(any more) is\nreported as noproc, exit status 1.\n",
    .min_operands = 1,
    .max_operands = 1000,
    .run = run,
};
