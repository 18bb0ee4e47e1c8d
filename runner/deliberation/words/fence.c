#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/utf8.h"
#include "common/xalloc.h"

#include "fence.h"
#include "steering.h"
#include "strbuf.h"

static bool unwanted(uint32_t c)
{
    return (c < 0x20 && c != '\t' && c != '\n') || (c >= 0x7f && c <= 0x9f) || c == 0x061c ||
           c == 0x180e || (c >= 0x200b && c <= 0x200f) || (c >= 0x202a && c <= 0x202e) ||
           (c >= 0x2060 && c <= 0x2069) || c == 0xfeff || (c >= 0xe0000 && c <= 0xe007f);
}

static char *strip(const char *text)
{
    struct strbuf out = STRBUF_INIT;
    size_t len = strlen(text);
    for (size_t i = 0; i < len;) {
        uint32_t c = 0;
        size_t step = utf8_sequence(text + i, len - i, &c);
        if (step == 0) {
            strbuf_str(&out, "\xef\xbf\xbd");
            i++;
            continue;
        }
        if (!unwanted(c))
            strbuf_add(&out, text + i, step);
        i += step;
    }
    return strbuf_take(&out);
}

static bool white(uint32_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r') || c == 0x85 || c == 0xa0 || c == 0x1680 ||
           (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f ||
           c == 0x205f || c == 0x3000;
}

static uint32_t fold(uint32_t c)
{
    if (c >= 0xff01 && c <= 0xff5e)
        c -= 0xfee0;
    return c >= 'A' && c <= 'Z' ? c + 32 : c;
}

/* Lower case, full-width forms folded; white space dropped, or kept as single blanks and LFs. */
static char *folded(const char *text, bool keep_white)
{
    struct strbuf out = STRBUF_INIT;
    size_t len = strlen(text);
    for (size_t i = 0; i < len;) {
        uint32_t c = 0;
        char utf8[4];
        size_t step = utf8_sequence(text + i, len - i, &c);
        i += step ? step : 1;
        if (!white(c))
            strbuf_add(&out, utf8, utf8_encode(fold(c), utf8));
        else if (keep_white && c == '\n')
            strbuf_add(&out, "\n", 1);
        else if (keep_white && out.len > 0 && out.text[out.len - 1] != ' ')
            strbuf_add(&out, " ", 1);
    }
    return strbuf_take(&out);
}

/* Length of a `<` in ASCII or full width at `at`, 0 for none. */
static size_t angle(const char *at)
{
    return *at == '<' ? 1 : strncmp(at, "\xef\xbc\x9c", 3) == 0 ? 3 : 0;
}

static size_t skip_white(const char *at)
{
    size_t n = 0, len = strlen(at);
    while (n < len) {
        uint32_t c = 0;
        size_t step = utf8_sequence(at + n, len - n, &c);
        if (step == 0 || !white(c))
            break;
        n += step;
    }
    return n;
}

/* Length of three angles with nothing but white space between, 0 for none. */
static size_t three_angles(const char *at)
{
    size_t n = 0;
    for (int i = 0; i < 3; i++) {
        if (i > 0)
            n += skip_white(at + n);
        size_t step = angle(at + n);
        if (step == 0)
            return 0;
        n += step;
    }
    return n;
}

static char *defuse(const char *text)
{
    struct strbuf out = STRBUF_INIT;
    while (*text) {
        size_t n = three_angles(text);
        if (n == 0) {
            strbuf_add(&out, text++, 1);
            continue;
        }
        strbuf_str(&out, "<_<_<");
        text += n;
    }
    return strbuf_take(&out);
}

char *fence_clean(const char *text, int *ret_flags)
{
    char *clean = strip(text);
    char *tight = folded(clean, false), *loose = folded(clean, true);
    int flags = steering_flags(loose);
    if (strstr(tight, "<<<council:")) {
        char *safe = defuse(clean);
        free(clean);
        clean = safe;
        flags |= FENCE_FORGED;
    }
    free(tight);
    free(loose);
    if (ret_flags)
        *ret_flags = flags;
    return clean;
}

char *fence_header(const char *text)
{
    char *clean = fence_clean(text, NULL);
    struct strbuf out = STRBUF_INIT;
    size_t len = strlen(clean);
    int characters = 0;
    for (size_t i = 0; i < len && characters < 120;) {
        size_t step = utf8_sequence(clean + i, len - i, NULL);
        if (step == 0)
            break;
        if (clean[i] == '\n' || clean[i] == '\t')
            strbuf_add(&out, " ", 1);
        else if (clean[i] != '"' && clean[i] != '\'' && clean[i] != '`')
            strbuf_add(&out, clean + i, step);
        characters++;
        i += step;
    }
    free(clean);
    return strbuf_take(&out);
}
