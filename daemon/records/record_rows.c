#include "record_rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/cleanup.h"
#include "daemon/os/sys.h"
#include "record_folder.h"
#include "record_forget.h"
#include "record_heirs.h"
#include "record_read.h"
#include "record_row_text.h"
#include "record_search.h"
#include "record_store.h"
#include "record_unclosed.h"

enum { ROW_MAX = 512 * 1024, ROWS_PER_STEP = 16 };

/* ---- writing ---- */

static void replace(struct records *records, struct record_entry *e, const struct record_range *row,
                    const struct record_range *moved)
{
    record_log_forget(&records->log, &e->row);
    e->row = *row;
    e->moved = *moved;
}

void record_rows_drop(struct records *records, struct record_entry *e)
{
    static const struct record_range NONE = {0};
    replace(records, e, &NONE, &NONE);
    records->rowless += !e->long_row;
}

/* Puts a row in the place of the one that the entry had. One that cannot be written leaves none:
 * the other is not true any more. */
static void put(struct records *records, struct record_entry *e, const struct buf *row)
{
    struct record_range at, moved;
    e->long_row = row->len > ROW_MAX;
    if (e->long_row || record_log_add(&records->log, row->at, row->len, &at, &moved) < 0)
        record_rows_drop(records, e);
    else
        replace(records, e, &at, &moved);
}

void record_rows_start(struct records *records, const struct record_key *key, const char *spec,
                       size_t len)
{
    struct buf row = BUF_INIT(SIZE_MAX / 2);
    struct record_entry *e = record_index_entry(&records->live, key);
    if (e && record_row_of_start(&row, key, spec, len) == 0)
        put(records, e, &row);
    buf_release(&row);
}

void record_rows_made(struct records *records, struct record_entry *e, const char *body,
                      const char *begun)
{
    struct buf row = BUF_INIT(SIZE_MAX / 2);
    struct record_key key;
    record_entry_key(e, &key);
    if (record_row_of_end(&row, &key, e->bytes, body, begun, true) == 0)
        put(records, e, &row);
    else
        record_rows_drop(records, e);
    buf_release(&row);
}

char *record_rows_begun(const struct records *records, const struct record_key *key)
{
    char *row = NULL;
    const struct record_entry *e = record_index_entry(&records->live, key);
    return e && record_log_read(&records->log, &e->row, &row) == 0 ? row : NULL;
}

void record_rows_end(struct records *records, struct record_entry *entry, const char *body)
{
    _cleanup_free_ char *begun = NULL;
    if (record_log_read(&records->log, &entry->row, &begun) == -ENOMEM)
        record_rows_drop(records, entry);
    else
        record_rows_made(records, entry, body, begun);
}

/* ---- from the record itself. A run can write over its first line, but in a folder of version 0.1
 * not over that file ---- */

static int read_record(const struct records *records, const struct record_key *key, struct buf *row)
{
    _cleanup_free_ char *down = NULL, *spec = NULL;
    size_t len;
    int r = records_read_down(records, key, &down);
    r = r < 0 ? r : records_read_spec(records, key, &spec, &len);
    if (r == -ENOENT || (r == -EBADMSG && down))
        r = 0; /* what is not there is left out */
    const struct record_entry *e = record_index_entry(&records->index, key);
    return r < 0 ? r : record_row_of_end(row, key, e ? e->bytes : -1, down, spec, e && e->folder);
}

int records_search(const struct records *records, const struct record_key *key,
                   const struct record_search *search, json_t **ret, size_t *ret_len)
{
    struct buf made = BUF_INIT(SIZE_MAX / 2);
    _cleanup_free_ char *row = NULL;
    const struct record_entry *e = record_index_entry(&records->index, key);
    int r = e ? record_log_read(&records->log, &e->row, &row) : -ENOENT;
    *ret_len = r < 0 ? 0 : strlen(row);
    r = r < 0 ? r : record_search_row(search, row, *ret_len, ret);
    if (r >= 0 || r == -ENOMEM)
        return r;
    r = read_record(records, key, &made);
    *ret_len = made.len;
    r = r < 0 ? r : record_search_row(search, made.at, made.len, ret);
    buf_release(&made);
    return r;
}

int records_unkept_row(const struct record_key *key, const char *down, json_t **ret)
{
    struct buf made = BUF_INIT(SIZE_MAX / 2);
    int r = record_row_of_end(&made, key, -1, down, NULL, false);
    r = r ? r : record_row_summary(made.at, made.len, ret);
    buf_release(&made);
    return r;
}

int records_row(const struct records *records, const struct record_key *key, char **ret)
{
    struct buf made = BUF_INIT(SIZE_MAX / 2);
    const struct record_entry *e = record_index_entry(&records->index, key);
    int r = e ? record_log_read(&records->log, &e->row, ret) : -ENOENT;
    if (r == 0 || r == -ENOMEM || !e)
        return r;
    r = read_record(records, key, &made);
    *ret = r < 0 ? NULL : buf_take(&made);
    buf_release(&made);
    return r < 0 || *ret ? r : -ENOMEM;
}

/* ---- at the start ---- */

static int know_start(struct records *records, const struct record_row_facts *row)
{
    return row->start_key[0]
               ? start_keys_add(&records->start_keys, row->start_key, &row->key, sys.wall_ms())
               : 0;
}

