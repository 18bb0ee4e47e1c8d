#include "await.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/container.h"
#include "crowd.h"
#include "daemon/records/record_read.h"
#include "daemon/run/run_view.h"
#include "daemon/run/runs.h"
#include "daemon/watch/farewell.h"
#include "proto/json/json_out.h"
#include "proto/reason.h"
#include "serve/loop.h"
#include "serve/pending.h"

static const char NULL_TEXT[] = "null";

static struct json_span null_span(void)
{
    return (struct json_span){.at = NULL_TEXT, .len = sizeof(NULL_TEXT) - 1};
}

/* A member of a JSON text out of a file, which may hold anything; null when it is not there. 0, or
 * -ENOMEM: that is no reason to say that there was none. */
static int member(const char *text, const char *name, struct json_span *ret)
{
    struct json_scan scan;
    if (json_scan_object(text, text ? strlen(text) : 0, &scan) == -ENOMEM)
        return -ENOMEM;
    struct json_span value = json_list_find(&scan.outer, name);
    json_scan_release(&scan);
    *ret = value.at ? value : null_span();
    return 0;
}

static int build(struct buf *to, const char *run_id, struct json_span outcome,
                 struct json_span result, struct json_span reason)
{
    int r = buf_add_str(to, "{\"run_id\":");
    r = r ? r : json_out_string(to, run_id);
    r = r ? r : json_out_member(to, "outcome", outcome);
    r = r ? r : json_out_member(to, "result", result);
    r = r ? r : json_out_member(to, "reason", reason);
    r = r ? r : buf_add_char(to, '}');
    if (r < 0)
        buf_release(to);
    return r;
}

static struct json_span span_of(const char *text)
{
    return text ? (struct json_span){.at = text, .len = strlen(text)} : null_span();
}

/* Its record must still be there. On failure the buffer stays empty. */
static void build_live(struct buf *to, const struct run *run)
{
    const struct run_view seen = run_view(run);
    char *text = NULL, *reason = NULL;
    struct json_span result;
    int r = run_result(run, &text);
    r = r < 0 ? r : member(text, "result", &result);
    json_t *json = reason_to_json(seen.reason);
    reason = json ? json_dumps(json, JSON_COMPACT) : NULL;
    json_decref(json);
    const char *name = outcome_name(seen.outcome);
    char outcome[32];
    snprintf(outcome, sizeof(outcome), name ? "\"%s\"" : "null", name);
    if (r == 0 && reason)
        build(to, seen.run_id, span_of(outcome), result, span_of(reason));
    free(text);
    free(reason);
}

void await_result(struct buf *to, const struct run *run)
{
    char *text;
    struct json_span result;
    if (run_result(run, &text) < 0 || !text)
        return;
    if (member(text, "result", &result) == 0)
        json_out_span(to, result);
    free(text);
}

/* ---- those who wait ---- */

static void tell_end(struct run_watch *w, struct run *run)
{
    struct crowd *crowd = CONTAINER_OF(w, struct crowd, watch);
    struct buf answer = BUF_INIT(SIZE_MAX / 2);
    if (crowd->waiters)
        build_live(&answer, run);
    struct json_span text = {.at = answer.len ? answer.at : NULL, .len = answer.len};
    while (crowd->waiters) {
        pending_follow(crowd->waiters, farewell_of(pending_conn(crowd->waiters), run));
        pending_reply_raw(crowd->waiters, text);
    }
    buf_release(&answer);
    crowd_drop(w);
}

static const struct run_watch_ops AWAIT = {
    .rank = RANK_AWAIT, .ended = tell_end, .drop = crowd_drop};

int await_live(struct call *call, struct run *run, int64_t timeout_ms)
{
    struct crowd *crowd = crowd_of(run, &AWAIT);
    struct pending *waiting = crowd ? call_wait(call, &crowd->waiters) : NULL;
    if (!waiting)
        return -ENOMEM;
    if (timeout_ms >= 0 && pending_set_limit(waiting, run_loop(run), timeout_ms) < 0)
        pending_error(waiting, RPC_INTERNAL_ERROR, NULL);
    return 0;
}

/* ---- what is recorded ---- */

int await_build_recorded(struct buf *to, const struct records *records,
                         const struct record_key *key)
{
    static const char UNKNOWN[] = "{\"kind\":\"unknown\"}";
    struct record_end_texts t;
    int r = records_read_end(records, key, &t);
    struct json_span reason = span_of(UNKNOWN), outcome, result;
    if (r == 0 && t.down)
        r = member(t.down, "reason", &reason);
    r = r ? r : member(t.down ? t.down : t.result, "outcome", &outcome);
    r = r ? r : member(t.result, "result", &result);
    r = r ? r : build(to, key->run_id, outcome, result, reason);
    record_end_texts_release(&t);
    return r;
}
