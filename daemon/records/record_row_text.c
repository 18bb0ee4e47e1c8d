#include "record_row_text.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "common/cleanup.h"
#include "proto/json/json_make.h"
#include "proto/json/json_out.h"
#include "proto/json/json_scan.h"
#include "proto/json/json_tree.h"
#include "record_usage.h"

/* ---- members ---- */

enum kind { TEXT, OBJECT, ARRAY, NUMBER, FLAG };

static bool is_kind(struct json_span value, enum kind kind)
{
    const json_type type = value.at ? json_span_type(value) : JSON_NULL;
    if (kind == FLAG)
        return type == JSON_TRUE;
    if (kind == NUMBER)
        return type == JSON_INTEGER || type == JSON_REAL;
    return type == (kind == TEXT ? JSON_STRING : kind == OBJECT ? JSON_OBJECT : JSON_ARRAY);
}

struct member {
    const char *name;
    enum kind kind;
};

/* What does not change between the beginning and the end, but for the council that was chosen. */
static const struct member COMMON[] = {
    {"council_id", TEXT}, {"registry", TEXT},    {"started_at", TEXT}, {"started_by", OBJECT},
    {"labels", OBJECT},   {"resume_from", TEXT}, {"question", TEXT},   {"members", ARRAY},
};
static const struct member OF_END[] = {
    {"ended_at", TEXT},     {"duration_ms", NUMBER}, {"outcome", TEXT},  {"reason", OBJECT},
    {"record_error", TEXT}, {"torn", FLAG},          {"tokens", NUMBER}, {"cost", NUMBER},
};

static struct json_span find(const struct json_list *list, const struct member *m)
{
    const struct json_span value = json_list_find(list, m->name);
    return is_kind(value, m->kind) ? value : (struct json_span){0};
}

/* Only some have it. */
static const struct member START_KEY = {"start_key", TEXT};

/* Whose the run is: believed only where councild wrote it. */
static bool is_owning(const struct member *m)
{
    return m == &START_KEY || !strcmp(m->name, "registry") || !strcmp(m->name, "started_by");
}

static struct json_span choose(const struct member *m, const struct json_list *first,
                               const struct json_list *second, bool vouched)
{
    const struct json_span value = find(first, m);
    return value.at || (is_owning(m) && !vouched) ? value : find(second, m);
}

/* From the first of two that has it. `vouched`: the second is councild's word too. */
static int add_common(struct buf *to, const struct json_list *first, const struct json_list *second,
                      bool vouched)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < ARRAY_LEN(COMMON); i++)
        r = json_out_member(to, COMMON[i].name, choose(&COMMON[i], first, second, vouched));
    const struct json_span key = choose(&START_KEY, first, second, vouched);
    return r || !key.at ? r : json_out_member(to, START_KEY.name, key);
}

static int add_head(struct buf *to, const char *type, const struct record_key *key)
{
    int r = buf_addf(to, "{\"type\":\"%s\",\"run_id\":", type);
    r = r ? r : json_out_string(to, key->run_id);
    return r ? r : buf_addf(to, ",\"incarnation\":%" PRId64, key->incarnation);
}

int record_row_of_start(struct buf *to, const struct record_key *key, const char *spec, size_t len)
{
    static const struct json_list NOTHING = {0};
    struct json_scan scan;
    int r = json_scan_object(spec, len, &scan);
    if (r < 0)
        return r;
    r = add_head(to, RECORD_ROW_START, key);
    r = r ? r : add_common(to, &scan.outer, &NOTHING, false);
    json_scan_release(&scan);
    return r ? r : buf_add_char(to, '}');
}

/* ---- the end ---- */

/* Older ends have the usage alone. */
static int add_usage(struct buf *to, const struct json_list *down)
{
    static const struct member USAGE = {"usage", OBJECT};
    const struct json_span usage = find(down, &USAGE);
    const bool told = json_list_find(down, "tokens").at || json_list_find(down, "cost").at;
    return usage.at && !told ? record_usage_members(to, usage) : 0;
}

/* An end that is not known is told as such, not made up. */
static int add_end(struct buf *to, const struct json_list *down)
{
    static const struct member REASON = {"reason", OBJECT};
    int r = 0;
    for (size_t i = 0; r == 0 && i < ARRAY_LEN(OF_END); i++) {
        const struct json_span value = find(down, &OF_END[i]);
        r = value.at ? json_out_member(to, OF_END[i].name, value) : 0;
    }
    if (!find(down, &REASON).at)
        r = r ? r : buf_add_str(to, ",\"reason\":{\"kind\":\"unknown\"}");
    return r ? r : add_usage(to, down);
}

