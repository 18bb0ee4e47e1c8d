#include "credential.h"

#include <stdbool.h>
#include <string.h>

enum { NEED_DIGIT = 1, UPPER_ONLY = 2 };

static const struct pattern {
    const char *prefix; /* '?' stands for one lower-case letter */
    size_t least;       /* key characters behind it */
    unsigned flags;
    const char *name;
} PATTERNS[] = {
    {"sk-", 16, NEED_DIGIT, "sk-..."},   {"AIza", 30, 0, "AIza..."},
    {"ghp_", 20, 0, "ghp_..."},          {"xox?-", 10, NEED_DIGIT, "xox.-..."},
    {"AKIA", 16, UPPER_ONLY, "AKIA..."}, {"Bearer ", 16, NEED_DIGIT, "Bearer ..."},
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_alnum(char c)
{
    return is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool is_key(char c, unsigned flags)
{
    if (flags & UPPER_ONLY)
        return is_digit(c) || (c >= 'A' && c <= 'Z');
    return is_alnum(c) || (c && strchr("-_.~+/=", c));
}

/* The length of the credential at the start of the text, 0 for none. */
static size_t match(const struct pattern *p, const char *text, size_t len)
{
    size_t n = strlen(p->prefix);
    if (len < n + p->least)
        return 0;
    for (size_t i = 0; i < n; i++)
        if (p->prefix[i] == '?' ? !is_alnum(text[i]) : text[i] != p->prefix[i])
            return 0;
    size_t end = n;
    bool digit = false;
    while (end < len && is_key(text[end], p->flags))
        digit |= is_digit(text[end++]);
    if (end - n < p->least || (p->flags & NEED_DIGIT && !digit))
        return 0;
    return end;
}

static size_t match_pem(const char *text, size_t len)
{
    static const char BEGIN[] = "-----BEGIN ", KEY[] = "PRIVATE KEY-----";
    if (len < sizeof(BEGIN) - 1 || memcmp(text, BEGIN, sizeof(BEGIN) - 1) != 0)
        return 0;
    size_t at = sizeof(BEGIN) - 1;
    while (at < len && at < 64 && (text[at] == ' ' || (text[at] >= 'A' && text[at] <= 'Z'))) {
        if (len - at >= sizeof(KEY) - 1 && memcmp(text + at, KEY, sizeof(KEY) - 1) == 0) {
            /* All of it, as far as the end line if there is one. */
            const char *end = memmem(text + at, len - at, "-----END ", 9);
            const char *line = end ? memchr(end, '\n', len - (size_t)(end - text)) : NULL;
            return line ? (size_t)(line - text) : len;
        }
        at++;
    }
    return 0;
}

static const char *match_any(const char *text, size_t len, size_t *ret_len)
{
    if (*text == '-')
        return (*ret_len = match_pem(text, len)) ? "PEM private key" : NULL;
    for (size_t i = 0; i < sizeof(PATTERNS) / sizeof(PATTERNS[0]); i++)
        if ((*ret_len = match(&PATTERNS[i], text, len)))
            return PATTERNS[i].name;
    return NULL;
}

const char *credential_find(const char *text, size_t len, size_t *ret_at, size_t *ret_len)
{
    static const char FIRST[256] = {
        ['s'] = 1, ['A'] = 1, ['g'] = 1, ['x'] = 1, ['B'] = 1, ['-'] = 1};
    for (size_t at = 0; at < len; at++) {
        if (!FIRST[(unsigned char)text[at]])
            continue;
        if (at > 0 && is_alnum(text[at - 1]) && text[at] != '-')
            continue;
        size_t found;
        const char *name = match_any(text + at, len - at, &found);
        if (!name)
            continue;
        if (ret_at)
            *ret_at = at;
        if (ret_len)
            *ret_len = found;
        return name;
    }
    return NULL;
}
