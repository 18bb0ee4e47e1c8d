#include "safe_text.h"

#include <wchar.h>

#include "common/utf8.h"
#include "common/xalloc.h"

static void must(int r)
{
    if (r < 0)
        xcheck(NULL);
}

void text_add(struct buf *to, const char *s)
{
    must(buf_add_str(to, s));
}

void text_addf(struct buf *to, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int r = buf_vaddf(to, format, args);
    va_end(args);
    must(r);
}

/* Zero-width joiners stay: scripts and emoji need them. */
static bool is_unsafe(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x061c || c == 0x200b || c == 0x200e ||
           c == 0x200f || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) ||
           c == 0xfeff || (c >= 0xe0000 && c <= 0xe007f);
}

void text_escape(struct buf *to, const char *s, size_t len, enum text_form form)
{
    size_t i = 0;
    while (i < len) {
        uint32_t c;
        size_t n = utf8_sequence(s + i, len - i, &c);
        if (n == 0) {
            text_add(to, "\xef\xbf\xbd");
            n = 1;
        } else if (c == '\n' || c == '\t') {
            must(buf_add_char(to, form == TEXT_BLOCK ? s[i] : ' '));
        } else if (is_unsafe(c)) {
            text_addf(to, c < 0x80 ? "\\x%02x" : "\\u{%x}", c);
        } else {
            must(buf_add(to, s + i, n));
        }
        i += n;
    }
}

void text_escape_json(struct buf *to, const char *s, size_t len)
{
    size_t i = 0;
    while (i < len) {
        uint32_t c;
        size_t n = utf8_sequence(s + i, len - i, &c);
        if (n == 0)
            n = 1;
        else if (c >= 0x10000 && is_unsafe(c))
            text_addf(to, "\\u%04x\\u%04x", 0xd800 + ((c - 0x10000) >> 10),
                      0xdc00 + ((c - 0x10000) & 0x3ff));
        else if (c != '\n' && is_unsafe(c))
            text_addf(to, "\\u%04x", c);
        else
            must(buf_add(to, s + i, n));
        i += n;
    }
}

void text_add_json(struct buf *to, const json_t *value)
{
    if (json_is_string(value)) {
        text_escape(to, json_string_value(value), json_string_length(value), TEXT_LINE);
    } else if (!value || json_is_null(value)) {
        text_add(to, "-");
    } else {
        char *s =
            xcheck(json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(6)));
        text_escape(to, s, strlen(s), TEXT_LINE);
        free(s);
    }
}

static int columns_of(uint32_t c)
{
    int n = wcwidth((wchar_t)c);
    return n < 0 ? 1 : n;
}

/* One character, or one of our own colour sequences: its bytes, and its columns in *ret. */
static size_t next_unit(const char *s, size_t len, int *ret)
{
    if (len >= 2 && s[0] == '\033' && s[1] == '[') {
        size_t n = 2;
        while (n < len && s[n] != 'm')
            n++;
        *ret = 0;
        return n < len ? n + 1 : n;
    }
    uint32_t c;
    size_t n = utf8_sequence(s, len, &c);
    *ret = n ? columns_of(c) : 1;
    return n ? n : 1;
}

size_t text_columns(const char *s, size_t len)
{
    size_t columns = 0;
    size_t i = 0;
    while (i < len) {
        int w;
        i += next_unit(s + i, len - i, &w);
        columns += (size_t)w;
    }
    return columns;
}

size_t text_fit(const char *s, size_t len, size_t columns)
{
    size_t i = 0;
    while (i < len) {
        int w;
        size_t n = next_unit(s + i, len - i, &w);
        if ((size_t)w > columns)
            break;
        columns -= (size_t)w;
        i += n;
    }
    return i;
}

size_t text_tail(const char *s, size_t len, size_t columns)
{
    size_t all = text_columns(s, len);
    size_t i = 0;
    while (i < len && all > columns) {
        int w;
        i += next_unit(s + i, len - i, &w);
        all -= (size_t)w;
    }
    return i;
}

void text_add_duration(struct buf *to, long long ms)
{
    long long s = ms / 1000;
    if (ms < 1000)
        text_addf(to, "%lld ms", ms);
    else if (s < 60)
        text_addf(to, "%lld.%lld s", s, ms % 1000 / 100);
    else if (s < 3600)
        text_addf(to, "%lld min %lld s", s / 60, s % 60);
    else
        text_addf(to, "%lld h %lld min", s / 3600, s / 60 % 60);
}

void text_add_count(struct buf *to, const json_t *number)
{
    if (!json_is_number(number)) {
        text_add(to, "-");
        return;
    }
    double n = json_number_value(number);
    if (n < 10000)
        text_addf(to, "%.0f", n);
    else if (n < 1e6)
        text_addf(to, "%.1fk", n / 1e3);
    else
        text_addf(to, "%.1fM", n / 1e6);
}