/* The row counts only if its record is there; the later of two rows does. */
static int take_row(void *context, const char *text, const struct record_range *at)
{
    struct records *records = context;
    struct record_row_facts row;
    const int r = record_row_read(text, (size_t)at->len, &row);
    if (r == -ENOMEM)
        return r;
    struct record_entry *e = r < 0 ? NULL : record_index_entry(&records->index, &row.key);
    const bool ended = e != NULL;
    e = e || r < 0 ? e : record_index_entry(&records->live, &row.key);
    if (!e || (ended && !row.ended)) {
        record_log_forget(&records->log, at);
        return 0;
    }
    record_log_forget(&records->log, &e->row);
    e->row = *at;
    e->bytes = row.size > 0 ? row.size : -1; /* 0 was written where it could not be measured */
    record_heirs_set(e, row.elder);
    return know_start(records, &row);
}

void record_rows_load(struct records *records)
{
    if (record_log_each(&records->log, take_row, records) < 0)
        records->log.dead = records->log.size; /* to be written anew */
    record_heirs_count(records);
    for (size_t i = 0; i < records->index.count; i++)
        records->rowless += records->index.entries[i].row.len == 0;
}

/* ---- a few at a time ---- */

/* The entry behind *at, which then is the new *at. A key of all zeros stands before all. */
static struct record_entry *advance(const struct record_index *ix, struct record_key *at)
{
    size_t i = record_index_rank(ix, at);
    if (i < ix->count && record_index_find(ix, at) >= 0)
        i++;
    if (i >= ix->count)
        return NULL;
    record_entry_key(&ix->entries[i], at);
    return &ix->entries[i];
}

/* Something that is no record has the name of one. */
static void put_aside(struct records *records, const struct record_key *key)
{
    const struct record_where where = record_where(records, key);
    if (record_put_aside(records->state_fd, where.parent, where.name, "not a plain file") == 0)
        record_forget(records, key);
}

/* Whose elder may be anyone: none is removed until it can be read. A record that is damaged, or on
 * a disk that is, keeps no other. */
static void note_unread(struct records *records, struct record_entry *e, int r)
{
    records->unread -= e->unread;
    e->unread = r == -ENOMEM || r == -EMFILE || r == -ENFILE;
    records->unread += e->unread;
}

static void fill_one(struct records *records, struct record_entry *e, const struct record_key *key)
{
    struct buf row = BUF_INIT(SIZE_MAX / 2);
    struct record_row_facts facts;
    record_measure(records, e);
    int r = read_record(records, key, &row);
    r = r < 0 ? r : record_row_read(row.at, row.len, &facts);
    r = r < 0 ? r : know_start(records, &facts);
    if (r == 0)
        put(records, e, &row);
    if (r == 0 && !e->elder_hash) {
        record_heirs_set(e, facts.elder);
        record_heirs_link(records, e);
    }
    buf_release(&row);
    note_unread(records, e, r);
    if (r == -EBADMSG)
        put_aside(records, key);
    else if (r < 0)
        records->rowless++; /* another pass may read it */
}

/* Its end is not known, and the next daemon writes one: a row made now would only hide from it what
 * the row of the start says. */
static bool is_left(const struct records *records, const struct record_entry *e)
{
    struct record_key key;
    record_entry_key(e, &key);
    return e->unclosed && !record_unclosed_find(records, &key);
}

/* The next one without a row; NULL: that was all. */
static struct record_entry *next_rowless(struct records *records)
{
    struct record_entry *e;
    do {
        e = advance(&records->index, &records->filling);
    } while (e && (e->row.len || e->long_row || is_left(records, e)));
    return e;
}

bool record_rows_fill(struct records *records)
{
    if (!records->filling.run_id[0] && !records->rowless)
        return false;
    if (!records->filling.run_id[0])
        records->rowless = 0; /* counted anew on the way */
    for (int i = 0; i < ROWS_PER_STEP; i++) {
        struct record_entry *e = next_rowless(records);
        const struct record_key key = records->filling;
        if (!e) {
            records->filling = (struct record_key){0};
            return false;
        }
        fill_one(records, e, &key);
    }
    return true;
}

/* ---- a new file ---- */

static bool copy_some(struct records *records, struct record_index *ix, struct record_key *at,
                      int *left)
{
    struct record_entry *e;
    while (*left > 0 && (e = advance(ix, at))) {
        if (!e->row.len || e->moved.len)
            continue;
        --*left;
        if (record_log_copy(&records->log, &e->row, &e->moved) < 0) {
            record_log_give_up(&records->log);
            return false;
        }
    }
    return *left > 0;
}

static void take_over(struct record_index *ix)
{
    for (size_t i = 0; i < ix->count; i++) {
        ix->entries[i].row = ix->entries[i].moved;
        ix->entries[i].moved = (struct record_range){0};
    }
}

static void forget_moved(struct record_index *ix)
{
    for (size_t i = 0; i < ix->count; i++)
        ix->entries[i].moved = (struct record_range){0};
}

static bool begin_new(struct records *records)
{
    forget_moved(&records->index);
    forget_moved(&records->live);
    records->moving = (struct record_key){0};
    records->moving_live = (struct record_key){0};
    return record_log_begin(&records->log) == 0;
}

bool record_rows_tidy(struct records *records)
{
    int left = ROWS_PER_STEP;
    if (!record_log_is_moving(&records->log))
        return record_log_is_worn(&records->log) && begin_new(records);
    if (!copy_some(records, &records->index, &records->moving, &left) ||
        !copy_some(records, &records->live, &records->moving_live, &left))
        return record_log_is_moving(&records->log);
    if (record_log_swap(&records->log) < 0) {
        record_log_give_up(&records->log);
        return false;
    }
    take_over(&records->index);
    take_over(&records->live);
    return false;
}
