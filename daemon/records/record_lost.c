#include "record_lost.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/file.h"
#include "daemon/os/sys.h"
#include "proto/json/json_out.h"
#include "proto/json/json_scan.h"
#include "proto/json/json_tree.h"
#include "record_store.h"

enum { FILE_MAX = 1 << 28, SPEC_DEPTH = JSON_DEPTH_MAX };

static void decref(json_t **json)
{
    json_decref(*json);
}
#define _cleanup_json_ _cleanup_(decref)

/* A JSON file as a scan over its text; the caller releases and frees both. -EBADMSG: not an object.
 */
static int scan_file(int parent, const struct record_key *key, const char *file, char **ret_text,
                     struct json_scan *ret)
{
    const struct json_scan_spec spec = {.max_depth = SPEC_DEPTH};
    char path[RECORD_PATH_SIZE];
    _cleanup_free_ char *text = NULL;
    size_t len;
    int r = file_read(parent, record_path(key, file, path), FILE_MAX, &text, &len, NULL);
    if (r < 0)
        return r;
    r = json_scan(text, len, &spec, ret, NULL);
    if (r < 0)
        return r;
    if (ret->type != JSON_OBJECT) {
        json_scan_release(ret);
        return -EBADMSG;
    }
    *ret_text = TAKE_PTR(text);
    return 0;
}

/* down.json as a scan; -EBADMSG when it is not whole. */
static int scan_down(int parent, const struct record_key *key, char **ret_text,
                     struct json_scan *ret)
{
    int r = scan_file(parent, key, RECORD_DOWN, ret_text, ret);
    if (r < 0)
        return r;
    const struct json_span reason = json_list_find(&ret->outer, "reason");
    if (reason.at && json_span_type(reason) == JSON_OBJECT)
        return 0;
    json_scan_release(ret);
    return -EBADMSG;
}

static int load_member(struct json_span span, json_t **ret)
{
    if (span.at)
        return json_span_load(span, ret);
    *ret = json_null();
    return 0;
}

/* Copies members of a scanned object, null for those that are not there: 0 or -ENOMEM. */
static int copy_members(json_t *to, const struct json_list *from, const char *const *names,
                        size_t count)
{
    for (size_t i = 0; i < count; i++) {
        json_t *value;
        if (load_member(json_list_find(from, names[i]), &value) < 0 ||
            json_object_set_new(to, names[i], value) < 0)
            return -ENOMEM;
    }
    return 0;
}

/* What every row and every end record begins with. from: spec.json; NULL: it cannot be read. */
static json_t *new_row(const struct record_key *key, const struct json_list *from)
{
    static const struct json_list nothing = {0};
    static const char *const MEMBERS[] = {"council_id", "registry", "started_at"};
    json_t *row =
        json_pack("{s:s, s:I}", "run_id", key->run_id, "incarnation", (json_int_t)key->incarnation);
    if (row && copy_members(row, from ? from : &nothing, MEMBERS, ARRAY_LEN(MEMBERS)) == 0)
        return row;
    json_decref(row);
    return NULL;
}

/* ---- rows of run.list ---- */

static int row_from_down(const struct json_list *down, json_t **ret)
{
    static const char *const MEMBERS[] = {"run_id",   "incarnation", "council_id", "started_at",
                                          "ended_at", "outcome",     "reason",     "registry"};
    _cleanup_json_ json_t *row = json_object();
    if (!row || copy_members(row, down, MEMBERS, ARRAY_LEN(MEMBERS)) < 0)
        return -ENOMEM;
    *ret = TAKE_PTR(row);
    return 0;
}

/* The end could not be written: nothing is made up. */
static int row_from_spec(int parent, const struct record_key *key, json_t **ret)
{
    struct json_scan scan = {0};
    _cleanup_free_ char *text = NULL;
    const int r = scan_file(parent, key, RECORD_SPEC, &text, &scan);
    if (r == -ENOMEM)
        return r;
    _cleanup_json_ json_t *row = new_row(key, r == 0 ? &scan.outer : NULL);
    if (r == 0)
        json_scan_release(&scan);
    _cleanup_json_ json_t *rest =
        json_pack("{s:n, s:n, s:{s:s}}", "ended_at", "outcome", "reason", "kind", "unknown");
    if (!row || !rest || json_object_update(row, rest) < 0)
        return -ENOMEM;
    *ret = TAKE_PTR(row);
    return 0;
}

int records_summary(const struct records *records, const struct record_key *key, json_t **ret)
{
    const int parent = record_parent(records, key);
    struct json_scan down;
    _cleanup_free_ char *text = NULL;
    int r = scan_down(parent, key, &text, &down);
    if (r == -ENOENT || r == -EBADMSG)
        return row_from_spec(parent, key, ret);
    if (r < 0)
        return r;
    r = row_from_down(&down.outer, ret);
    json_scan_release(&down);
    return r;
}

