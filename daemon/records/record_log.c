#include "record_log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/cleanup.h"
#include "common/fd.h"
#include "daemon/os/sys.h"
#include "record_file.h"
#include "record_index.h"
#include "record_open.h"

#define LOG_NAME "index.jsonl"
#define NEW_NAME "index.jsonl.new"

enum { MODE = 0600, PIECE = 64 * 1024, ROW_MAX = 1024 * 1024, WORN_LEAST = 64 * 1024 };

/* ---- the file ---- */

int record_log_open(struct record_log *log, int dir)
{
    struct stat st;
    *log = (struct record_log){.dir = dir, .fd = -1, .next_fd = -1};
    int fd = record_open_file(dir, LOG_NAME, O_RDWR | O_APPEND, &st);
    if (fd == -ENOENT) {
        fd = sys.openat(dir, LOG_NAME,
                        O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, MODE);
        fd = fd < 0 ? -errno : fd;
        st.st_size = 0;
    }
    if (fd < 0)
        return fd;
    log->fd = fd;
    log->size = st.st_size;
    return 0;
}

void record_log_release(struct record_log *log)
{
    fd_close(&log->fd);
    record_log_give_up(log);
}

/* ---- reading ---- */

static int take_rows(struct record_log *log, struct buf *text, int64_t *at,
                     int (*take)(void *context, const char *row, const struct record_range *at),
                     void *context)
{
    char *end;
    while (text->len && (end = memchr(text->at, '\n', text->len))) {
        const struct record_range place = {.at = *at, .len = end - text->at};
        *end = '\0';
        int r = take(context, text->at, &place);
        if (r < 0)
            return r;
        *at += place.len + 1;
        buf_consume(text, (size_t)place.len + 1);
    }
    log->torn = text->len > 0;
    return 0;
}

static ssize_t read_piece(struct record_log *log, struct buf *text)
{
    char *to = buf_reserve(text, PIECE);
    if (!to)
        return text->len + PIECE > ROW_MAX ? -EBADMSG : -ENOMEM;
    const ssize_t n = sys.read(log->fd, to, PIECE);
    if (n > 0)
        buf_commit(text, (size_t)n);
    return n < 0 ? -errno : n;
}

int record_log_each(struct record_log *log,
                    int (*take)(void *context, const char *row, const struct record_range *at),
                    void *context)
{
    struct buf text = BUF_INIT(ROW_MAX);
    int64_t at = 0;
    ssize_t n = 0;
    if (log->fd < 0)
        return 0;
    while ((n = read_piece(log, &text)) > 0) {
        n = take_rows(log, &text, &at, take, context);
        if (n < 0)
            break;
    }
    buf_release(&text);
    return (int)n;
}

int record_log_read(const struct record_log *log, const struct record_range *at, char **ret)
{
    return at->len ? record_file_read(log->fd, at->at, (size_t)at->len, ret) : -ENOENT;
}

/* ---- writing ---- */

static int write_row(int fd, bool torn, const char *row, size_t len, struct record_range *ret)
{
    const struct buf line = {.at = (char *)row, .len = len};
    return fd < 0 ? -EBADF : record_file_add(fd, torn, &line, ret);
}

/* After a write that failed: is a piece of it there? */
static void note_torn(struct record_log *log)
{
    struct stat st;
    if (log->fd >= 0 && fstat(log->fd, &st) == 0)
        log->torn = log->torn || st.st_size != log->size;
}

static int add_new(struct record_log *log, const char *row, size_t len, struct record_range *ret)
{
    const int r = write_row(log->next_fd, false, row, len, ret);
    if (r == 0)
        log->next_size = ret->at + ret->len + 1;
    return r;
}

int record_log_add(struct record_log *log, const char *row, size_t len, struct record_range *ret,
                   struct record_range *moved)
{
    *moved = (struct record_range){0};
    const int r = write_row(log->fd, log->torn, row, len, ret);
    if (r < 0) {
        note_torn(log);
        return r;
    }
    log->torn = false;
    log->size = ret->at + ret->len + 1;
    if (record_log_is_moving(log) && add_new(log, row, len, moved) < 0)
        record_log_give_up(log);
    return 0;
}

void record_log_forget(struct record_log *log, const struct record_range *at)
{
    if (at->len)
        log->dead += at->len + 1;
}

/* ---- a new file ---- */

bool record_log_is_worn(const struct record_log *log)
{
    return log->fd >= 0 && log->dead > WORN_LEAST && log->dead > log->size / 2;
}

bool record_log_is_moving(const struct record_log *log)
{
    return log->next_fd >= 0;
}

int record_log_begin(struct record_log *log)
{
    if (sys.unlinkat(log->dir, NEW_NAME, 0) < 0 && errno != ENOENT)
        return -errno;
    log->next_size = 0;
    log->next_fd = sys.openat(log->dir, NEW_NAME,
                              O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, MODE);
    return log->next_fd < 0 ? -errno : 0;
}

int record_log_copy(struct record_log *log, const struct record_range *at,
                    struct record_range *moved)
{
    _cleanup_free_ char *row = NULL;
    const int r = record_log_read(log, at, &row);
    return r < 0 ? r : add_new(log, row, (size_t)at->len, moved);
}

int record_log_swap(struct record_log *log)
{
    if (sys.renameat(log->dir, NEW_NAME, log->dir, LOG_NAME) < 0)
        return -errno;
    fd_close(&log->fd);
    log->fd = TAKE_FD(log->next_fd);
    log->size = log->next_size;
    log->dead = 0;
    log->torn = false;
    return 0;
}

void record_log_give_up(struct record_log *log)
{
    if (!record_log_is_moving(log))
        return;
    fd_close(&log->next_fd);
    sys.unlinkat(log->dir, NEW_NAME, 0);
}
