#include "down.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "daemon/records/record.h"
#include "proto/json/json_make.h"
#include "proto/json/json_out.h"
#include "proto/json/json_tree.h"
#include "proto/shutdown_words.h"
#include "run_inside.h"
#include "serve/blob.h"
#include "shown.h"

static const char *const STOPPED_BY[] = {
    [STOPPED_BY_NONE] = NULL,           [STOPPED_BY_CLIENT] = "client",
    [STOPPED_BY_ALL] = "terminate_all", [STOPPED_BY_STOP] = "stop",
    [STOPPED_BY_DEADLINE] = "deadline",
};

const char *stopped_by_name(enum stopped_by by)
{
    return STOPPED_BY[by];
}

const char *containment_name(bool cgroup)
{
    return cgroup ? "cgroup" : "group";
}

static int64_t milliseconds(const struct timeval *tv)
{
    return (int64_t)tv->tv_sec * 1000 + tv->tv_usec / 1000;
}

static json_t *rusage_json(const struct run *run)
{
    json_t *peak = run->peak_memory >= 0 ? json_integer(run->peak_memory) : json_null();
    return json_pack("{s:I, s:I, s:o}", "user_ms",
                     (json_int_t)milliseconds(&run->usage_at_exit.ru_utime), "system_ms",
                     (json_int_t)milliseconds(&run->usage_at_exit.ru_stime), "max_rss_bytes", peak);
}

static json_t *down_json(const struct run *run)
{
    json_t *down =
        json_pack("{s:s, s:i, s:o, s:s?, s:s?, s:o, s:s}", "run_id", run->run_id, "pid",
                  (int)run->pid, "reason", reason_to_json(&run->reason), "stopped_by",
                  stopped_by_name(run->stopped_by), "outcome", outcome_name(run->outcome), "rusage",
                  rusage_json(run), "containment", containment_name(run->has_cgroup));
    bool ok = down != NULL;
    if (ok)
        ok = json_put(down, "sandbox",
                      run->sandbox ? json_load_constant(run->sandbox) : json_null());
    if (ok && run->rest_resists)
        ok = json_put(down, "survivors", json_true());
    if (ok && run->record_error)
        ok = json_put(down, "record_error", json_string(errno_name(run->record_error)));
    return json_done(down, ok);
}

int down_text(struct buf *to, const struct run *run)
{
    json_t *down = down_json(run);
    int r = down ? json_out(to, down) : -ENOMEM;
    json_decref(down);
    if (r)
        return r;
    buf_truncate(to, to->len - 1);
    r = buf_addf(to, ",\"duration_ms\":%" PRId64, run->duration_ms);
    r = r ? r : shown_members(to, run);
    return r ? r : buf_add_char(to, '}');
}

json_t *down_noproc_json(const char *ref, const char *run_id, size_t len)
{
    return json_pack(
        "{s:s, s:s%, s:n, s:{s:s}, s:n, s:n, s:n, s:n, s:n, s:n, s:n, s:n, s:n, s:n, s:n}", "ref",
        ref, "run_id", run_id, len, "pid", "reason", "kind", "noproc", "stopped_by", "outcome",
        "rusage", "containment", "sandbox", "duration_ms", "labels", "question", "members",
        "tokens", "cost");
}

/* What councild knows of the run by itself. */
static json_t *vouched_json(const struct run *run)
{
    char started[CLOCK_RFC3339_SIZE], ended[CLOCK_RFC3339_SIZE];
    json_t *vouched = json_pack(
        "{s:I, s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:s*, s:o}", "incarnation",
        (json_int_t)run->incarnation, "council_id", run->council_id, "registry", run->registry,
        "started_at", clock_rfc3339(run->started_ms, started), "ended_at",
        clock_rfc3339(run->ended_ms, ended), "started_by", json_load_constant(run->started_by),
        "limits", json_load_constant(run->limits_json), "shutdown", shutdown_json(run->shutdown),
        "resume_from", run->resume_from, "usage",
        run->usage ? json_load_constant(run->usage) : json_null());
    return json_done(vouched,
                     vouched && (!run->start_key ||
                                 json_put(vouched, "start_key", json_string(run->start_key))));
}

/* {"run_id": ..., "reason": ...} with what only the record has. */
char *down_record_text(const struct run *run)
{
    struct buf text = BUF_INIT(SIZE_MAX / 2);
    json_t *more = vouched_json(run);
    int r = more ? down_text(&text, run) : -ENOMEM;
    if (r == 0) {
        const size_t brace = text.len - 1;
        buf_truncate(&text, brace);
        r = json_out(&text, more);
        if (r == 0)
            text.at[brace] = ',';
    }
    json_decref(more);
    char *ret = r ? NULL : buf_take(&text);
    buf_release(&text);
    return ret;
}

struct blob *down_tail(const struct run *run)
{
    struct buf text = BUF_INIT(SIZE_MAX / 2);
    struct blob *tail = NULL;
    if (down_text(&text, run) == 0 && buf_add_str(&text, "}\n") == 0)
        tail = blob_new(text.at + 1, text.len - 1);
    buf_release(&text);
    return tail;
}

/* The DOWN once more, now that it is known what could not be written. */
static void retell(struct run *run)
{
    struct blob *fresh = down_tail(run);
    if (!fresh)
        return;
    blob_drop(run->down);
    run->down = fresh;
}

int down_write(struct run *run)
{
    if (run->result.len && record_add_result(run->record, &run->result) == 0)
        buf_release(&run->result);
    char *text = down_record_text(run);
    int r = record_end(run->record, text ? text : "{}", text ? strlen(text) : 2);
    free(text);
    if (r < 0) {
        run->record_error = run->record_error ? run->record_error : -r;
        retell(run);
    }
    return r;
}
