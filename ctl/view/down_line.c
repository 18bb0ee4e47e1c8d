#include "down_line.h"

#include <inttypes.h>

#include "common/jx.h"
#include "ctl/terminal/exit_status.h"
#include "fault.h"
#include "story/safe_text.h"

static void add_rusage(struct buf *to, const json_t *rusage)
{
    if (!j_get(rusage, "user_ms"))
        return;
    text_addf(to, ", user %" PRId64 " ms, system %" PRId64 " ms", j_int(rusage, "user_ms", 0),
              j_int(rusage, "system_ms", 0));
    int64_t rss = j_int(rusage, "max_rss_bytes", -1);
    if (rss >= 0)
        text_addf(to, ", memory %.1f MiB", (double)rss / (1024 * 1024));
}

static void add_member(struct buf *to, const json_t *down, const char *key, const char *words)
{
    const json_t *v = j_get(down, key);
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
    if (j_has(reason, "kind", "noproc"))
        text_add(to, " (there is no such live run)");
    add_member(to, down, "outcome", "outcome");
    add_member(to, down, "stopped_by", "stopped by");
    add_member(to, down, "pid", "pid");
    add_rusage(to, j_get(down, "rusage"));
    add_member(to, down, "record_error", "record error");
    text_add(to, "\n");
}

int down_exit_status(const json_t *down)
{
    const json_t *reason = json_object_get(down, "reason");
    if (j_has(reason, "kind", "noproc"))
        return EXIT_FAILED;
    if (j_has(reason, "kind", "noconnection"))
        return EXIT_NO_CONNECTION;
    return exit_status_of_outcome(j_str(down, "outcome", NULL));
}
