#include "sse.h"

#include <errno.h>
#include <string.h>

void sse_init(struct sse *s)
{
    *s = (struct sse){0};
    buf_init(&s->line, SSE_EVENT_MAX);
    buf_init(&s->data, SSE_EVENT_MAX);
    buf_init(&s->type, 256);
}

void sse_release(struct sse *s)
{
    buf_release(&s->line);
    buf_release(&s->data);
    buf_release(&s->type);
}

static int dispatch(struct sse *s, sse_handler handler, void *context)
{
    int r = 0;
    if (s->has_data) {
        const char *type = buf_str(&s->type);
        const char *data = buf_str(&s->data);
        r = type && data ? handler(context, type, data, s->data.len) : -ENOMEM;
    }
    s->has_data = false;
    buf_clear(&s->data);
    buf_clear(&s->type);
    return r < 0 ? r : 0;
}

static int take_data(struct sse *s, const char *value, size_t len)
{
    int r = s->has_data ? buf_add_char(&s->data, '\n') : 0;
    s->has_data = true;
    return r < 0 ? r : buf_add(&s->data, value, len);
}

static bool is_field(const char *line, size_t len, const char *name)
{
    return len == strlen(name) && !memcmp(line, name, len);
}

static int take_line(struct sse *s, const char *line, size_t len, sse_handler handler,
                     void *context)
{
    if (!s->any_line && len >= 3 && !memcmp(line, "\xef\xbb\xbf", 3)) {
        line += 3;
        len -= 3;
    }
    s->any_line = true;
    if (len == 0)
        return dispatch(s, handler, context);
    const char *colon = memchr(line, ':', len);
    size_t name_len = colon ? (size_t)(colon - line) : len;
    const char *value = colon ? colon + 1 : line + len;
    size_t value_len = (size_t)(line + len - value);
    if (value_len && *value == ' ') {
        value++;
        value_len--;
    }
    if (is_field(line, name_len, "data"))
        return take_data(s, value, value_len);
    if (is_field(line, name_len, "event")) {
        buf_clear(&s->type);
        /* A type longer than any that is known cannot be one that matters. */
        if (value_len < s->type.max)
            return buf_add(&s->type, value, value_len);
    }
    return 0;
}

/* The first line end in the bytes, or their end. */
static size_t line_length(const char *bytes, size_t len)
{
    const char *lf = memchr(bytes, '\n', len);
    size_t n = lf ? (size_t)(lf - bytes) : len;
    const char *cr = memchr(bytes, '\r', n);
    return cr ? (size_t)(cr - bytes) : n;
}

int sse_feed(struct sse *s, const char *bytes, size_t len, sse_handler handler, void *context)
{
    while (len) {
        if (s->after_cr) {
            s->after_cr = false;
            if (*bytes == '\n') {
                bytes++;
                len--;
                continue;
            }
        }
        size_t n = line_length(bytes, len);
        int r = 0;
        if (n == len)
            return buf_add(&s->line, bytes, n);
        if (s->line.len) {
            r = buf_add(&s->line, bytes, n);
            if (r == 0)
                r = take_line(s, s->line.at, s->line.len, handler, context);
            buf_clear(&s->line);
        } else {
            r = take_line(s, bytes, n, handler, context);
        }
        if (r < 0)
            return r;
        s->after_cr = bytes[n] == '\r';
        bytes += n + 1;
        len -= n + 1;
    }
    return 0;
}

int sse_end(struct sse *s, sse_handler handler, void *context)
{
    int r = 0;
    if (s->line.len)
        r = take_line(s, s->line.at, s->line.len, handler, context);
    buf_clear(&s->line);
    return r < 0 ? r : dispatch(s, handler, context);
}
