#include "record_lost.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/buf.h"
#include "common/cleanup.h"
#include "common/log.h"
#include "daemon/os/sys.h"
#include "record_archive.h"
#include "record_close.h"
#include "record_folder.h"
#include "record_forget.h"
#include "record_lost_end.h"
#include "record_old.h"
#include "record_open.h"
#include "record_rows.h"
#include "record_store.h"

/* What became of one of them; else -errno: it stays where it is. */
enum fate { REMOVED, CLOSED, UNCLOSED, ODD };

static void take_live(struct records *records, const struct record_key *key,
                      struct record_entry *ret)
{
    record_index_take(&records->live, (size_t)record_index_find(&records->live, key), ret);
}

static int aside(const struct records *records, const char *name, const char *why)
{
    record_put_aside(records->state_fd, records->open_fd, name, why);
    return ODD;
}

static int erase(const struct records *records, const char *name)
{
    struct record_where where = {.parent = records->open_fd};
    snprintf(where.name, sizeof where.name, "%s", name);
    return record_erase(&where) < 0 ? aside(records, name, "it cannot be removed") : REMOVED;
}

/* ---- a file ---- */

static int end_file(struct records *records, const struct record_key *key,
                    const struct record_vouch *v, enum outcome outcome)
{
    struct buf body = BUF_INIT(SIZE_MAX / 2);
    _cleanup_free_ char *row = record_rows_begun(records, key);
    int r = record_lost_body(&body, key, row, outcome);
    r = r < 0 || buf_str(&body) ? r : -ENOMEM;
    r = r < 0 ? r : record_index_reserve(&records->index, records->index.count + 1);
    if (r == 0) {
        struct record_entry entry;
        const struct record_ending ending = {
            .key = *key, .vouch = *v, .body = body.at, .len = body.len};
        take_live(records, key, &entry);
        r = record_close(records, &ending, &entry) < 0 ? UNCLOSED : CLOSED;
    }
    buf_release(&body);
    return r;
}

static int close_file(struct records *records, const struct record_found *found, int fd,
                      int64_t size)
{
    _cleanup_free_ char *spec = NULL;
    struct record_vouch v = {0};
    enum outcome outcome = OUTCOME_NONE;
    int r = size ? record_vouch_spec(fd, size, &v, &spec) : 0;
    if (!size || (r == 0 && record_lost_keeps_none(spec, (size_t)v.spec.len)))
        return erase(records, found->name);
    r = r < 0 ? r : record_lost_result(fd, size, &v, &outcome);
    return r < 0 ? r : end_file(records, &found->key, &v, outcome);
}

/* ---- a folder of version 0.1 ---- */

static int move_folder(struct records *records, const struct record_found *found, int64_t bytes,
                       const char *body, const char *spec)
{
    struct record_entry entry;
    if (sys.renameat(records->open_fd, found->name, records->runs_fd, found->name) < 0)
        return -errno;
    take_live(records, &found->key, &entry);
    struct record_entry *e =
        record_index_add(&records->index, found->key.incarnation, entry.run_id);
    e->folder = true;
    e->bytes = bytes;
    record_rows_made(records, e, body, spec);
    return CLOSED;
}

/* It goes as it is: such records are not written any more. */
static int close_folder(struct records *records, const struct record_found *found, int dir)
{
    struct buf body = BUF_INIT(SIZE_MAX / 2);
    struct record_end_texts end = {0};
    _cleanup_free_ char *spec = NULL;
    size_t len = 0;
    const int64_t bytes = record_old_bytes(dir);
    if (record_old_spec(dir, &spec, &len) == -ENOMEM || record_old_end(dir, &end) == -ENOMEM) {
        record_end_texts_release(&end);
        return -ENOMEM;
    }
    if (bytes == 0 || record_lost_keeps_none(spec, len)) {
        record_end_texts_release(&end);
        return erase(records, found->name);
    }
    int r = record_lost_body(&body, &found->key, NULL, record_lost_outcome(end.result));
    r = r < 0 ? r : record_index_reserve(&records->index, records->index.count + 1);
    const char *text = r < 0 ? NULL : end.down ? end.down : buf_str(&body);
    r = text ? move_folder(records, found, bytes, text, spec) : -ENOMEM;
    record_end_texts_release(&end);
    buf_release(&body);
    return r;
}

/* ---- all of them ---- */

static int close_one(struct records *records, const struct record_found *found)
{
    struct stat st;
    if (!found->is_record)
        return aside(records, found->name, "not the name of a record");
    if (records_has(records, &found->key))
        return aside(records, found->name, "its name is taken in runs/");
    if (!record_index_entry(&records->live, &found->key))
        return -ESTALE; /* another of the same name, or one that came after all were listed */
    _cleanup_close_ int fd = record_open_either(records->open_fd, found->name, &st);
    if (fd == -EBADMSG)
        return aside(records, found->name, "not a plain file");
    if (fd < 0)
        return fd;
    return found->folder ? close_folder(records, found, fd)
                         : close_file(records, found, fd, st.st_size);
}

/* What is not there any more goes on from none. */
static int close_lost(struct records *records, const struct record_found *found)
{
    const int fate = close_one(records, found);
    if (found->is_record && (fate == REMOVED || fate == ODD))
        record_forget_live(records, &found->key);
    return fate;
}

/* Names are collected first: nothing is renamed from under its listing. */
struct names {
    struct record_found *at; /* names are owned */
    size_t count;
};

static int collect(void *context, const struct record_found *found)
{
    struct names *names = context;
    struct record_found *at = realloc(names->at, (names->count + 1) * sizeof *at);
    if (!at)
        return -ENOMEM;
    names->at = at;
    at[names->count] = *found;
    at[names->count].name = strdup(found->name);
    return at[names->count++].name ? 0 : -ENOMEM;
}

static void count(struct records_lost *lost, const char *name, int fate)
{
    lost->closed += fate == CLOSED;
    lost->unclosed += fate == UNCLOSED;
    lost->odd += fate == ODD || fate < 0;
    if (fate < 0)
        log_error("cannot close what a predecessor left in open/", LOG_S("name", name),
                  LOG_S("error", strerror(-fate)));
}

static void release(struct names *names)
{
    for (size_t i = 0; i < names->count; i++)
        free((char *)names->at[i].name);
    free(names->at);
}

int records_close_predecessor(struct records *records, struct records_lost *ret)
{
    struct names names = {0};
    *ret = (struct records_lost){0};
    int r = record_list_directory(records->open_fd, collect, &names);
    for (size_t i = 0; r == 0 && i < names.count; i++) {
        const int fate = close_lost(records, &names.at[i]);
        if (fate == -ENOMEM)
            r = fate;
        else
            count(ret, names.at[i].name, fate);
    }
    release(&names);
    record_index_release(&records->live);
    return r;
}
