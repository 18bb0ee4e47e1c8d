#include "foreign_json.h"

#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "common/buf.h"
#include "common/cleanup.h"
#include "common/utf8.h"
#include "common/xalloc.h"

enum { STRICT = JSON_DECODE_ANY | JSON_ALLOW_NUL, GROWTH = 6, PLAIN_DIGITS = 18 };

/* What is left to read, and where it goes in better words. */
struct mender {
    const char *at, *end;
    struct buf out;
};

static void put(struct mender *m, const char *text, size_t len)
{
    if (buf_add(&m->out, text, len) < 0)
        xcheck(NULL);
}

static void take(struct mender *m, size_t len)
{
    put(m, m->at, len);
    m->at += len;
}

static void replace(struct mender *m, size_t len, const char *by)
{
    put(m, by, strlen(by));
    m->at += len;
}

/* ---- strings ---- */

/* The code of \uXXXX at `at`; -1: there is none. */
static int escape_code(const struct mender *m, const char *at)
{
    enum { ESCAPE = 6 };
    int code = 0;
    if (m->end - at < ESCAPE || at[0] != '\\' || at[1] != 'u')
        return -1;
    for (const char *c = at + 2; c < at + ESCAPE; c++) {
        if (!isxdigit((unsigned char)*c))
            return -1;
        code = code * 16 + (isdigit((unsigned char)*c) ? *c - '0' : (*c | 0x20) - 'a' + 10);
    }
    return code;
}

static bool is_high(int code)
{
    return code >= 0xd800 && code <= 0xdbff;
}

static bool is_low(int code)
{
    return code >= 0xdc00 && code <= 0xdfff;
}

static void mend_escape(struct mender *m)
{
    enum { ESCAPE = 6 };
    int code = escape_code(m, m->at);
    if (is_high(code) && is_low(escape_code(m, m->at + ESCAPE)))
        take(m, (size_t)2 * ESCAPE);
    else if (is_high(code) || is_low(code) || code == 0)
        replace(m, ESCAPE, "\\ufffd");
    else
        take(m, m->end - m->at > 1 ? 2 : 1);
}

static void mend_letter(struct mender *m)
{
    unsigned char c = (unsigned char)*m->at;
    char escaped[8];
    size_t len;
    if (c == '\\') {
        mend_escape(m);
    } else if (c < 0x20) {
        snprintf(escaped, sizeof(escaped), "\\u%04x", c);
        replace(m, 1, escaped);
    } else if ((len = utf8_sequence(m->at, (size_t)(m->end - m->at), NULL))) {
        take(m, len);
    } else {
        replace(m, 1, "\\ufffd");
    }
}

static void mend_string(struct mender *m)
{
    take(m, 1);
    while (m->at < m->end && *m->at != '"')
        mend_letter(m);
    if (m->at < m->end)
        take(m, 1);
}

/* ---- numbers, and the words that stand for them ---- */

static void mend_number(struct mender *m)
{
    size_t len = strspn(m->at, "+-0123456789.eE");
    _cleanup_free_ char *text = xstrndup(m->at, len);
    if (isinf(strtod(text, NULL)))
        replace(m, len, *text == '-' ? "-1.7976931348623157e308" : "1.7976931348623157e308");
    else if (len > PLAIN_DIGITS && !strpbrk(text, ".eE"))
        take(m, len), put(m, "e0", 2);
    else
        take(m, len);
}

/* True when it was one. */
static bool mend_word(struct mender *m)
{
    static const char *const WORDS[] = {"NaN", "Infinity", "-Infinity", "-NaN"};
    for (size_t i = 0; i < ARRAY_LEN(WORDS); i++) {
        size_t len = strlen(WORDS[i]);
        if (!strncmp(m->at, WORDS[i], len)) {
            replace(m, len, "null");
            return true;
        }
    }
    return false;
}

static void mend_all(struct mender *m)
{
    while (m->at < m->end) {
        if (*m->at == '"')
            mend_string(m);
        else if (mend_word(m))
            continue;
        else if (*m->at == '-' || isdigit((unsigned char)*m->at))
            mend_number(m);
        else
            take(m, 1);
    }
}

json_t *foreign_json(const char *at, size_t len)
{
    json_t *value = json_loadb(at, len, STRICT, NULL);
    if (value || !len)
        return value;
    /* A NUL behind it ends every look ahead. */
    _cleanup_free_ char *text = xstrndup(at, len);
    struct mender m = {.at = text, .end = text + strlen(text)};
    buf_init(&m.out, len * GROWTH + 32);
    mend_all(&m);
    value = json_loadb(m.out.len ? m.out.at : "", m.out.len, STRICT, NULL);
    buf_release(&m.out);
    return value;
}