/* ---- the predecessor's ---- */

/* The outcome that a whole result.json tells, else null: 0 with a new reference, or -ENOMEM. */
static int outcome_of(int parent, const struct record_key *key, json_t **ret)
{
    struct json_scan scan;
    _cleanup_free_ char *text = NULL;
    json_t *outcome = json_null();
    int r = scan_file(parent, key, RECORD_RESULT, &text, &scan);
    if (r == 0) {
        const struct json_span span = json_list_find(&scan.outer, "outcome");
        if (span.at && json_span_type(span) == JSON_STRING)
            r = load_member(span, &outcome);
        json_scan_release(&scan);
    }
    if (r == -ENOMEM)
        return r;
    *ret = outcome;
    return 0;
}

static int write_lost(int parent, const struct record_key *key, const struct json_list *spec)
{
    char stamp[CLOCK_RFC3339_SIZE];
    char path[RECORD_PATH_SIZE];
    json_t *outcome;
    if (outcome_of(parent, key, &outcome) < 0)
        return -ENOMEM;
    clock_rfc3339(sys.wall_ms(), stamp);
    _cleanup_json_ json_t *down = new_row(key, spec);
    _cleanup_json_ json_t *rest = json_pack(
        "{s:s, s:n, s:{s:s}, s:n, s:o, s:n, s:n}", "ended_at", stamp, "pid", "reason", "kind",
        "noconnection", "stopped_by", "outcome", outcome, "rusage", "containment");
    if (!down || !rest || json_object_update(down, rest) < 0)
        return -ENOMEM;
    struct buf text = BUF_INIT(FILE_MAX);
    int r = json_out(&text, down);
    if (r == 0)
        r = sys_write_file(parent, record_path(key, RECORD_DOWN, path), text.at, text.len,
                           RECORD_FILE_MODE);
    buf_release(&text);
    return r;
}

/* 1: its down.json stands there now; 0: there is nothing worth keeping. */
static int write_end(int parent, const struct record_key *key)
{
    struct json_scan spec;
    _cleanup_free_ char *text = NULL;
    int r = scan_file(parent, key, RECORD_SPEC, &text, &spec);
    if (r == -ENOENT || r == -EBADMSG)
        return 0;
    if (r < 0)
        return r;
    const struct json_span recorder = json_list_find(&spec.outer, "recorder");
    const bool keep = !recorder.at || !json_span_is(recorder, "none");
    if (keep)
        r = write_lost(parent, key, &spec.outer);
    json_scan_release(&spec);
    return r < 0 ? r : keep;
}

static int close_lost(struct records *records, const struct record_key *key)
{
    char name[RECORD_NAME_SIZE];
    struct json_scan down;
    _cleanup_free_ char *text = NULL;
    _cleanup_free_ char *id = strdup(key->run_id);
    if (!id || record_index_reserve(&records->index, records->index.count + 1) < 0)
        return -ENOMEM;
    int r = scan_down(records->open_fd, key, &text, &down);
    if (r == 0) {
        json_scan_release(&down);
        r = 1;
    } else if (r == -ENOENT || r == -EBADMSG) {
        r = write_end(records->open_fd, key);
    }
    if (r < 0)
        return r;
    if (r == 0)
        return record_erase(records->open_fd, key);
    record_key_format(key, name);
    if (sys.renameat(records->open_fd, name, records->runs_fd, name) < 0)
        return -errno;
    record_index_add(&records->index, key->incarnation, TAKE_PTR(id));
    return 1;
}

/* Names are collected first: a directory is not renamed from under its listing. */
struct names {
    struct record_key *at;
    size_t count;
};

static int collect(void *context, const struct record_key *key)
{
    struct names *names = context;
    struct record_key *at = realloc(names->at, (names->count + 1) * sizeof *at);
    if (!at)
        return -ENOMEM;
    names->at = at;
    names->at[names->count++] = *key;
    return 0;
}

int records_close_predecessor(struct records *records, struct error *err)
{
    struct names names = {0};
    int closed = 0;
    int r = record_list_directory(records->open_fd, collect, &names);
    for (size_t i = 0; r >= 0 && i < names.count; i++) {
        r = close_lost(records, &names.at[i]);
        if (r < 0)
            error_errno(err, -r, "cannot close the record of run %s", names.at[i].run_id);
        else
            closed += r;
    }
    if (r < 0 && names.count == 0)
        error_errno(err, -r, "cannot list the open records");
    free(names.at);
    return r < 0 ? r : closed;
}
