#include "json_out.h"

#include "common/utf8.h"

#include <errno.h>

struct buf_sink {
    struct buf *to;
    int error;
};

static int sink_write(const char *bytes, size_t len, void *data)
{
    struct buf_sink *sink = data;

    /* jansson does not look at every answer: what failed once has failed. */
    if (sink->error == 0)
        sink->error = buf_add(sink->to, bytes, len);
    return sink->error;
}

int json_out(struct buf *to, const json_t *json)
{
    struct buf_sink sink = {.to = to};
    size_t before = to->len;

    if (!json)
        return buf_add_str(to, "null");
    if (json_dump_callback(json, sink_write, &sink, JSON_COMPACT | JSON_ENCODE_ANY) == 0 &&
        sink.error == 0)
        return 0;
    buf_truncate(to, before);
    return sink.error < 0 ? sink.error : -ENOMEM;
}

int json_out_string(struct buf *to, const char *text)
{
    return text ? json_out_text(to, text, strlen(text)) : buf_add_str(to, "null");
}

static int add_escaped(struct buf *to, unsigned char c)
{
    static const char *const SHORT[0x20] = {
        ['\b'] = "\\b", ['\t'] = "\\t", ['\n'] = "\\n", ['\f'] = "\\f", ['\r'] = "\\r"};

    if (c == '"' || c == '\\')
        return buf_addf(to, "\\%c", c);
    return SHORT[c] ? buf_add_str(to, SHORT[c]) : buf_addf(to, "\\u%04x", c);
}

/* How many bytes from the start may stand in a string as they are. */
static size_t plain_prefix(const char *text, size_t len)
{
    size_t n = 0;

    while (n < len) {
        unsigned char c = (unsigned char)text[n];
        size_t step = c >= 0x80 ? utf8_sequence(text + n, len - n, NULL) : 1;
        if (step == 0 || c < 0x20 || c == '"' || c == '\\')
            break;
        n += step;
    }
    return n;
}

static int add_text(struct buf *to, const char *text, size_t len)
{
    int r = 0;

    while (len > 0 && r == 0) {
        size_t n = plain_prefix(text, len);
        r = buf_add(to, text, n);
        if (r < 0 || n == len)
            break;
        unsigned char c = (unsigned char)text[n];
        r = c >= 0x80 ? buf_add_str(to, "\xef\xbf\xbd") : add_escaped(to, c);
        text += n + 1;
        len -= n + 1;
    }
    return r;
}

int json_out_text(struct buf *to, const char *text, size_t len)
{
    size_t before = to->len;
    int r = buf_add_char(to, '"');

    if (r == 0)
        r = add_text(to, text, len);
    if (r == 0)
        r = buf_add_char(to, '"');
    if (r < 0)
        buf_truncate(to, before);
    return r;
}

int json_out_span(struct buf *to, struct json_span json)
{
    size_t start = to->len;
    int r = json.at ? buf_add(to, json.at, json.len) : buf_add_str(to, "null");

    if (r < 0)
        return r;
    /* Inside of strings there is no raw line break, so each one stands between values. */
    for (char *at = to->at + start, *end = to->at + to->len; at < end; at++) {
        at = memchr(at, '\n', (size_t)(end - at));
        if (!at)
            break;
        *at = ' ';
    }
    return 0;
}
