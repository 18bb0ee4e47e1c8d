#include "resume_order.h"

#include <stdlib.h>
#include <string.h>

#include "common/fd.h"
#include "daemon/records/record_archive.h"
#include "daemon/run/runs.h"
#include "desk.h"

enum { SPEC_MAX = 64 * 1024 * 1024 };

static void read_spec(struct resume_order *r, const struct records *records,
                      const struct record_key *key)
{
    static const struct json_scan_spec spec = {.max_depth = JSON_DEPTH_MAX};
    struct json_scan scan;
    size_t len;
    r->journal = records_open_journal(records, key);
    if (r->journal < 0)
        r->failed = "its journal cannot be read";
    else if (records_read(records, key, "spec.json", SPEC_MAX, &r->text, &len) < 0 ||
             json_scan(r->text, len, &spec, &scan, NULL) < 0)
        r->failed = "its record cannot be read";
    if (r->failed)
        return;
    r->council = json_list_find(&scan.outer, "council");
    r->input = json_list_find(&scan.outer, "input");
    json_scan_release(&scan);
}

void resume_order_find(struct resume_order *r, const struct desk *desk, const json_t *options)
{
    const json_t *from = json_object_get(options, "resume_from");
    const char *run_id = json_string_value(from);
    struct record_key key;
    *r = (struct resume_order){.journal = -1};
    if (!run_id)
        return;
    size_t len = json_string_length(from);
    if (runs_find(desk->runs, run_id, len))
        r->failed = "that run is alive";
    else if (strlen(run_id) != len || records_find(desk->records, run_id, &key) < 0)
        r->failed = "there is no record of that run";
    else
        read_spec(r, desk->records, &key);
}

void resume_order_release(struct resume_order *r)
{
    free(r->text);
    fd_close(&r->journal);
}
