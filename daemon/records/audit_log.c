#include "audit_log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/fd.h"
#include "common/parse.h"
#include "daemon/os/sys.h"
#include "proto/json/json_scan.h"
#include "proto/json/json_tree.h"
#include "record_file.h"
#include "record_folder.h"
#include "record_open.h"

enum { MODE = 0600, LINE_MAX_BYTES = 64 * 1024 };

/* From the newest to the oldest. */
static const char *const NAMES[] = {"audit.jsonl", "audit.1.jsonl"};

/* ---- writing ---- */

void audit_log_release(struct audit_log *log)
{
    fd_close(&log->fd);
}

static int make(const struct audit_log *log)
{
    const int fd = sys.openat(log->dir, NAMES[0],
                              O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, MODE);
    return fd < 0 ? -errno : fd;
}

static int take_up(struct audit_log *log)
{
    int fd = record_open_file(log->dir, NAMES[0], O_RDWR | O_APPEND, NULL);
    fd = fd == -ENOENT ? make(log) : fd;
    int r = fd < 0 ? fd : record_file_end(fd, &log->size, &log->torn);
    if (r < 0)
        fd_close(&fd);
    else
        log->fd = fd;
    return r;
}

/* What is no file goes aside, so that it is no obstacle. */
static int put_aside(const struct audit_log *log, const char *name)
{
    return record_put_aside(log->dir, log->dir, name, "not a plain file");
}

static int turn_over(struct audit_log *log)
{
    fd_close(&log->fd);
    int r = sys.renameat(log->dir, NAMES[0], log->dir, NAMES[1]) < 0 ? -errno : 0;
    if (r == -EISDIR && put_aside(log, NAMES[1]) == 0)
        r = sys.renameat(log->dir, NAMES[0], log->dir, NAMES[1]) < 0 ? -errno : 0;
    return r < 0 ? r : take_up(log);
}

int audit_log_open(struct audit_log *log)
{
    int r = take_up(log);
    if (r == -EBADMSG && put_aside(log, NAMES[0]) == 0)
        r = take_up(log);
    return r;
}

int audit_log_add(struct audit_log *log, const struct buf *line)
{
    struct record_range at;
    int r = log->fd < 0 ? audit_log_open(log) : 0;
    if (r == 0 && log->size > 0 && log->size + (int64_t)line->len >= AUDIT_BYTES)
        r = turn_over(log);
    r = r < 0 ? r : record_file_add(log->fd, log->torn, line, &at);
    log->torn = r < 0;
    if (r < 0)
        fd_close(&log->fd);
    else
        log->size = at.at + at.len + 1;
    return r;
}

/* ---- reading ---- */

struct cursor {
    int64_t file; /* its inode */
    int64_t at;
};

/* "inode-offset" */
static int read_cursor(const char *text, struct cursor *ret)
{
    char file[24];
    const char *dash = strchr(text, '-');
    const size_t len = dash ? (size_t)(dash - text) : 0;
    if (!dash || len >= sizeof file)
        return -EINVAL;
    memcpy(file, text, len);
    file[len] = '\0';
    if (parse_int(file, 0, INT64_MAX, &ret->file) < 0 ||
        parse_int(dash + 1, 0, INT64_MAX, &ret->at) < 0)
        return -EINVAL;
    return 0;
}

struct page {
    json_t *rows;
    size_t limit;
    char *next;
};

static int add_row(struct page *page, const char *text, size_t len)
{
    struct json_scan scan;
    json_t *row;
    int r = json_scan_object(text, len, &scan);
    if (r < 0)
        return r == -ENOMEM ? r : 0; /* it was torn */
    json_scan_release(&scan);
    r = json_span_load((struct json_span){text, len}, &row);
    return r < 0 || json_array_append_new(page->rows, row) < 0 ? -ENOMEM : 0;
}

/* 1: the page is full; 0: that was all of this file. */
static int read_file(struct page *page, int fd, int64_t inode, int64_t end)
{
    while (end > 0) {
        _cleanup_free_ char *text = NULL;
        struct record_range line;
        if (json_array_size(page->rows) >= page->limit) {
            snprintf(page->next, AUDIT_CURSOR_SIZE, "%" PRId64 "-%" PRId64, inode, end);
            return 1;
        }
        int r = record_file_last(fd, end, LINE_MAX_BYTES, &line, &text);
        if (r < 0)
            return r == -ENOMEM ? r : 0;
        r = add_row(page, text, (size_t)line.len);
        if (r < 0)
            return r;
        end = line.at;
    }
    return 0;
}

/* Reads from the cursor on, or, when it was met in a newer file, from the end. */
static int read_from(struct page *page, int fd, const struct stat *st, const struct cursor *from,
                     bool *met)
{
    const int64_t inode = (int64_t)st->st_ino;
    int64_t end = st->st_size;
    if (!*met && from->file != inode)
        return 0;
    if (!*met && from->at > end)
        return -EINVAL;
    if (!*met)
        end = from->at;
    *met = true;
    return read_file(page, fd, inode, end);
}

static int read_files(const struct audit_log *log, struct page *page, const struct cursor *from)
{
    bool met = from == NULL;
    for (size_t i = 0; i < ARRAY_LEN(NAMES); i++) {
        struct stat st;
        _cleanup_close_ int fd = record_open_file(log->dir, NAMES[i], O_RDONLY, &st);
        if (fd == -ENOENT || fd == -EBADMSG)
            continue;
        int r = fd < 0 ? fd : read_from(page, fd, &st, from, &met);
        if (r != 0)
            return r;
    }
    return met ? 0 : -EINVAL;
}

int audit_log_page(struct audit_log *log, const char *cursor, size_t limit, json_t *rows,
                   char next[AUDIT_CURSOR_SIZE])
{
    struct page page = {.rows = rows, .limit = limit, .next = next};
    struct cursor from;
    next[0] = '\0';
    int r = cursor ? read_cursor(cursor, &from) : 0;
    r = r < 0 ? r : read_files(log, &page, cursor ? &from : NULL);
    return r < 0 ? r : 0;
}
