#include "record_archive.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "common/fd.h"
#include "common/log.h"
#include "daemon/os/sys.h"
#include "record_folder.h"
#include "record_forget.h"
#include "record_heirs.h"
#include "record_rows.h"
#include "record_store.h"
#include "record_unclosed.h"

enum { LOOKS = 4096 }; /* at entries that are none, in one go */

/* ---- the store ---- */

static int make_and_open(int state_fd, const char *name, int *ret, struct error *err)
{
    if (sys.mkdirat(state_fd, name, RECORD_DIR_MODE) < 0 && errno != EEXIST)
        return error_errno(err, errno, "cannot make the records directory %s", name);
    *ret = sys.openat(state_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW, 0);
    return *ret < 0 ? error_errno(err, errno, "cannot open the records directory %s", name) : 0;
}

static int load_one(void *context, const struct record_found *found)
{
    struct record_index *ix = context;
    if (!found->is_record)
        return 0;
    char *id = strdup(found->key.run_id);
    if (!id || record_index_reserve(ix, ix->count + 1) < 0) {
        free(id);
        return -ENOMEM;
    }
    record_index_append(ix, found->key.incarnation, id, found->folder);
    return 0;
}

/* A folder and a file of one name: one of them is found. */
static void drop_doubles(struct record_index *ix)
{
    for (size_t i = ix->count; i > 1; i--) {
        struct record_key key;
        record_entry_key(&ix->entries[i - 1], &key);
        if (record_index_rank(ix, &key) < i - 1)
            record_index_remove(ix, i - 1);
    }
}

static int load(int parent, struct record_index *ix, struct error *err)
{
    const int r = record_list_directory(parent, load_one, ix);
    if (r < 0)
        return error_errno(err, -r, "cannot list the records");
    record_index_sort(ix);
    drop_doubles(ix);
    return 0;
}

/* Without it lists read the records themselves. */
static void open_log(struct records *records)
{
    int r = record_log_open(&records->log, records->state_fd);
    if (r == -EBADMSG && record_put_aside(records->state_fd, records->state_fd, "index.jsonl",
                                          "not a plain file") == 0)
        r = record_log_open(&records->log, records->state_fd);
    if (r < 0)
        log_error("cannot open the index of records", LOG_S("error", strerror(-r)));
}

int records_open(int state_fd, struct records **ret, struct error *err)
{
    struct records *records = calloc(1, sizeof *records);
    if (!records)
        return error_errno(err, ENOMEM, "cannot open the records");
    records->state_fd = state_fd;
    records->open_fd = records->runs_fd = -1;
    records->log.fd = records->log.next_fd = -1;
    int r = make_and_open(state_fd, "open", &records->open_fd, err);
    r = r < 0 ? r : make_and_open(state_fd, "runs", &records->runs_fd, err);
    r = r < 0 ? r : load(records->open_fd, &records->live, err);
    r = r < 0 ? r : load(records->runs_fd, &records->index, err);
    if (r < 0) {
        records_free(records);
        return r;
    }
    open_log(records);
    record_rows_load(records);
    *ret = records;
    return 0;
}

void records_free(struct records *records)
{
    if (!records)
        return;
    fd_close(&records->open_fd);
    fd_close(&records->runs_fd);
    record_log_release(&records->log);
    record_unclosed_release(records);
    start_keys_release(&records->start_keys);
    record_index_release(&records->index);
    record_index_release(&records->live);
    free(records->pins);
    free(records);
}

void records_sync_by(struct records *records, struct syncer *syncer)
{
    records->syncer = syncer;
}

int records_folder(const struct records *records)
{
    const int fd = fcntl(records->open_fd, F_DUPFD_CLOEXEC, 0);
    return fd < 0 ? -errno : fd;
}

/* ---- looking up ---- */

int records_find(const struct records *records, const char *run_id, const struct record_key *before,
                 struct record_key *ret)
{
    const struct record_index *ix = &records->index;
    const size_t older = before ? record_index_rank(ix, before) : ix->count;
    const ssize_t at = record_index_newest_of(ix, older, run_id);
    if (at < 0)
        return -ENOENT;
    record_entry_key(&ix->entries[at], ret);
    return 0;
}

