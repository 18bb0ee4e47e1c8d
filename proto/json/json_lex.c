#include "json_lex.h"

#include "common/utf8.h"
#include "json_number.h"
#include "json_text.h"

#include <errno.h>

int json_lex_refuse(struct json_lex *lex, const char *at, const char *why)
{
    return error_set(lex->err, EBADMSG, "%s at byte %zu", why, (size_t)(at - lex->text));
}

void json_lex_space(struct json_lex *lex)
{
    while (lex->at < lex->end &&
           (*lex->at == ' ' || *lex->at == '\t' || *lex->at == '\n' || *lex->at == '\r'))
        lex->at++;
}

/* ---- strings ---- */

static bool is_hex4(const struct json_lex *lex, const char *at)
{
    if (lex->end - at < 4)
        return false;
    for (int i = 0; i < 4; i++)
        if (!((at[i] >= '0' && at[i] <= '9') || ((at[i] | 0x20) >= 'a' && (at[i] | 0x20) <= 'f')))
            return false;
    return true;
}

/* at stands behind `\u`. */
static int scan_unicode_escape(struct json_lex *lex, bool is_name)
{
    const char *at = lex->at;
    uint32_t code;

    if (!is_hex4(lex, at))
        return json_lex_refuse(lex, at, "bad \\u escape");
    code = json_text_hex4(at);
    lex->at += 4;
    if (code == 0 && is_name)
        return json_lex_refuse(lex, at, "U+0000 in a member name");
    if (code >= 0xdc00 && code <= 0xdfff)
        return json_lex_refuse(lex, at, "lone surrogate");
    if (code < 0xd800 || code > 0xdbff)
        return 0;
    if (lex->end - lex->at < 6 || lex->at[0] != '\\' || lex->at[1] != 'u' ||
        !is_hex4(lex, lex->at + 2))
        return json_lex_refuse(lex, at, "lone surrogate");
    code = json_text_hex4(lex->at + 2);
    if (code < 0xdc00 || code > 0xdfff)
        return json_lex_refuse(lex, at, "lone surrogate");
    lex->at += 6;
    return 0;
}

static int scan_escape(struct json_lex *lex, bool is_name)
{
    lex->at++;
    if (lex->at == lex->end)
        return json_lex_refuse(lex, lex->at, "text ends inside a string");
    char c = *lex->at++;
    if (c == 'u')
        return scan_unicode_escape(lex, is_name);
    if (c == '\0' || !strchr("\"\\/bfnrt", c))
        return json_lex_refuse(lex, lex->at - 1, "bad escape");
    return 0;
}

/* at stands on the opening quote. ret_text: what stands between the quotes. */
int json_lex_string(struct json_lex *lex, bool is_name, struct json_span *ret_text)
{
    const char *start = ++lex->at;

    for (;;) {
        lex->at = json_text_plain(lex->at, lex->end);
        if (lex->at == lex->end)
            return json_lex_refuse(lex, lex->at, "text ends inside a string");
        unsigned char c = (unsigned char)*lex->at;
        if (c == '"')
            break;
        if (c == '\\') {
            int r = scan_escape(lex, is_name);
            if (r < 0)
                return r;
        } else if (c < 0x20) {
            return json_lex_refuse(lex, lex->at, "control character in a string");
        } else {
            size_t n = utf8_sequence(lex->at, (size_t)(lex->end - lex->at), NULL);
            if (n == 0)
                return json_lex_refuse(lex, lex->at, "ill-formed UTF-8");
            lex->at += n;
        }
    }
    *ret_text = (struct json_span){start, (size_t)(lex->at - start)};
    lex->at++;
    return 0;
}

/* ---- numbers and words ---- */

static size_t skip_digits(struct json_lex *lex)
{
    const char *start = lex->at;

    while (lex->at < lex->end && *lex->at >= '0' && *lex->at <= '9')
        lex->at++;
    return (size_t)(lex->at - start);
}

static bool skip_one_of(struct json_lex *lex, const char *chars)
{
    if (lex->at == lex->end || *lex->at == '\0' || !strchr(chars, *lex->at))
        return false;
    lex->at++;
    return true;
}

int json_lex_number(struct json_lex *lex)
{
    const char *start = lex->at;
    bool integer = true;

    skip_one_of(lex, "-");
    if (!skip_one_of(lex, "0") && skip_digits(lex) == 0)
        return json_lex_refuse(lex, start, "bad number");
    if (skip_one_of(lex, ".")) {
        integer = false;
        if (skip_digits(lex) == 0)
            return json_lex_refuse(lex, start, "bad number");
    }
    if (skip_one_of(lex, "eE")) {
        integer = false;
        skip_one_of(lex, "+-");
        if (skip_digits(lex) == 0)
            return json_lex_refuse(lex, start, "bad number");
    }
    size_t len = (size_t)(lex->at - start);
    if (integer ? !json_number_int(start, len, NULL) : !json_number_real_fits(start, len))
        return json_lex_refuse(lex, start, "number out of range");
    return 0;
}

int json_lex_word(struct json_lex *lex, const char *word)
{
    size_t len = strlen(word);

    if ((size_t)(lex->end - lex->at) < len || memcmp(lex->at, word, len) != 0)
        return json_lex_refuse(lex, lex->at, "unknown word");
    lex->at += len;
    return 0;
}
