#include "down_line.h"

#include "ctl/terminal/exit_status.h"
#include "fault.h"
#include "story/js.h"
#include "story/safe_text.h"

static void add_rusage(struct buf *to, const json_t *rusage)
{
    if (!js_get(rusage, "user_ms"))
        return;
    text_addf(to, ", user %lld ms, system %lld ms", js_int(rusage, "user_ms", 0),
              js_int(rusage, "system_ms", 0));
    long long rss = js_int(rusage, "max_rss_bytes", -1);
    if (rss >= 0)
        text_addf(to, ", memory %.1f MiB", (double)rss / (1024 * 1024));
}

static void add_member(struct buf *to, const json_t *down, const char *key, const char *words)
{
    const json_t *v = js_get(down, key);
    if (!v)
        return;
    text_addf(to, ", %s ", words);
    text_add_json(to, v);
}

void down_describe(struct buf *to, const json_t *down)
{
    const json_t *reason = json_object_get(down, "reason");
    text_add_json(to, json_object_get(down, "run_id"));
    text_add(to, " is down: ");
    fault_add_reason(to, reason);
    if (js_is(reason, "kind", "noproc"))
        text_add(to, " (there is no such live run)");
    add_member(to, down, "outcome", "outcome");
    add_member(to, down, "stopped_by", "stopped by");
    add_member(to, down, "pid", "pid");
    add_rusage(to, js_get(down, "rusage"));
    add_member(to, down, "record_error", "record error");
    text_add(to, "\n");
}

int down_exit_status(const json_t *down)
{
    const json_t *reason = json_object_get(down, "reason");
    if (js_is(reason, "kind", "noproc"))
        return EXIT_FAILED;
    if (js_is(reason, "kind", "noconnection"))
        return EXIT_NO_CONNECTION;
    return exit_status_of_outcome(js_str(down, "outcome"));
}
