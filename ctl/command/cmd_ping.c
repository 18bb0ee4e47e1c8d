/* councilctl ping */
#include "ctl/session/ctl.h"

#include "common/clock.h"
#include "common/jx.h"
#include "ctl/terminal/out.h"
#include "story/safe_text.h"

static int run(struct ctl *ctl)
{
    int64_t start = clock_mono_us();
    json_t *info = NULL;
    int status = ctl_once(ctl, "supervisor.info", NULL, &info);
    if (status)
        return status;
    double ms = (double)(clock_mono_us() - start) / 1000;
    if (ctl->json) {
        out_json(info, true);
    } else {
        struct buf *out = out_begin();
        text_add_json(out, json_object_get(info, "name"));
        text_add(out, " ");
        text_add_json(out, json_object_get(info, "version"));
        text_add(out, ", tenant ");
        text_add_json(out, json_object_get(info, "tenant"));
        text_add(out, ", pid ");
        text_add_json(out, json_object_get(info, "pid"));
        text_add(out, ", up ");
        text_add_duration(out, j_int(info, "uptime_ms", 0));
        text_addf(out, ": answered in %.1f ms\n", ms);
        out_end(out);
    }
    json_decref(info);
    return EXIT_COMPLETE;
}

const struct command cmd_ping = {
    .usage = "",
    .summary = "Tell whether the daemon answers, and who it is",
    .run = run,
};
