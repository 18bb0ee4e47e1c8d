#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "daemon/method/desk/desk.h"
#include "daemon/method/desk/end_texts.h"
#include "daemon/method/desk/run_json.h"
#include "daemon/records/record_archive.h"
#include "daemon/run/runs.h"
#include "handlers.h"
#include "proto/json/json_out.h"

enum { SPEC_MAX = 64 * 1024 * 1024 };

static int info_live(struct call *call, const struct run *run)
{
    struct buf out = BUF_INIT(REPLY_MAX);
    int r = run_json_info(&out, run, clock_mono_us());
    if (r == 0)
        call_reply_raw(call, (struct json_span){.at = out.at, .len = out.len});
    buf_release(&out);
    return r;
}

static int scan(const char *text, struct json_scan *ret)
{
    static const struct json_scan_spec spec = {.max_depth = JSON_DEPTH_MAX};
    *ret = (struct json_scan){0};
    return text ? json_scan(text, strlen(text), &spec, ret, NULL) : -ENOENT;
}

/* Copies members that are there, as they stand. */
static int copy_members(struct buf *to, const struct json_list *from, const char *const *names)
{
    int r = 0;
    for (; r == 0 && *names; names++) {
        struct json_span value = json_list_find(from, *names);
        if (!value.at)
            continue;
        r = buf_addf(to, ",\"%s\":", *names);
        r = r ? r : json_out_span(to, value);
    }
    return r;
}

static int add_span(struct buf *to, const char *name, struct json_span value)
{
    int r = buf_addf(to, ",\"%s\":", name);
    return r ? r : json_out_span(to, value);
}

/* Its own identity and end are told by the record; phase and usage died with it. */
static int build(struct buf *to, const struct record_key *key, const char *spec,
                 const struct end_texts *end)
{
    static const char *const OF_SPEC[] = {"started_by", "labels", "limits", "shutdown", NULL};
    static const char *const OF_DOWN[] = {"incarnation", "pid",        "council_id",
                                          "registry",    "started_at", "ended_at",
                                          "containment", "outcome",    NULL};
    struct json_scan s, d, res;
    int scanned[] = {scan(spec, &s), scan(end->result, &res), scan(end->down, &d)};
    bool have_down = scanned[2] == 0;
    int r = buf_add_str(to, "{\"run_id\":");
    for (size_t i = 0; r == 0 && i < ARRAY_LEN(scanned); i++)
        r = scanned[i] == -ENOMEM ? -ENOMEM : 0; /* what is torn is left out, silently */
    r = r ? r : json_out_string(to, key->run_id);
    r = r ? r : buf_add_str(to, ",\"state\":\"ended\"");
    r = r ? r : copy_members(to, &s.outer, OF_SPEC);
    r = r ? r : copy_members(to, &d.outer, OF_DOWN);
    r = r ? r : add_span(to, "result", json_list_find(&res.outer, "result"));
    struct json_span down = {.at = end->down, .len = have_down ? strlen(end->down) : 0};
    r = r ? r : add_span(to, "down", have_down ? down : (struct json_span){0});
    r = r ? r : buf_add_char(to, '}');
    json_scan_release(&s);
    json_scan_release(&d);
    json_scan_release(&res);
    return r;
}

static int info_recorded(struct call *call, const struct record_key *key)
{
    const struct records *records = call_desk(call)->records;
    struct buf out = BUF_INIT(REPLY_MAX);
    struct end_texts end;
    char *spec = NULL;
    size_t len;
    int r = end_texts_read(&end, records, key);
    if (r == 0 && records_read(records, key, "spec.json", SPEC_MAX, &spec, &len) == -ENOMEM)
        r = -ENOMEM;
    r = r ? r : build(&out, key, spec, &end);
    if (r == 0)
        call_reply_raw(call, (struct json_span){.at = out.at, .len = out.len});
    buf_release(&out);
    end_texts_release(&end);
    free(spec);
    return r;
}

int do_run_info(struct call *call)
{
    const struct run_id_params *p = call->params;
    struct record_key key;
    const struct run *run = runs_find_listed(call_desk(call)->runs, p->run_id.at, p->run_id.len);
    if (run)
        return info_live(call, run);
    if (strlen(p->run_id.at) != p->run_id.len ||
        records_find(call_desk(call)->records, p->run_id.at, &key) < 0)
        return call_error(call, RPC_NOT_FOUND, NULL);
    return info_recorded(call, &key);
}
