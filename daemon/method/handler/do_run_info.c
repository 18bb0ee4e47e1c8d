#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "daemon/method/desk/caller.h"
#include "daemon/method/desk/desk.h"
#include "daemon/records/record_archive.h"
#include "daemon/records/record_read.h"
#include "daemon/records/record_rows.h"
#include "daemon/run/run_json.h"
#include "daemon/run/runs.h"
#include "handlers.h"
#include "proto/json/json_out.h"

static int info_live(struct call *call, const struct run *run)
{
    struct buf out = BUF_INIT(REPLY_MAX);
    int r = run_json_info(&out, run, clock_mono_us());
    if (r == 0)
        call_reply_raw(call, (struct json_span){.at = out.at, .len = out.len});
    buf_release(&out);
    return r;
}

/* What is torn is left out, silently. */
static int scan(const char *text, struct json_scan *ret)
{
    return json_scan_object(text, text ? strlen(text) : 0, ret) == -ENOMEM ? -ENOMEM : 0;
}

/* Copies members that are there, as they stand. */
static int copy_members(struct buf *to, const struct json_list *from, const char *const *names)
{
    int r = 0;
    for (; r == 0 && *names; names++) {
        struct json_span value = json_list_find(from, *names);
        r = value.at ? json_out_member(to, *names, value) : 0;
    }
    return r;
}

/* The first of two that has it. */
static int copy_either(struct buf *to, const char *name, const struct json_list *first,
                       const struct json_list *second)
{
    struct json_span value = json_list_find(first, name);
    value = value.at ? value : json_list_find(second, name);
    return value.at ? json_out_member(to, name, value) : 0;
}

/* In a row what is not known is null. */
static int copy_owner(struct buf *to, const struct json_list *row)
{
    static const char *const OWNER[] = {"registry", "started_by"};
    int r = 0;
    for (size_t i = 0; r == 0 && i < ARRAY_LEN(OWNER); i++) {
        struct json_span value = json_list_find(row, OWNER[i]);
        if (value.at && json_span_type(value) != JSON_NULL)
            r = json_out_member(to, OWNER[i], value);
    }
    return r;
}

/* As lists show it. */
static int copy_shown(struct buf *to, const struct json_list *row)
{
    static const char *const SHOWN[] = {"duration_ms", "question", "members", "tokens", "cost"};
    int r = 0;
    for (size_t i = 0; r == 0 && i < ARRAY_LEN(SHOWN); i++)
        r = json_out_member(to, SHOWN[i], json_list_find(row, SHOWN[i]));
    return r;
}

/* As a DOWN tells it. */
static int add_down(struct buf *to, const struct json_list *down)
{
    static const char *const MEMBERS[] = {"pid",          "reason",      "stopped_by", "outcome",
                                          "rusage",       "containment", "sandbox",    "survivors",
                                          "record_error", NULL};
    struct json_span id = json_list_find(down, "run_id");
    if (!id.at)
        return buf_add_str(to, ",\"down\":null");
    int r = buf_add_str(to, ",\"down\":{\"run_id\":");
    r = r ? r : json_out_span(to, id);
    r = r ? r : copy_members(to, down, MEMBERS);
    return r ? r : buf_add_char(to, '}');
}

/* What is known of a recorded run, and where from. */
struct sources {
    struct json_scan spec;   /* what was asked for; a run can write over it */
    struct json_scan row;    /* whose it is */
    struct json_scan down;   /* what councild vouches for at the end */
    struct json_scan result; /* as the run wrote it */
};

/* Its own identity and end are told by the record; phase died with it. What councild vouches for
 * goes before what was asked for. */
static int build(struct buf *to, const struct record_key *key, const struct sources *s)
{
    const struct json_list *down = &s->down.outer;
    static const char *const OF_DOWN[] = {"incarnation", "pid",         "ended_at",
                                          "usage",       "containment", "sandbox",
                                          "outcome",     "torn",        NULL};
    static const char *const OF_EITHER[] = {"council_id", "started_at", "labels", "limits",
                                            "shutdown"};
    int r = buf_add_str(to, "{\"run_id\":");
    r = r ? r : json_out_string(to, key->run_id);
    r = r ? r : buf_add_str(to, ",\"state\":\"ended\"");
    r = r ? r : copy_members(to, down, OF_DOWN);
    r = r ? r : copy_owner(to, &s->row.outer);
    for (size_t i = 0; r == 0 && i < ARRAY_LEN(OF_EITHER); i++)
        r = copy_either(to, OF_EITHER[i], down, &s->spec.outer);
    r = r ? r : copy_shown(to, &s->row.outer);
    r = r ? r : json_out_member(to, "result", json_list_find(&s->result.outer, "result"));
    r = r ? r : add_down(to, down);
    return r ? r : buf_add_char(to, '}');
}

/* Councild says at the end what was asked for; older records, and those of a daemon that died, do
 * not. */
static int read_spec(const struct records *records, const struct record_key *key,
                     const struct json_list *down, char **ret)
{
    size_t len;
    if (json_list_find(down, "limits").at)
        return 0;
    return records_read_spec(records, key, ret, &len) == -ENOMEM ? -ENOMEM : 0;
}

static int build_recorded(struct buf *to, const struct records *records,
                          const struct record_key *key, const struct record_end_texts *end)
{
    struct sources s = {0};
    _cleanup_free_ char *spec = NULL, *row = NULL;
    int r = scan(end->down, &s.down);
    r = r ? r : scan(end->result, &s.result);
    r = r ? r : read_spec(records, key, &s.down.outer, &spec);
    r = r ? r : scan(spec, &s.spec);
    r = r ? r : records_row(records, key, &row) == -ENOMEM ? -ENOMEM : 0;
    r = r ? r : scan(row, &s.row);
    r = r ? r : build(to, key, &s);
    json_scan_release(&s.down);
    json_scan_release(&s.result);
    json_scan_release(&s.spec);
    json_scan_release(&s.row);
    return r;
}

static int info_recorded(struct call *call, const struct record_key *key)
{
    const struct records *records = call_desk(call)->records;
    struct buf out = BUF_INIT(REPLY_MAX);
    struct record_end_texts end;
    int r = records_read_end(records, key, &end);
    r = r ? r : build_recorded(&out, records, key, &end);
    if (r == 0)
        call_reply_raw(call, (struct json_span){.at = out.at, .len = out.len});
    buf_release(&out);
    record_end_texts_release(&end);
    return r;
}

int do_run_info(struct call *call)
{
    const struct run_id_params *p = call->params;
    struct record_key key;
    const struct run *run = caller_find_listed(call, &p->run_id);
    if (run)
        return info_live(call, run);
    int found = caller_find_record(call, &p->run_id, &key);
    if (found < 0)
        return found == -ENOENT ? call_error(call, RPC_NOT_FOUND, NULL) : found;
    return info_recorded(call, &key);
}
