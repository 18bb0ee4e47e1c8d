#include "tenant_lines.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "daemon/records/record_rows.h"
#include "daemon/records/record_search.h"
#include "daemon/run/down.h"
#include "daemon/run/run_json.h"
#include "daemon/run/run_view.h"
#include "proto/json/json_out.h"

int tenant_line_started(struct buf *to, const struct run *run, int64_t now_us)
{
    int r = buf_add_str(to, "{\"type\":\"run_started\",\"run\":");
    r = r ? r : run_json_child(to, run, now_us);
    return r ? r : buf_add_char(to, '}');
}

/* Run ids need no escaping. */
int tenant_line_progress(struct buf *to, const struct run *run)
{
    const struct run_view seen = run_view(run);
    return buf_addf(to, "{\"type\":\"run_progress\",\"run_id\":\"%s\",\"phase\":%s,\"usage\":%s}",
                    seen.run_id, seen.phase ? seen.phase : "null",
                    seen.usage ? seen.usage : "null");
}

int tenant_line_ended(struct buf *to, const json_t *row)
{
    int r = buf_add_str(to, "{\"type\":\"run_ended\",\"run\":");
    r = r ? r : json_out(to, row);
    return r ? r : buf_add_char(to, '}');
}

int tenant_line_stopping(struct buf *to, const char *state)
{
    return buf_addf(to, "{\"type\":\"stopping\",\"state\":\"%s\"}", state);
}

int tenant_page_open(struct buf *to)
{
    return buf_add_str(to, "{\"type\":\"snapshot\",\"runs\":[");
}

int tenant_page_close(struct buf *to, bool more)
{
    return buf_addf(to, "],\"more\":%s}", more ? "true" : "false");
}

/* ---- rows of ended runs ---- */

/* An incarnation is the start in ms. */
static json_t *unread_row(const struct record_key *key)
{
    char started[CLOCK_RFC3339_SIZE], down[CLOCK_RFC3339_SIZE + 32];
    json_t *row = NULL;
    snprintf(down, sizeof(down), "{\"started_at\":\"%s\"}",
             clock_rfc3339(key->incarnation, started));
    if (records_unkept_row(key, down, &row) < 0)
        return NULL;
    json_object_del(row, "registry");
    return row;
}

json_t *tenant_row_recorded(const struct records *records, const struct record_key *key)
{
    static const struct record_search ANY = {0};
    json_t *row = NULL;
    size_t len;
    const int r = records_search(records, key, &ANY, &row, &len);
    if (r < 0)
        return r == -ENOMEM ? NULL : unread_row(key);
    return row;
}

json_t *tenant_row_unkept(const struct run *run)
{
    _cleanup_free_ char *down = down_record_text(run);
    json_t *row = NULL;
    if (!down || records_unkept_row(run_view(run).record, down, &row) < 0)
        return NULL;
    return row;
}
