#include "queue.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <utlist.h>

enum { JOIN_MAX = 128 }; /* pieces in one sendmsg */

static void free_lines(struct out_line **list)
{
    struct out_line *line, *next;
    DL_FOREACH_SAFE (*list, line, next) {
        out_line_free(line);
    }
    *list = NULL;
}

void queue_release(struct out_queue *q)
{
    struct out_place *place, *next;
    DL_FOREACH_SAFE (q->places, place, next) {
        free_lines(&place->lines);
        DL_DELETE(q->places, place);
    }
    free_lines(&q->first);
    free_lines(&q->last);
    *q = (struct out_queue){0};
}

void queue_push(struct out_queue *q, struct out_line *line)
{
    DL_APPEND(q->first, line);
    q->bytes += out_line_len(line);
}

void queue_push_last(struct out_queue *q, struct out_line *line)
{
    if (!q->places) {
        queue_push(q, line);
        return;
    }
    line->behind = q->number;
    DL_APPEND(q->last, line);
}

bool queue_is_empty(const struct out_queue *q)
{
    return !q->first && !q->places && !q->last;
}

/* ---- places ---- */

void queue_reserve(struct out_queue *q, struct out_place *place, uint64_t mark)
{
    *place = (struct out_place){.mark = mark, .number = ++q->number};
    DL_APPEND(q->places, place);
}

struct out_place *queue_place_of(const struct out_queue *q, uint64_t mark)
{
    struct out_place *place;
    DL_FOREACH (q->places, place) {
        if (place->mark == mark)
            return place;
    }
    return NULL;
}

void queue_place_put(struct out_place *place, struct out_line *line)
{
    DL_APPEND(place->lines, line);
}

static void enter(struct out_queue *q, struct out_line **list)
{
    struct out_line *line = *list;
    DL_DELETE(*list, line);
    queue_push(q, line);
}

void queue_open(struct out_queue *q, struct out_place *place)
{
    while (place->lines)
        enter(q, &place->lines);
    DL_DELETE(q->places, place);
    while (q->last && (!q->places || q->places->number > q->last->behind))
        enter(q, &q->last);
}

void queue_drop(struct out_queue *q, struct out_place *place)
{
    free_lines(&place->lines);
    queue_open(q, place);
}

/* ---- tags ---- */

static struct out_line *find(struct out_line *list, const char *tag, size_t len)
{
    struct out_line *line;
    DL_FOREACH (list, line) {
        if (out_line_has_tag(line, tag, len))
            return line;
    }
    return NULL;
}

static struct out_line *find_queued(const struct out_queue *q, const char *tag, size_t len)
{
    struct out_line *line = find(q->first, tag, len);
    return line && line == q->first && q->sent ? NULL : line;
}

static struct out_line *find_placed(const struct out_queue *q, const char *tag, size_t len,
                                    struct out_place **ret)
{
    struct out_place *place;
    DL_FOREACH (q->places, place) {
        struct out_line *line = find(place->lines, tag, len);
        *ret = place;
        if (line)
            return line;
    }
    return NULL;
}

bool queue_has(const struct out_queue *q, const char *tag, size_t len)
{
    struct out_place *place;
    return find_queued(q, tag, len) || find_placed(q, tag, len, &place);
}

bool queue_take_back(struct out_queue *q, const char *tag, size_t len)
{
    struct out_place *place;
    struct out_line *line = find_queued(q, tag, len);
    if (line) {
        q->bytes -= out_line_len(line);
        DL_DELETE(q->first, line);
    } else {
        line = find_placed(q, tag, len, &place);
        if (!line)
            return false;
        DL_DELETE(place->lines, line);
    }
    out_line_free(line);
    return true;
}

bool queue_hasten(struct out_queue *q, const char *tag, size_t len)
{
    struct out_place *place;
    struct out_line *line = find_placed(q, tag, len, &place);
    if (!line)
        return false;
    DL_DELETE(place->lines, line);
    queue_push(q, line);
    return true;
}

/* ---- sending ---- */

static void add_piece(struct iovec *iov, int *count, const char *at, size_t len, size_t *skip)
{
    size_t cut = *skip < len ? *skip : len;
    *skip -= cut;
    if (len > cut)
        iov[(*count)++] = (struct iovec){.iov_base = (char *)at + cut, .iov_len = len - cut};
}

static int collect(const struct out_queue *q, struct iovec *iov, size_t bound)
{
    int count = 0;
    size_t skip = q->sent, total = 0;
    const struct out_line *line;
    DL_FOREACH (q->first, line) {
        if (count + 2 > JOIN_MAX || total >= bound)
            break;
        add_piece(iov, &count, line->head, line->head_len, &skip);
        if (line->tail)
            add_piece(iov, &count, line->tail->bytes, line->tail->len, &skip);
        total += out_line_len(line);
    }
    return count;
}

static void consume(struct out_queue *q, size_t n)
{
    q->bytes -= n;
    n += q->sent;
    while (q->first && n >= out_line_len(q->first)) {
        struct out_line *line = q->first;
        n -= out_line_len(line);
        DL_DELETE(q->first, line);
        out_line_free(line);
    }
    q->sent = n;
}

int queue_flush(struct out_queue *q, int fd, size_t bound)
{
    struct iovec iov[JOIN_MAX];
    size_t done = 0;
    while (q->first) {
        if (done >= bound)
            return 0;
        struct msghdr m = {.msg_iov = iov};
        m.msg_iovlen = (size_t)collect(q, iov, bound);
        ssize_t n = sendmsg(fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -(errno == EWOULDBLOCK ? EAGAIN : errno);
        done += (size_t)n;
        consume(q, (size_t)n);
    }
    return 1;
}
