#include "outq.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <utlist.h>

enum { JOIN_MAX = 128 }; /* pieces in one sendmsg */

struct blob *blob_new(const void *bytes, size_t len)
{
    struct blob *b = malloc(sizeof(*b) + len);
    if (!b)
        return NULL;
    b->holders = 1;
    b->len = len;
    memcpy(b->bytes, bytes, len);
    return b;
}

struct blob *blob_hold(struct blob *b)
{
    b->holders++;
    return b;
}

void blob_drop(struct blob *b)
{
    if (b && --b->holders == 0)
        free(b);
}

struct out_item *out_item_new(const void *head, size_t len)
{
    struct out_item *item = malloc(sizeof(*item) + len);
    if (!item)
        return NULL;
    *item = (struct out_item){.head_len = len};
    memcpy(item->head, head, len);
    return item;
}

void out_item_free(struct out_item *item)
{
    if (!item)
        return;
    blob_drop(item->tail);
    free(item);
}

static size_t item_len(const struct out_item *item)
{
    return item->head_len + (item->tail ? item->tail->len : 0);
}

void outq_release(struct outq *q)
{
    struct out_item *item, *next;
    DL_FOREACH_SAFE (q->first, item, next) {
        out_item_free(item);
    }
    *q = (struct outq){0};
}

void outq_push(struct outq *q, struct out_item *item)
{
    DL_APPEND(q->first, item);
    q->bytes += item_len(item);
}

static struct out_item *find_down(const struct outq *q, const char *ref)
{
    struct out_item *item;
    DL_FOREACH (q->first, item) {
        if (!item->ref || strncmp(item->ref, ref, strlen(ref)))
            continue;
        return item == q->first && q->sent ? NULL : item;
    }
    return NULL;
}

bool outq_has_down(const struct outq *q, const char *ref)
{
    return find_down(q, ref) != NULL;
}

bool outq_remove_down(struct outq *q, const char *ref)
{
    struct out_item *item = find_down(q, ref);
    if (!item)
        return false;
    q->bytes -= item_len(item);
    DL_DELETE(q->first, item);
    out_item_free(item);
    return true;
}

static void add_piece(struct iovec *iov, int *count, const char *at, size_t len, size_t *skip)
{
    size_t cut = *skip < len ? *skip : len;
    *skip -= cut;
    if (len > cut)
        iov[(*count)++] = (struct iovec){.iov_base = (char *)at + cut, .iov_len = len - cut};
}

static int collect(const struct outq *q, struct iovec *iov, size_t bound)
{
    int count = 0;
    size_t skip = q->sent, total = 0;
    const struct out_item *item;
    DL_FOREACH (q->first, item) {
        if (count + 2 > JOIN_MAX || total >= bound)
            break;
        add_piece(iov, &count, item->head, item->head_len, &skip);
        if (item->tail)
            add_piece(iov, &count, item->tail->bytes, item->tail->len, &skip);
        total += item_len(item);
    }
    return count;
}

static void consume(struct outq *q, size_t n)
{
    q->bytes -= n;
    n += q->sent;
    while (q->first && n >= item_len(q->first)) {
        struct out_item *item = q->first;
        n -= item_len(item);
        DL_DELETE(q->first, item);
        out_item_free(item);
    }
    q->sent = n;
}

int outq_flush(struct outq *q, int fd, size_t bound)
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
