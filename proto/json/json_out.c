#include "json_out.h"

#include "common/utf8.h"

#include <errno.h>
#include <string.h>

/* jansson's own writer looks at every letter by itself and is some times slower: what others have
 * to wait for is written here. */
static int add_value(struct buf *to, const json_t *value);

static int add_number(struct buf *to, const json_t *number)
{
    char text[64];
    size_t len = json_dumpb(number, text, sizeof(text), JSON_COMPACT | JSON_ENCODE_ANY);

    return len > 0 && len <= sizeof(text) ? buf_add(to, text, len) : -ENOMEM;
}

static int add_object(struct buf *to, json_t *object)
{
    const char *name, *comma = "{";
    json_t *value;
    int r = 0;

    json_object_foreach (object, name, value) {
        r = buf_add_str(to, comma);
        r = r ? r : json_out_text(to, name, strlen(name));
        r = r ? r : buf_add_char(to, ':');
        r = r ? r : add_value(to, value);
        if (r)
            return r;
        comma = ",";
    }
    return buf_add_str(to, *comma == '{' ? "{}" : "}");
}

static int add_array(struct buf *to, const json_t *array)
{
    int r = buf_add_char(to, '[');

    for (size_t i = 0; r == 0 && i < json_array_size(array); i++) {
        r = i ? buf_add_char(to, ',') : 0;
        r = r ? r : add_value(to, json_array_get(array, i));
    }
    return r ? r : buf_add_char(to, ']');
}

static int add_value(struct buf *to, const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return add_object(to, (json_t *)value);
    case JSON_ARRAY:
        return add_array(to, value);
    case JSON_STRING:
        return json_out_text(to, json_string_value(value), json_string_length(value));
    case JSON_INTEGER:
    case JSON_REAL:
        return add_number(to, value);
    case JSON_TRUE:
        return buf_add_str(to, "true");
    case JSON_FALSE:
        return buf_add_str(to, "false");
    default:
        return buf_add_str(to, "null");
    }
}

int json_out(struct buf *to, const json_t *json)
{
    size_t before = to->len;
    int r = json ? add_value(to, json) : buf_add_str(to, "null");

    if (r < 0)
        buf_truncate(to, before);
    return r;
}

int json_out_string(struct buf *to, const char *text)
{
    return text ? json_out_text(to, text, strlen(text)) : buf_add_str(to, "null");
}

enum { ESCAPED_MAX = 6, PIECE = 256 };

/* One byte that may not stand in a string as it is; gives how many bytes it took. */
static size_t put_escaped(char to[ESCAPED_MAX], unsigned char c)
{
    static const char LETTERS[0x20] = {
        ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};
    static const char HEX[] = "0123456789abcdef";

    to[0] = '\\';
    to[1] = c >= 0x20 ? (char)c : LETTERS[c];
    if (to[1])
        return 2;
    memcpy(to + 1, "u00", 3);
    to[4] = HEX[c >> 4];
    to[5] = HEX[c & 15];
    return ESCAPED_MAX;
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

/* A run of what is escaped, put together before it is added: a text may be nothing else. */
static int add_escapes(struct buf *to, const char **text, size_t *len)
{
    char piece[PIECE];
    size_t n = 0;

    while (*len > 0 && n + ESCAPED_MAX <= sizeof(piece)) {
        unsigned char c = (unsigned char)**text;
        if (c >= 0x80 && utf8_sequence(*text, *len, NULL) == 0) {
            memcpy(piece + n, "\xef\xbf\xbd", 3);
            n += 3;
        } else if (c < 0x20 || c == '"' || c == '\\') {
            n += put_escaped(piece + n, c);
        } else {
            break;
        }
        ++*text;
        --*len;
    }
    return buf_add(to, piece, n);
}

static int add_text(struct buf *to, const char *text, size_t len)
{
    int r = 0;

    while (len > 0 && r == 0) {
        size_t n = plain_prefix(text, len);
        r = buf_add(to, text, n);
        text += n;
        len -= n;
        r = r ? r : add_escapes(to, &text, &len);
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

int json_out_member(struct buf *to, const char *name, struct json_span json)
{
    size_t before = to->len;
    int r = buf_addf(to, ",\"%s\":", name);

    r = r ? r : json_out_span(to, json);
    if (r < 0)
        buf_truncate(to, before);
    return r;
}
