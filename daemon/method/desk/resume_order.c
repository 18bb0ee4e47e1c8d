#include "resume_order.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/fd.h"
#include "daemon/records/record_archive.h"
#include "daemon/records/record_read.h"
#include "daemon/run/down.h"
#include "proto/json/json_make.h"
#include "proto/json/json_read.h"
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

/* Records from before chains name only the id of what they resumed: one that is older than they. */
static int name_parent(struct resume_order *r, const struct records *records,
                       struct json_span options)
{
    struct record_key key;
    char name[RECORD_NAME_SIZE];
    json_t *tree = load(options);
    if (options.at && !tree)
        return -ENOMEM;
    const char *from = json_string_value(json_object_get(tree, "resume_from"));
    int found = from ? record_find_of(records, from, &r->elder, &r->whose, &key) : -ENOENT;
    json_decref(tree);
    if (found < 0)
        return found == -ENOENT ? 0 : found;
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

static bool is_outage(const json_t *down)
{
    const char *by = json_string_value(json_object_get(down, "stopped_by"));
    const char *kind = json_string_value(json_object_get(json_object_get(down, "reason"), "kind"));
    return (by && strcmp(by, stopped_by_name(STOPPED_BY_STOP)) == 0) ||
           (kind && strcmp(kind, reason_kind_name(REASON_NOCONNECTION)) == 0);
}

/* Did it die with its daemon, or of a stop, and so not of itself: 1, 0 or -ENOMEM. */
static int died_of_outage(const struct records *records, const struct record_key *key)
{
    _cleanup_free_ char *text = NULL;
    json_error_t fault;
    json_t *down = NULL;
    int r = records_read_down(records, key, &text);
    if (r == 0 && text)
        r = json_read(text, strlen(text), &down, &fault);
    if (r == -ENOMEM)
        return r;
    r = is_outage(down);
    json_decref(down);
    return r;
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
    const int outage = there ? died_of_outage(records, &key) : 0;
    json_t *link =
        outage < 0 ? NULL : json_pack("{s:s, s:b}", "run_id", key.run_id, "outage", outage);
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

void resume_order_open(struct resume_order *r, const struct records *records,
                       const struct record_key *elder, const struct record_whose *whose)
{
    *r = (struct resume_order){.elder = *elder, .whose = *whose};
    read_spec(r, records);
    if (!r->failed)
        open_chain(r, records);
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