int records_find_start(const struct records *records, const char *start_key, struct record_key *ret)
{
    struct record_key key;
    const int r = start_keys_find(&records->start_keys, start_key, sys.wall_ms(), &key);
    if (r == -ENOENT || (!record_index_entry(&records->live, &key) && !records_has(records, &key)))
        return -ENOENT;
    *ret = key;
    return r;
}

bool records_has(const struct records *records, const struct record_key *key)
{
    return record_index_find(&records->index, key) >= 0;
}

size_t records_count(const struct records *records)
{
    return records->index.count;
}

uint64_t records_ends(const struct records *records)
{
    return records->ends;
}

uint64_t records_count_end(struct records *records)
{
    return ++records->ends;
}

int records_ended(const struct records *records, uint64_t after, uint64_t last,
                  struct record_key *at)
{
    const struct record_index *ix = &records->index;
    size_t i = record_index_rank(ix, at);
    i += record_index_find(ix, at) >= 0;
    for (size_t looked = 0; i < ix->count; i++, looked++) {
        const uint64_t end = ix->entries[i].end;
        if (end <= after || end > last) {
            if (looked < LOOKS)
                continue;
            record_entry_key(&ix->entries[i], at);
            return -EAGAIN;
        }
        record_entry_key(&ix->entries[i], at);
        return 0;
    }
    return -ENOENT;
}

int records_before(const struct records *records, const struct record_key *before,
                   struct record_key *ret)
{
    const struct record_index *ix = &records->index;
    const size_t older = before ? record_index_rank(ix, before) : ix->count;
    if (older == 0)
        return -ENOENT;
    record_entry_key(&ix->entries[older - 1], ret);
    return 0;
}

int records_after(const struct records *records, const struct record_key *after,
                  struct record_key *ret)
{
    const struct record_index *ix = &records->index;
    size_t at = after ? record_index_rank(ix, after) : 0;
    if (after && record_index_find(ix, after) >= 0)
        at++;
    if (at >= ix->count)
        return -ENOENT;
    record_entry_key(&ix->entries[at], ret);
    return 0;
}

/* ---- pins ---- */

static struct record_pin *find_pin(const struct records *records, const struct record_key *key)
{
    for (size_t i = 0; i < records->pins_count; i++) {
        struct record_pin *pin = &records->pins[i];
        if (pin->key.incarnation == key->incarnation && strcmp(pin->key.run_id, key->run_id) == 0)
            return pin;
    }
    return NULL;
}

int records_pin(struct records *records, const struct record_key *key)
{
    struct record_pin *pin = find_pin(records, key);
    if (pin) {
        pin->count++;
        return 0;
    }
    if (!records_has(records, key) && !record_index_entry(&records->live, key))
        return -ENOENT;
    struct record_pin *pins =
        realloc(records->pins, (records->pins_count + 1) * sizeof *records->pins);
    if (!pins)
        return -ENOMEM;
    records->pins = pins;
    pins[records->pins_count++] = (struct record_pin){.key = *key, .count = 1};
    return 0;
}

void records_unpin(struct records *records, const struct record_key *key)
{
    struct record_pin *pin = find_pin(records, key);
    if (pin && --pin->count == 0)
        *pin = records->pins[--records->pins_count];
}

bool records_pinned(const struct records *records, const struct record_key *key)
{
    return find_pin(records, key) != NULL;
}

/* ---- size and removal ---- */

int64_t records_bytes(struct records *records, const struct record_key *key)
{
    struct record_entry *e = record_index_entry(&records->index, key);
    const int64_t bytes = e ? record_measure(records, e) : 0;
    return bytes < 0 ? 0 : bytes;
}

int records_remove(struct records *records, const struct record_key *key)
{
    if (!records_has(records, key))
        return -ENOENT;
    if (records_pinned(records, key) || record_heirs_any(records, key))
        return -EBUSY;
    const struct record_where where = record_where(records, key);
    int r = record_erase(&where);
    if (r == 0)
        record_forget(records, key);
    return r;
}

bool records_tidy(struct records *records)
{
    return record_rows_fill(records) || record_rows_tidy(records);
}
