#include "asked_line.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "common/utf8.h"
#include "proto/json/json_text.h"

enum { CHARACTER_MAX = 4 };

/* The bytes of a text decoded, of other JSON as they stand; -1 at the end. */
struct input_bytes {
    bool is_text;
    struct json_text text;
    struct json_span rest;
};

static int next_byte(struct input_bytes *s)
{
    if (s->is_text)
        return json_text_next(&s->text);
    if (!s->rest.len)
        return -1;
    s->rest.len--;
    return (unsigned char)*s->rest.at++;
}

/* How many bytes it has: 0 at the end. The input was found to be UTF-8. */
static size_t next_character(struct input_bytes *s, char to[CHARACTER_MAX])
{
    size_t n = 0;
    for (int c; n < CHARACTER_MAX && (c = next_byte(s)) >= 0;) {
        to[n++] = (char)c;
        if (utf8_sequence(to, n, NULL) == n)
            break;
    }
    return n;
}

static bool is_blank(const char *at, size_t len)
{
    uint32_t code = 0;
    utf8_sequence(at, len, &code);
    return code <= 0x20 || (code >= 0x7f && code <= 0xa0) || code == 0x2028 || code == 0x2029;
}

size_t asked_line(struct json_span input, char *to)
{
    struct input_bytes s = {.is_text = input.len && input.at[0] == '"', .rest = input};
    char character[CHARACTER_MAX];
    size_t n, len = 0, chars = 0;
    bool apart = false;
    if (s.is_text)
        s.text = json_text(input.at + 1, input.at + input.len);
    while (chars < ASKED_LINE_CHARS && (n = next_character(&s, character)) > 0) {
        if (is_blank(character, n)) {
            apart = len > 0;
            continue;
        }
        if (apart && ++chars < ASKED_LINE_CHARS)
            to[len++] = ' ';
        apart = false;
        if (chars++ < ASKED_LINE_CHARS) {
            memcpy(to + len, character, n);
            len += n;
        }
    }
    to[len] = '\0';
    return len;
}
