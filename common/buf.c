#include "buf.h"

#include <errno.h>

enum { BUF_FIRST = 256 };

void buf_init(struct buf *b, size_t max)
{
    *b = (struct buf){.max = max};
}

static void free_memory(struct buf *b)
{
    if (b->wipe && b->base)
        explicit_bzero(b->base, b->size);
    free(b->base);
}

void buf_release(struct buf *b)
{
    free_memory(b);
    *b = (struct buf){.max = b->max, .wipe = b->wipe};
}

void buf_clear(struct buf *b)
{
    b->at = b->base;
    b->len = 0;
}

static int grow(struct buf *b, size_t need)
{
    size_t size = b->size ? b->size : BUF_FIRST;
    while (size < need)
        size += size / 2 + 64;
    /* A small margin over the maximum is for the NUL of buf_str. */
    if (size > b->max + 1 && need <= b->max + 1)
        size = b->max + 1;
    char *base = malloc(size);
    if (!base)
        return -ENOMEM;
    if (b->len)
        memcpy(base, b->at, b->len);
    free_memory(b);
    b->base = b->at = base;
    b->size = size;
    return 0;
}

/* Makes room for `len` bytes behind the content, the maximum aside. */
static int make_room(struct buf *b, size_t len)
{
    size_t front = b->base ? (size_t)(b->at - b->base) : 0;
    if (front + b->len + len <= b->size)
        return 0;
    /* Slide rather than grow when at least half of the memory is consumed space. */
    if (b->len + len <= b->size && front >= b->size / 2) {
        memmove(b->base, b->at, b->len);
        b->at = b->base;
        return 0;
    }
    return grow(b, b->len + len);
}

char *buf_reserve(struct buf *b, size_t len)
{
    if (len > b->max || b->len > b->max - len)
        return NULL;
    if (make_room(b, len) < 0)
        return NULL;
    return b->at ? b->at + b->len : NULL;
}

void buf_commit(struct buf *b, size_t len)
{
    b->len += len;
}

int buf_add(struct buf *b, const void *bytes, size_t len)
{
    if (len == 0)
        return 0;
    if (len > b->max || b->len > b->max - len)
        return -EMSGSIZE;
    char *to = buf_reserve(b, len);
    if (!to)
        return -ENOMEM;
    memcpy(to, bytes, len);
    b->len += len;
    return 0;
}

int buf_add_str(struct buf *b, const char *s)
{
    return buf_add(b, s, strlen(s));
}

int buf_add_char(struct buf *b, char c)
{
    return buf_add(b, &c, 1);
}

int buf_vaddf(struct buf *b, const char *format, va_list args)
{
    char small[256];
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(small, sizeof small, format, args);
    int r = n < 0 ? -EINVAL : 0;
    if (r == 0 && (size_t)n < sizeof small) {
        r = buf_add(b, small, (size_t)n);
    } else if (r == 0) {
        if ((size_t)n > b->max || b->len > b->max - (size_t)n)
            r = -EMSGSIZE;
        else if (make_room(b, (size_t)n + 1) < 0)
            r = -ENOMEM;
        else {
            vsnprintf(b->at + b->len, (size_t)n + 1, format, again);
            b->len += (size_t)n;
        }
    }
    va_end(again);
    return r;
}

int buf_addf(struct buf *b, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int r = buf_vaddf(b, format, args);
    va_end(args);
    return r;
}

void buf_consume(struct buf *b, size_t len)
{
    if (len >= b->len) {
        buf_clear(b);
        return;
    }
    b->at += len;
    b->len -= len;
}

void buf_truncate(struct buf *b, size_t len)
{
    if (len < b->len)
        b->len = len;
}

char *buf_str(struct buf *b)
{
    if (make_room(b, 1) < 0)
        return NULL;
    b->at[b->len] = '\0';
    return b->at;
}

char *buf_take(struct buf *b)
{
    if (!buf_str(b))
        return NULL;
    if (b->at != b->base)
        memmove(b->base, b->at, b->len + 1);
    char *s = b->base;
    *b = (struct buf){.max = b->max, .wipe = b->wipe};
    return s;
}
