#include "json_text.h"

#include "common/utf8.h"

#include <stdbool.h>
#include <string.h>

struct json_text json_text(const char *at, const char *end)
{
    return (struct json_text){.at = at, .end = end};
}

static uint32_t hex_digit(char c)
{
    if (c <= '9')
        return (uint32_t)(c - '0');
    return (uint32_t)((c | 0x20) - 'a' + 10);
}

uint32_t json_text_hex4(const char *at)
{
    return hex_digit(at[0]) << 12 | hex_digit(at[1]) << 8 | hex_digit(at[2]) << 4 |
           hex_digit(at[3]);
}

/* at stands behind `\u`. */
static int unicode_escape(struct json_text *text)
{
    uint32_t code = json_text_hex4(text->at);

    text->at += 4;
    if (code >= 0xd800 && code <= 0xdbff) {
        uint32_t low = json_text_hex4(text->at + 2);
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        text->at += 6;
    }
    text->n_ready = (unsigned)utf8_encode(code, (char *)text->ready);
    text->next_ready = 1;
    return text->ready[0];
}

static int escape(struct json_text *text)
{
    char c = *text->at++;

    switch (c) {
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    case 'u':
        return unicode_escape(text);
    default: /* quote, backslash, slash */
        return (unsigned char)c;
    }
}

int json_text_next(struct json_text *text)
{
    if (text->next_ready < text->n_ready)
        return text->ready[text->next_ready++];
    if (text->at >= text->end || *text->at == '"')
        return -1;
    char c = *text->at++;
    return c == '\\' ? escape(text) : (unsigned char)c;
}

/* ---- runs of plain characters ---- */

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* High bits mark bytes that may be special: those below the first one marked are plain. */
static uint64_t special(uint64_t word)
{
    uint64_t quote = word ^ EACH('"'), backslash = word ^ EACH('\\');

    return ((word - EACH(0x20)) | (quote - EACH(1)) | (backslash - EACH(1)) | word) & EACH(0x80);
}

static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

const char *json_text_plain(const char *at, const char *end)
{
    uint64_t word;

    for (; end - at >= (ptrdiff_t)sizeof(word); at += sizeof(word)) {
        memcpy(&word, at, sizeof(word));
        if (special(word))
            break;
    }
    while (at < end && is_plain((unsigned char)*at))
        at++;
    return at;
}
