#include "placeholder.h"

#include <stdbool.h>
#include <string.h>

int pointer_valid(const char *text, size_t len)
{
    if (len > 0 && text[0] != '/')
        return false;
    for (size_t i = 0; i < len; i++)
        if (text[i] == '~' && (i + 1 == len || (text[i + 1] != '0' && text[i + 1] != '1')))
            return false;
    return true;
}

static enum placeholder named(const char *name, size_t len, const char **ret_at, size_t *ret_len)
{
    static const struct {
        const char *name;
        enum placeholder what;
    } NAMES[] = {
        {"role", PLACEHOLDER_ROLE},
        {"member_id", PLACEHOLDER_MEMBER_ID},
        {"council", PLACEHOLDER_COUNCIL},
        {"input", PLACEHOLDER_INPUT},
    };
    for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++)
        if (strlen(NAMES[i].name) == len && memcmp(NAMES[i].name, name, len) == 0)
            return NAMES[i].what;
    if (len < 6 || memcmp(name, "input:", 6) != 0 || !pointer_valid(name + 6, len - 6))
        return PLACEHOLDER_UNKNOWN;
    *ret_at = name + 6;
    *ret_len = len - 6;
    return PLACEHOLDER_POINTER;
}

static void advance(const char **text, size_t *len, size_t n)
{
    *text += n;
    *len -= n;
}

enum placeholder placeholder_next(const char **text, size_t *len, const char **ret_at,
                                  size_t *ret_len)
{
    *ret_at = *text;
    *ret_len = 0;
    if (*len == 0)
        return PLACEHOLDER_END;
    const char *open = memmem(*text, *len, "{{", 2);
    if (open != *text) {
        *ret_len = open ? (size_t)(open - *text) : *len;
        advance(text, len, *ret_len);
        return PLACEHOLDER_TEXT;
    }
    if (*len >= 4 && memcmp(open, "{{{{", 4) == 0) {
        *ret_len = 2;
        advance(text, len, 4);
        return PLACEHOLDER_TEXT;
    }
    const char *close = memmem(open + 2, *len - 2, "}}", 2);
    *ret_len = close ? (size_t)(close - open) + 2 : *len;
    size_t whole = *ret_len;
    enum placeholder what = PLACEHOLDER_UNKNOWN;
    if (close)
        what = named(open + 2, (size_t)(close - open) - 2, ret_at, ret_len);
    advance(text, len, whole);
    return what;
}
