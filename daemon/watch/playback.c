#include "playback.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fd.h"
#include "daemon/server.h"
#include "serve/conn.h"
#include "subscribe.h"

enum { PIECE = 64 * 1024, STEP_BYTES = 256 * 1024 };

int replay_open(struct subscription *sub, const struct record_key *key)
{
    struct server *s = conn_context(sub->conn);
    int fd = records_open_journal(s->records, key);
    if (fd < 0)
        return fd;
    s->core.replays++;
    sub->journal = fd;
    sub->key = *key;
    sub->pinned = records_pin(s->records, key) == 0;
    return 0;
}

void replay_close(struct subscription *sub)
{
    struct server *s = conn_context(sub->conn);
    if (sub->pinned)
        records_unpin(s->records, &sub->key);
    if (sub->journal >= 0)
        s->core.replays--;
    sub->pinned = false;
    fd_close(&sub->journal);
    buf_release(&sub->line);
}

/* The seq of a journal line, 0 when it is no event, -ENOMEM. */
static int64_t seq_of(struct json_span line)
{
    static const struct json_scan_spec spec = {.max_depth = JSON_DEPTH_MAX};
    struct json_scan scan;
    int64_t seq = 0;
    int r = json_scan(line.at, line.len, &spec, &scan, NULL);
    if (r < 0)
        return r == -ENOMEM ? r : 0;
    struct json_span value = json_list_find(&scan.outer, "seq");
    if (!value.at || json_span_int(value, &seq) < 0 || seq < 0)
        seq = 0;
    json_scan_release(&scan);
    return seq;
}

/* 1 something was read, 0 the end of the file, -ENOMEM or another failure. */
static int read_piece(struct subscription *sub)
{
    char *to = buf_reserve(&sub->line, PIECE);
    if (!to)
        return -ENOMEM;
    ssize_t n = read(sub->journal, to, PIECE);
    if (n < 0)
        return -errno;
    buf_commit(&sub->line, (size_t)n);
    return n > 0;
}

/* The length of the whole line at the beginning of the buffer, -1 when there is none yet. */
static ssize_t whole_line(struct subscription *sub)
{
    struct buf *b = &sub->line;
    const char *end =
        b->len > sub->searched ? memchr(b->at + sub->searched, '\n', b->len - sub->searched) : NULL;
    sub->searched = end ? 0 : b->len;
    return end ? end - b->at : -1;
}

/* 0: the limit is reached, -ENOMEM. */
static int take_line(struct subscription *sub, size_t len, int64_t limit)
{
    struct json_span line = {.at = sub->line.at, .len = len};
    int64_t seq = seq_of(line);
    if (seq > limit)
        return 0;
    if (seq < 0 || (seq > sub->after && subscription_replay_line(sub, line, seq) < 0))
        return -ENOMEM;
    buf_consume(&sub->line, len + 1);
    return 1;
}

int replay_step(struct subscription *sub, int64_t limit)
{
    size_t taken = 0;
    while (sub->after < limit) {
        if (taken > STEP_BYTES || !conn_takes_events(sub->conn))
            return 1;
        ssize_t len = whole_line(sub);
        int r = len < 0 ? read_piece(sub) : take_line(sub, (size_t)len, limit);
        if (r <= 0)
            return 0;
        taken += len < 0 ? PIECE : (size_t)len;
    }
    return 0;
}

/* The last newline in the first len bytes, or -1. */
static ssize_t last_newline(const char *at, ssize_t len)
{
    const char *found = len > 0 ? memrchr(at, '\n', (size_t)len) : NULL;
    return found ? found - at : -1;
}

/* Looks for the last event in the tail of a file. -1: the tail is too short to tell; -ENOMEM. */
static int64_t seq_in_tail(const char *at, ssize_t len, bool whole)
{
    ssize_t end = last_newline(at, len);
    while (end >= 0) {
        ssize_t begin = last_newline(at, end);
        if (begin < 0 && !whole)
            return -1;
        int64_t seq = seq_of((struct json_span){at + begin + 1, (size_t)(end - begin - 1)});
        if (seq != 0)
            return seq;
        end = begin;
    }
    return whole ? 0 : -1;
}

int64_t replay_last_seq(int journal)
{
    struct stat st;
    if (fstat(journal, &st) < 0)
        return 0;
    for (off_t tail = PIECE;; tail *= 4) {
        off_t len = tail < st.st_size ? tail : st.st_size;
        char *bytes = malloc((size_t)len + 1);
        if (!bytes)
            return -ENOMEM;
        ssize_t n = pread(journal, bytes, (size_t)len, st.st_size - len);
        int64_t seq = n == len ? seq_in_tail(bytes, n, len == st.st_size) : 0;
        free(bytes);
        if (seq >= 0 || seq == -ENOMEM)
            return seq;
    }
}
