#include "record_close.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <utlist.h>

#include "common/fd.h"
#include "daemon/os/sys.h"
#include "daemon/sync/syncer.h"
#include "proto/json/json_scan.h"
#include "proto/reason.h"
#include "record_open.h"
#include "record_rows.h"
#include "record_store.h"

/* ---- what is known only now ---- */

/* Also when it cannot be looked at: what is told twice is no JSON. */
static bool tells(const char *body, const char *name)
{
    struct json_scan scan;
    const int r = json_scan_object(body, strlen(body), &scan);
    const bool told = r < 0 || json_list_find(&scan.outer, name).at;
    json_scan_release(&scan);
    return told;
}

/* The end that will be written gets {..., "name": json}; one that says so already says it still. */
static void amend(struct record_unclosed *u, const char *name, const char *json)
{
    char *text = NULL;
    const int len = (int)strlen(u->body) - 1;
    if (tells(u->body, name) ||
        asprintf(&text, "%.*s%s\"%s\":%s}", len, u->body, len > 1 ? "," : "", name, json) < 0)
        return;
    free(u->body);
    u->body = text;
}

static void amend_by_error(struct record_unclosed *u, int error)
{
    char name[32];
    snprintf(name, sizeof(name), "\"%s\"", errno_name(error));
    amend(u, "record_error", name);
}

/* ---- one try ---- */

/* What a try has left goes again, unless more stands behind it: it would be taken for a line that
 * the run left torn. */
static void take_back(int fd, struct record_unclosed *u)
{
    struct stat st;
    if (u->piece.len && fstat(fd, &st) == 0 && st.st_size == u->piece.at + u->piece.len &&
        sys.ftruncate(fd, u->piece.at) == 0)
        u->piece.len = 0;
}

/* A write moves the position behind what it wrote; nothing else does. */
static void note_piece(int fd, int64_t size, struct record_unclosed *u)
{
    const off_t end = lseek(fd, 0, SEEK_CUR);
    if (end > size)
        u->piece = (struct record_range){.at = size, .len = end - size};
}

/* The reserve behind the end is given back by setting the size that the file has. */
static int add_line(int fd, struct record_unclosed *u)
{
    struct buf line = BUF_INIT(SIZE_MAX / 2);
    struct record_range range;
    int64_t at = 0;
    bool torn = false;
    take_back(fd, u);
    int r = record_file_end(fd, &at, &torn);
    if (torn)
        amend(u, "torn", "true");
    r = r ? r : record_vouch_line(&line, &u->vouch, at, u->body, strlen(u->body));
    r = r ? r : record_file_add(fd, torn, &line, &range);
    buf_release(&line);
    if (r < 0) {
        note_piece(fd, at - torn, u);
        take_back(fd, u);
        return r;
    }
    u->written = true;
    u->size = range.at + range.len + 1;
    (void)!sys.ftruncate(fd, u->size); /* it would only be room that stays reserved */
    return 0;
}

/* Never over another record. */
static int move(const struct records *records, const char *name)
{
    struct stat st;
    if (sys.renameat2(records->open_fd, name, records->runs_fd, name, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return -errno;
    if (fstatat(records->runs_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
        return -EEXIST;
    return sys.renameat(records->open_fd, name, records->runs_fd, name) < 0 ? -errno : 0;
}

/* Nobody waits for the disk: what the power takes is the end alone, not what the runner synced. */
static int try_to_close(const struct records *records, struct record_unclosed *u)
{
    char name[RECORD_FILE_SIZE];
    record_key_file(&u->key, name);
    int fd = record_open_again(records->open_fd, name, O_RDWR | O_APPEND, &u->identity);
    const struct sync_work work = {.file = fd, .to = records->runs_fd, .from = records->open_fd};
    int r = fd < 0 ? fd : 0;
    r = r < 0 || u->written ? r : add_line(fd, u);
    r = r < 0 ? r : move(records, name);
    if (r == 0)
        syncer_hand(records->syncer, &work);
    fd_close(&fd);
    return r;
}

/* ---- the end ---- */

/* body: how it ended, also where there was no memory to keep that. */
static void enter(struct records *records, const struct record_entry *from,
                  const struct record_unclosed *u, const char *body, bool unclosed)
{
    struct record_entry *e = record_index_add(&records->index, from->incarnation, from->run_id);
    e->row = from->row;
    e->moved = from->moved;
    e->elder = from->elder;
    e->elder_hash = from->elder_hash;
    e->bytes = u->written ? u->size : -1;
    e->unclosed = unclosed;
    e->end = ++records->ends;
    record_rows_end(records, e, body);
}

int record_close(struct records *records, const struct record_ending *ending,
                 const struct record_entry *entry)
{
    struct record_unclosed u = {.key = ending->key,
                                .identity = ending->identity,
                                .vouch = ending->vouch,
                                .body = strndup(ending->body, ending->len)};
    const int r = u.body ? try_to_close(records, &u) : -ENOMEM;
    if (r < 0 && u.body)
        amend_by_error(&u, -r);
    enter(records, entry, &u, u.body ? u.body : ending->body, r < 0);
    if (r < 0 && u.body)
        record_unclosed_keep(records, &u);
    else
        free(u.body);
    return r;
}

/* ---- once more ---- */

static void settle(struct records *records, const struct record_unclosed *u)
{
    struct record_entry *e = record_index_entry(&records->index, &u->key);
    if (!e)
        return;
    e->unclosed = false;
    e->bytes = u->size;
    record_rows_end(records, e, u->body);
}

size_t records_close_again(struct records *records)
{
    struct record_unclosed *u, *next;
    size_t left = 0;
    LL_FOREACH_SAFE (records->unclosed, u, next) {
        if (try_to_close(records, u) < 0) {
            left++;
            continue;
        }
        settle(records, u);
        record_unclosed_drop(records, &u->key);
    }
    return left;
}
