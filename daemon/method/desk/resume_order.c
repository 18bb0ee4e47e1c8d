#include "resume_order.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/fd.h"
#include "daemon/records/record_archive.h"
#include "daemon/records/record_read.h"
#include "daemon/run/down.h"
#include "daemon/run/runs.h"
#include "desk.h"
#include "proto/json/json_make.h"
#include "proto/json/json_tree.h"
#include "proto/reason.h"

/* ---- the record itself ---- */

static json_t *load(struct json_span span)
{
    json_t *value = NULL;
    return span.at && json_span_load(span, &value) == 0 ? value : NULL;
}

/* The records before the first one, as its spec names them. */
static int name_elders(struct resume_order *r, struct json_span span)
{
    size_t i;
    json_t *name, *elders = load(span);
    int failed = elders ? 0 : -ENOMEM;
    json_array_foreach (elders, i, name) {
        if (i < RESUME_CHAIN_MAX && json_is_string(name))
            failed |= json_array_append(r->names, name);
    }
    json_decref(elders);
    return failed;
}

/* Records from before that name only the run that they resumed. */
static int name_parent(struct resume_order *r, const struct records *records,
                       struct json_span options)
{
    struct record_key key;
    char name[RECORD_NAME_SIZE];
    json_t *tree = load(options);
    if (options.at && !tree)
        return -ENOMEM;
    const char *from = json_string_value(json_object_get(tree, "resume_from"));
    bool found = from && records_find(records, from, &key) == 0;
    json_decref(tree);
    if (!found)
        return 0;
    record_key_format(&key, name);
    return json_array_append_new(r->names, json_string(name));
}

static int name_first(struct resume_order *r)
{
    char name[RECORD_NAME_SIZE];
    record_key_format(&r->elder, name);
    r->names = json_pack("[s]", name);
    r->chain = json_array();
    return r->names && r->chain ? 0 : -ENOMEM;
}

static void read_spec(struct resume_order *r, const struct records *records)
{
    struct json_scan scan;
    size_t len;
    if (name_first(r) < 0 || records_read_spec(records, &r->elder, &r->text, &len) < 0 ||
        json_scan_object(r->text, len, &scan) < 0) {
        r->failed = "its record cannot be read";
        return;
    }
    r->council = json_list_find(&scan.outer, "council");
    r->input = json_list_find(&scan.outer, "input");
    struct json_span elders = json_list_find(&scan.outer, "chain");
    if (elders.at ? name_elders(r, elders)
                  : name_parent(r, records, json_list_find(&scan.outer, "options")))
        r->failed = "its record cannot be read";
    json_scan_release(&scan);
}

/* ---- the chain ---- */

/* 0, -ENOENT: it is not for who resumes, -ENOMEM. */
static int check_owner(const struct resume_order *r, const struct records *records,
                       const struct record_key *key)
{
    struct record_owner owner;
    if (r->n_journals == 0 || !record_whose_is_some(&r->whose))
        return 0;
    int found = record_owner_find(records, key, &owner);
    return found == 0 && !record_whose_has(&r->whose, &owner) ? -ENOENT : found;
}

static int open_record(struct resume_order *r, const struct records *records,
                       const struct record_key *key, struct record_events *ret)
{
    if (!records_has(records, key))
        return -ENOENT;
    int found = check_owner(r, records, key);
    found = found < 0 ? found : records_open_events(records, key, ret);
    if (found == -ENOMEM)
        r->failed = "its record cannot be read";
    return found;
}

static bool is_outage(const char *down)
{
    json_t *tree = down ? json_loads(down, 0, NULL) : NULL;
    const char *by = json_string_value(json_object_get(tree, "stopped_by"));
    const char *kind = json_string_value(json_object_get(json_object_get(tree, "reason"), "kind"));
    bool outage = (by && strcmp(by, stopped_by_name(STOPPED_BY_STOP)) == 0) ||
                  (kind && strcmp(kind, reason_kind_name(REASON_NOCONNECTION)) == 0);
    json_decref(tree);
    return outage;
}

/* Did it die with its daemon, or of a stop, and so not of itself? */
static bool died_of_outage(const struct records *records, const struct record_key *key)
{
    _cleanup_free_ char *down = NULL;
    return records_read_down(records, key, &down) == 0 && is_outage(down);
}

/* One more of the chain; false: its record is not there, and none behind it is of use. */
static bool add_link(struct resume_order *r, const struct records *records, const char *name)
{
    struct record_key key;
    if (record_key_parse(name, &key) < 0)
        return false;
    struct record_events events = {.fd = -1};
    const bool there =
        r->n_journals < RESUME_CHAIN_MAX && open_record(r, records, &key, &events) == 0;
    json_t *link = json_pack("{s:s, s:b}", "run_id", key.run_id, "outage",
                             (int)(there && died_of_outage(records, &key)));
    if (link && there && events.end < INT64_MAX)
        link = json_done(link, json_put(link, "bytes", json_integer(events.end)));
    if (!link || json_array_append_new(r->chain, link))
        r->failed = "its record cannot be read";
    if (there)
        r->journals[r->n_journals++] = events.fd;
    return there;
}

static void open_chain(struct resume_order *r, const struct records *records)
{
    for (size_t i = 0; i < json_array_size(r->names); i++) {
        if (!add_link(r, records, json_string_value(json_array_get(r->names, i))))
            break;
    }
    if (r->n_journals == 0)
        r->failed = "its record cannot be read";
}

/* ---- life ---- */

void resume_order_find(struct resume_order *r, const struct desk *desk, const json_t *options,
                       const struct record_whose *whose)
{
    const json_t *from = json_object_get(options, "resume_from");
    const char *run_id = json_string_value(from);
    *r = (struct resume_order){.whose = *whose};
    if (!run_id)
        return;
    size_t len = json_string_length(from);
    if (runs_find(desk->runs, run_id, len))
        r->failed = "that run is alive";
    else if (strlen(run_id) != len || records_find(desk->records, run_id, &r->elder) < 0)
        r->failed = "there is no record of that run";
    else
        read_spec(r, desk->records);
    if (!r->failed)
        open_chain(r, desk->records);
}

void resume_order_take(struct resume_order *r, struct start_order *order)
{
    order->elder = r->elder.run_id[0] ? &r->elder : NULL;
    memcpy(order->resume_fds, r->journals, r->n_journals * sizeof(int));
    order->n_resume = r->n_journals;
    r->n_journals = 0;
}

void resume_order_release(struct resume_order *r)
{
    for (size_t i = 0; i < r->n_journals; i++)
        fd_close(&r->journals[i]);
    json_decref(r->names);
    json_decref(r->chain);
    free(r->text);
}
