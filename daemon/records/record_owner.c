#include "record_owner.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "proto/json/json_scan.h"
#include "proto/json/json_span.h"
#include "record_archive.h"
#include "record_rows.h"

/* A text that fits; one that is longer is none. */
static void read_text(struct json_span value, char *to, size_t size)
{
    if (value.at && json_span_type(value) == JSON_STRING &&
        json_decoded_len(json_span_text(value)) < size)
        json_decode_cut(json_span_text(value), to, size);
}

static void read_started_by(struct json_span started_by, struct record_owner *to)
{
    const struct json_span name = json_span_get(started_by, "name");
    if (json_span_int(json_span_get(started_by, "uid"), &to->uid) < 0)
        to->uid = -1;
    read_text(name, to->name, sizeof to->name);
    if (name.at && !to->name[0])
        to->uid = -1; /* somebody's, but it is not known whose */
}

int record_owner_read(const char *started_by, struct record_owner *ret)
{
    *ret = (struct record_owner){.uid = -1};
    struct json_scan scan;
    const struct json_span all = {.at = started_by, .len = strlen(started_by)};
    int r = json_scan_object(all.at, all.len, &scan);
    if (r < 0)
        return r == -ENOMEM ? r : 0;
    json_scan_release(&scan);
    read_started_by(all, ret);
    return 0;
}

int record_owner_find(const struct records *records, const struct record_key *key,
                      struct record_owner *ret)
{
    _cleanup_free_ char *row = NULL;
    struct json_scan scan;
    *ret = (struct record_owner){.uid = -1};
    int r = records_row(records, key, &row);
    r = r < 0 ? r : json_scan_object(row, strlen(row), &scan);
    if (r < 0)
        return r == -ENOMEM || r == -ENOENT ? r : 0;
    const struct json_span by = json_list_find(&scan.outer, "started_by");
    if (by.at)
        read_started_by(by, ret);
    read_text(json_list_find(&scan.outer, "registry"), ret->registry, sizeof ret->registry);
    json_scan_release(&scan);
    return 0;
}

bool record_whose_is_some(const struct record_whose *whose)
{
    return whose->of_owner || whose->registry[0];
}

bool record_whose_has(const struct record_whose *whose, const struct record_owner *owner)
{
    if (whose->of_owner && (owner->uid != whose->uid || strcmp(owner->name, whose->name) != 0))
        return false;
    return !whose->registry[0] || !strcmp(owner->registry, whose->registry);
}

bool record_is_of(const struct records *records, const struct record_key *key,
                  const struct record_whose *whose)
{
    struct record_owner owner;
    return record_owner_find(records, key, &owner) == 0 && record_whose_has(whose, &owner);
}

/* 1, 0 or -ENOMEM. */
static int is_meant(const struct records *records, const struct record_key *key,
                    const struct record_whose *whose)
{
    struct record_owner owner;
    if (!record_whose_is_some(whose))
        return 1;
    int r = record_owner_find(records, key, &owner);
    return r == -ENOENT ? 0 : r < 0 ? r : record_whose_has(whose, &owner);
}

int record_find_of(const struct records *records, const char *run_id,
                   const struct record_key *before, const struct record_whose *whose,
                   struct record_key *ret)
{
    struct record_key key;
    int meant;
    do {
        int r = records_find(records, run_id, before, &key);
        meant = r < 0 ? r : is_meant(records, &key, whose);
        before = &key;
    } while (meant == 0);
    if (meant < 0)
        return meant;
    *ret = key;
    return 0;
}
