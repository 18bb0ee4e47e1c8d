#include "run_json.h"

#include <inttypes.h>
#include <string.h>

#include "common/clock.h"
#include "down.h"
#include "proto/json/json_out.h"
#include "shown.h"

static const char *cancel_name(enum cancel_state cancel)
{
    static const char *const NAMES[] = {
        [CANCEL_STATE_NONE] = NULL, [CANCEL_STATE_DRAIN] = "drain", [CANCEL_STATE_NOW] = "now"};
    return NAMES[cancel];
}

static int text_member(struct buf *to, const char *name, const char *text)
{
    int r = buf_addf(to, ",\"%s\":", name);
    return r ? r : json_out_string(to, text);
}

/* json is JSON text, NULL for null. */
static int json_member(struct buf *to, const char *name, const char *json)
{
    return buf_addf(to, ",\"%s\":%s", name, json ? json : "null");
}

static int shared_members(struct buf *to, const struct run *run, int64_t now_us)
{
    char started[CLOCK_RFC3339_SIZE];
    const struct run_view seen = run_view(run);
    int64_t elapsed = (now_us - seen.started_us) / 1000;
    int r = json_out_string(to, seen.run_id);
    r = r ? r : buf_addf(to, ",\"pid\":%d", (int)seen.pid);
    r = r ? r : text_member(to, "council_id", seen.council_id);
    r = r ? r : text_member(to, "registry", seen.registry);
    r = r ? r : text_member(to, "state", run_shown_state(run));
    r = r ? r : text_member(to, "cancel", cancel_name(seen.cancel));
    r = r ? r : text_member(to, "started_at", clock_rfc3339(seen.started_ms, started));
    r = r ? r : buf_addf(to, ",\"elapsed_ms\":%" PRId64, elapsed);
    r = r ? r : json_member(to, "phase", seen.phase);
    r = r ? r : json_member(to, "usage", seen.usage);
    r = r ? r : json_member(to, "started_by", seen.started_by);
    r = r ? r : json_member(to, "sandbox", seen.sandbox);
    return r ? r : shown_members(to, run);
}

int run_json_child(struct buf *to, const struct run *run, int64_t now_us)
{
    int r = buf_add_str(to, "{\"run_id\":");
    r = r ? r : shared_members(to, run, now_us);
    return r ? r : buf_add_char(to, '}');
}

int run_json_row(struct buf *to, const struct run *run)
{
    char started[CLOCK_RFC3339_SIZE];
    const struct run_view seen = run_view(run);
    int r = buf_add_str(to, "{\"type\":\"start\",\"run_id\":");
    r = r ? r : json_out_string(to, seen.run_id);
    r = r ? r : buf_addf(to, ",\"incarnation\":%" PRId64, seen.incarnation);
    r = r ? r : text_member(to, "council_id", seen.council_id);
    r = r ? r : text_member(to, "registry", seen.registry);
    r = r ? r : text_member(to, "started_at", clock_rfc3339(seen.started_ms, started));
    r = r ? r : shown_members(to, run);
    return r ? r : buf_add_char(to, '}');
}

int run_json_info(struct buf *to, const struct run *run, int64_t now_us)
{
    const struct run_view seen = run_view(run);
    int r = buf_add_str(to, "{\"run_id\":");
    r = r ? r : shared_members(to, run, now_us);
    r = r ? r : buf_addf(to, ",\"incarnation\":%" PRId64, seen.incarnation);
    r = r ? r : buf_addf(to, ",\"calls\":%" PRId64, seen.calls);
    r = r ? r : buf_addf(to, ",\"last_seq\":%" PRId64, seen.last_seq);
    r = r ? r : json_member(to, "limits", seen.limits);
    r = r ? r : text_member(to, "containment", containment_name(seen.has_cgroup));
    r = r ? r : text_member(to, "outcome", outcome_name(seen.outcome));
    return r ? r
             : buf_add_str(
                   to, ",\"ended_at\":null,\"duration_ms\":null,\"result\":null,\"down\":null}");
}
