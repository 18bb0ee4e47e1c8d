#include "playback.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fd.h"
#include "daemon/core/core.h"
#include "proto/json/json_scan.h"

enum { PIECE = 64 * 1024, STEP_BYTES = 256 * 1024 };

static void rest(struct playback *p)
{
    if (p->events.fd < 0)
        return;
    p->core->replays--;
    fd_close(&p->events.fd);
    buf_release(&p->line);
    p->searched = 0;
}

void playback_rest(struct playback *p)
{
    if (p->open && p->core->replays > PLAYBACK_KEPT)
        rest(p);
}

static int wake(struct playback *p)
{
    if (p->events.fd >= 0)
        return 0;
    int r = records_open_events(p->records, &p->key, &p->events);
    if (r == 0 && lseek(p->events.fd, p->at, SEEK_SET) < 0) {
        r = -errno;
        fd_close(&p->events.fd);
    }
    if (r < 0) {
        p->events.fd = -1;
        return r;
    }
    p->core->replays++;
    return 0;
}

int playback_open(struct playback *p, struct core *core, struct records *records,
                  const struct record_key *key)
{
    *p = (struct playback){.core = core, .records = records, .events.fd = -1, .key = *key};
    buf_init(&p->line, PLAYBACK_LINE_MAX);
    int r = wake(p);
    if (r < 0)
        return r;
    p->open = true;
    p->pinned = records_pin(records, key) == 0;
    return 0;
}

bool playback_is_open(const struct playback *p)
{
    return p->open;
}

void playback_close(struct playback *p)
{
    if (!p->open)
        return;
    if (p->pinned)
        records_unpin(p->records, &p->key);
    rest(p);
    p->open = false;
}

/* The seq of a journal line, 0 when it is no event, -ENOMEM. One that is not even an object was
 * torn: whole lines alone come here. */
static int64_t seq_of(struct playback *p, struct json_span line)
{
    struct json_scan scan;
    int64_t seq = 0;
    int r = json_scan_object(line.at, line.len, &scan);
    if (r == -ENOMEM)
        return r;
    p->torn = p->torn || r < 0;
    struct json_span value = json_list_find(&scan.outer, "seq");
    if (!value.at || json_span_int(value, &seq) < 0 || seq < 0)
        seq = 0;
    json_scan_release(&scan);
    return seq;
}

/* 1 something was read, 0 the end of the file, -ENOMEM or another failure. */
static int read_piece(struct playback *p)
{
    const int64_t left = p->events.end - p->at - (int64_t)p->line.len;
    if (left <= 0)
        return 0;
    char *to = buf_reserve(&p->line, PIECE);
    if (!to)
        return -ENOMEM;
    ssize_t n = read(p->events.fd, to, left < PIECE ? (size_t)left : PIECE);
    if (n < 0)
        return -errno;
    buf_commit(&p->line, (size_t)n);
    return n > 0;
}

/* The length of the whole line at the beginning of the buffer, -1 when there is none yet. */
static ssize_t whole_line(struct playback *p)
{
    struct buf *b = &p->line;
    const char *end =
        b->len > p->searched ? memchr(b->at + p->searched, '\n', b->len - p->searched) : NULL;
    p->searched = end ? 0 : b->len;
    return end ? end - b->at : -1;
}

/* What a step is about. */
struct span_of_events {
    int64_t after; /* seq of the last one that was given */
    int64_t limit;
    const struct playback_sink *sink;
    void *arg;
};

/* 0: the limit is reached, -ENOMEM. */
static int take_line(struct playback *p, size_t len, struct span_of_events *s)
{
    struct json_span line = {.at = p->line.at, .len = len};
    int64_t seq = seq_of(p, line);
    if (seq > s->limit)
        return 0;
    if (seq < 0 || (seq > s->after && s->sink->event(s->arg, line, seq) < 0))
        return -ENOMEM;
    if (seq > s->after)
        s->after = seq;
    buf_consume(&p->line, len + 1);
    p->at += (int64_t)len + 1;
    return 1;
}

static int read_on(struct playback *p, struct span_of_events *s)
{
    size_t taken = 0;
    while (s->after < s->limit) {
        if (taken > STEP_BYTES || !s->sink->room(s->arg))
            return 1;
        ssize_t len = whole_line(p);
        int r = len < 0 ? read_piece(p) : take_line(p, (size_t)len, s);
        if (r <= 0)
            return 0;
        taken += len < 0 ? PIECE : (size_t)len;
    }
    return 0;
}

int playback_step(struct playback *p, int64_t after, int64_t limit,
                  const struct playback_sink *sink, void *arg)
{
    struct span_of_events s = {.after = after, .limit = limit, .sink = sink, .arg = arg};
    if (wake(p) < 0)
        return 0;
    int r = read_on(p, &s);
    if (r > 0)
        playback_rest(p);
    return r;
}

/* The last newline in the first len bytes, or -1. */
static ssize_t last_newline(const char *at, ssize_t len)
{
    const char *found = memrchr(at, '\n', (size_t)len);
    return found ? found - at : -1;
}

/* Looks for the last event in the tail of a file. -1: the tail is too short to tell; -ENOMEM. */
static int64_t seq_in_tail(struct playback *p, const char *at, ssize_t len, bool whole)
{
    ssize_t end = last_newline(at, len);
    while (end >= 0) {
        ssize_t begin = last_newline(at, end);
        if (begin < 0 && !whole)
            return -1;
        int64_t seq = seq_of(p, (struct json_span){at + begin + 1, (size_t)(end - begin - 1)});
        if (seq != 0)
            return seq;
        end = begin;
    }
    return whole ? 0 : -1;
}

int64_t playback_last_seq(struct playback *p)
{
    struct stat st;
    if (fstat(p->events.fd, &st) < 0)
        return 0;
    const off_t size = p->events.end < st.st_size ? p->events.end : st.st_size;
    for (off_t tail = PIECE;; tail *= 4) {
        off_t len = tail < size ? tail : size;
        char *bytes = malloc((size_t)len + 1);
        if (!bytes)
            return -ENOMEM;
        ssize_t n = pread(p->events.fd, bytes, (size_t)len, size - len);
        int64_t seq = n == len ? seq_in_tail(p, bytes, n, len == size) : 0;
        free(bytes);
        if (seq >= 0 || seq == -ENOMEM)
            return seq;
    }
}
