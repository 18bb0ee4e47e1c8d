#include "secret_forms.h"

#include <string.h>

#include "common/jx.h"
#include "common/xalloc.h"

char *secret_in_json(const char *text)
{
    json_t *value = j_string(text);
    char *quoted = j_dump(value);
    size_t len = strlen(quoted);
    memmove(quoted, quoted + 1, len - 2);
    quoted[len - 2] = '\0';
    explicit_bzero((char *)json_string_value(value), json_string_length(value));
    json_decref(value);
    return quoted;
}

static char *in_url(const char *key, const char *digits)
{
    static const char PLAIN[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
    char *out = xmalloc(strlen(key) * 3 + 1), *to = out;
    for (const unsigned char *c = (const unsigned char *)key; *c; c++) {
        if (strchr(PLAIN, *c)) {
            *to++ = (char)*c;
            continue;
        }
        *to++ = '%';
        *to++ = digits[*c >> 4];
        *to++ = digits[*c & 15];
    }
    *to = '\0';
    return out;
}

/* Bit number `at` of a text that has `before` bytes before the key. */
static unsigned bit(const char *key, size_t before, size_t at)
{
    size_t byte = at / 8 - before;
    return (unsigned char)key[byte] >> (7 - at % 8) & 1u;
}

/* The characters that depend on the key alone, when `before` bytes stand before it. */
static char *in_base64(const char *key, size_t before, const char *last_two)
{
    static const char FIRST[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    size_t from = (before * 8 + 5) / 6, end = (before + strlen(key)) * 8 / 6;
    char *out = xmalloc(end - from + 1), *to = out;
    for (size_t i = from; i < end; i++) {
        unsigned six = 0;
        for (size_t k = 0; k < 6; k++)
            six = six << 1 | bit(key, before, i * 6 + k);
        *to++ = six < 62 ? FIRST[six] : last_two[six - 62];
    }
    *to = '\0';
    return out;
}

void secret_forms(const char *key, void (*take)(void *context, char *form), void *context)
{
    take(context, xstrdup(key));
    take(context, secret_in_json(key));
    take(context, in_url(key, "0123456789ABCDEF"));
    take(context, in_url(key, "0123456789abcdef"));
    for (size_t before = 0; before < 3; before++) {
        take(context, in_base64(key, before, "+/"));
        take(context, in_base64(key, before, "-_"));
    }
}
