#include "framing.h"

#include <errno.h>
#include <string.h>

enum { KEEP = 16 * 1024 }; /* an empty buffer up to this size is kept */

void framing_init(struct framing *f, size_t limit, size_t piece)
{
    *f = (struct framing){.limit = limit};
    buf_init(&f->input, limit + piece + 1);
}

void framing_release(struct framing *f)
{
    buf_release(&f->input);
    f->searched = 0;
    f->line = 0;
}

char *framing_room(struct framing *f, size_t size)
{
    return buf_reserve(&f->input, size);
}

void framing_took(struct framing *f, size_t n)
{
    buf_commit(&f->input, n);
}

int framing_next(struct framing *f, const char **ret, size_t *ret_len)
{
    const struct buf *b = &f->input;
    const char *end =
        b->len > f->searched ? memchr(b->at + f->searched, '\n', b->len - f->searched) : NULL;
    size_t len = end ? (size_t)(end - b->at) : b->len;
    if (len > f->limit)
        return -EMSGSIZE;
    f->searched = len;
    if (!end)
        return 0;
    f->line = len + 1;
    *ret = b->at;
    *ret_len = len;
    return 1;
}

void framing_drop_line(struct framing *f)
{
    buf_consume(&f->input, f->line);
    f->searched = 0;
    f->line = 0;
}

bool framing_has_bytes(const struct framing *f)
{
    return f->input.len != 0;
}

void framing_rest(struct framing *f)
{
    if (!f->input.len && f->input.size > KEEP)
        framing_release(f);
}