int record_row_of_end(struct buf *to, const struct record_key *key, int64_t size, const char *down,
                      const char *begun, bool vouched)
{
    struct json_scan d, b;
    const int scanned[] = {json_scan_object(down, down ? strlen(down) : 0, &d),
                           json_scan_object(begun, begun ? strlen(begun) : 0, &b)};
    int r = scanned[0] == -ENOMEM || scanned[1] == -ENOMEM ? -ENOMEM
                                                           : add_head(to, RECORD_ROW_END, key);
    r = r ? r : add_common(to, &d.outer, &b.outer, vouched);
    r = r ? r : add_end(to, &d.outer);
    if (size >= 0)
        r = r ? r : buf_addf(to, ",\"size\":%" PRId64, size);
    r = r ? r : buf_add_char(to, '}');
    json_scan_release(&d);
    json_scan_release(&b);
    return r;
}

/* ---- reading back ---- */

static void read_start_key(struct json_span key, char to[START_KEY_LEN + 1])
{
    if (key.at && json_decoded_len(json_span_text(key)) == START_KEY_LEN)
        json_decode_cut(json_span_text(key), to, START_KEY_LEN + 1);
}

static int read_facts(const struct json_list *row, struct record_row_facts *ret)
{
    struct record_row_facts facts = {.size = -1};
    const struct json_span type = json_list_find(row, "type"), id = json_list_find(row, "run_id"),
                           elder = json_list_find(row, "resume_from");
    facts.ended = json_span_is(type, RECORD_ROW_END);
    if ((!facts.ended && !json_span_is(type, RECORD_ROW_START)) || !is_kind(id, TEXT) ||
        json_decoded_len(json_span_text(id)) > RECORD_ID_MAX ||
        json_span_int(json_list_find(row, "incarnation"), &facts.key.incarnation) < 0)
        return -EBADMSG;
    json_decode_cut(json_span_text(id), facts.key.run_id, sizeof facts.key.run_id);
    json_span_int(json_list_find(row, "size"), &facts.size);
    read_start_key(find(row, &START_KEY), facts.start_key);
    if (is_kind(elder, TEXT))
        json_decode_cut(json_span_text(elder), facts.elder, sizeof facts.elder);
    *ret = facts;
    return 0;
}

int record_row_read(const char *row, size_t len, struct record_row_facts *ret)
{
    struct json_scan scan;
    int r = json_scan_object(row, len, &scan);
    if (r < 0)
        return r;
    r = read_facts(&scan.outer, ret);
    json_scan_release(&scan);
    return r;
}

static int copy(json_t *to, const char *name, struct json_span span)
{
    json_t *value = span.at ? NULL : json_null();
    if (span.at && json_span_load(span, &value) < 0)
        return -ENOMEM;
    return json_put(to, name, value) ? 0 : -ENOMEM;
}

/* Lists show what a row has of this; the rest is null, but for what only some have. */
static int fill(json_t *to, const struct json_list *row)
{
    static const char *const SHOWN[] = {
        "run_id",   "incarnation", "council_id", "registry", "question", "members", "started_at",
        "ended_at", "duration_ms", "outcome",    "reason",   "tokens",   "cost",    "labels"};
    static const char *const OF_SOME[] = {"record_error", "torn"};
    int r = 0;
    for (size_t i = 0; r == 0 && i < ARRAY_LEN(SHOWN); i++)
        r = copy(to, SHOWN[i], json_list_find(row, SHOWN[i]));
    for (size_t i = 0; r == 0 && i < ARRAY_LEN(OF_SOME); i++) {
        const struct json_span value = json_list_find(row, OF_SOME[i]);
        r = value.at ? copy(to, OF_SOME[i], value) : 0;
    }
    return r;
}

int record_row_summary(const char *row, size_t len, json_t **ret)
{
    struct json_scan scan;
    int r = json_scan_object(row, len, &scan);
    if (r < 0)
        return r;
    json_t *shown = json_object();
    r = shown ? fill(shown, &scan.outer) : -ENOMEM;
    json_scan_release(&scan);
    if (r < 0)
        json_decref(shown);
    else
        *ret = shown;
    return r;
}
