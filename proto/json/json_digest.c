#include "json_digest.h"

#include <stdbool.h>
#include <string.h>

/* Those of EVP allocate, and may give nothing. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include "json_text.h"

/* The text is read once from the left to the right, however deep it is. What stands in a string is
 * UTF-8, in which these two bytes do not occur. */
enum { END_OF_WORD = 0xff, END_OF_ARRAY = 0xfe };

struct reader {
    const char *at;
    const char *end;
};

/* The sum of the digests of all members, as a number of 256 bits: in any order it is the same. */
struct members {
    unsigned char sum[SHA256_DIGEST_LENGTH];
};

static void add_value(SHA256_CTX *to, struct reader *from);

static void add_byte(SHA256_CTX *to, unsigned char byte)
{
    SHA256_Update(to, &byte, 1);
}

static void add_escaped(SHA256_CTX *to, struct json_span span)
{
    struct json_text text = json_text(span.at, span.at + span.len);
    unsigned char piece[256];
    size_t n = 0;
    int c;
    while ((c = json_text_next(&text)) >= 0) {
        piece[n++] = (unsigned char)c;
        if (n == sizeof piece) {
            SHA256_Update(to, piece, n);
            n = 0;
        }
    }
    SHA256_Update(to, piece, n);
}

/* What stands between the quotes. */
static void add_text(SHA256_CTX *to, struct json_span text)
{
    add_byte(to, '"');
    if (memchr(text.at, '\\', text.len))
        add_escaped(to, text);
    else
        SHA256_Update(to, text.at, text.len);
    add_byte(to, END_OF_WORD);
}

/* ---- reading ---- */

/* The text is good: what separates things needs no closer look. */
static void skip_separators(struct reader *from)
{
    while (from->at < from->end && strchr(" \t\r\n,:", *from->at))
        from->at++;
}

/* Is this what comes next? Then behind it. */
static bool take(struct reader *from, char c)
{
    skip_separators(from);
    if (*from->at != c)
        return false;
    from->at++;
    return true;
}

/* Behind the opening quote. */
static struct json_span take_text(struct reader *from)
{
    const char *start = from->at, *at = start;
    while (*(at = json_text_plain(at, from->end)) != '"')
        at += *at == '\\' ? 2 : 1;
    from->at = at + 1;
    return (struct json_span){start, (size_t)(at - start)};
}

/* A number, true, false or null. */
static void add_word(SHA256_CTX *to, struct reader *from)
{
    const char *start = from->at;
    while (from->at < from->end && !strchr(" \t\r\n,]}", *from->at))
        from->at++;
    SHA256_Update(to, start, (size_t)(from->at - start));
    add_byte(to, END_OF_WORD);
}

/* ---- values ---- */

static void add_member(struct members *to, struct json_span name, struct reader *value)
{
    unsigned char digest[SHA256_DIGEST_LENGTH];
    unsigned carry = 0;
    SHA256_CTX hash;
    SHA256_Init(&hash);
    add_text(&hash, name);
    add_value(&hash, value);
    SHA256_Final(digest, &hash);
    for (size_t i = 0; i < sizeof digest; i++) {
        carry += (unsigned)to->sum[i] + digest[i];
        to->sum[i] = (unsigned char)carry;
        carry >>= 8;
    }
}

static void add_members(SHA256_CTX *to, const struct members *members)
{
    add_byte(to, '{');
    SHA256_Update(to, members->sum, sizeof members->sum);
}

static void add_object(SHA256_CTX *to, struct reader *from)
{
    struct members members = {0};
    while (!take(from, '}')) {
        take(from, '"');
        const struct json_span name = take_text(from);
        add_member(&members, name, from);
    }
    add_members(to, &members);
}

static void add_array(SHA256_CTX *to, struct reader *from)
{
    add_byte(to, '[');
    while (!take(from, ']'))
        add_value(to, from);
    add_byte(to, END_OF_ARRAY);
}

static void add_value(SHA256_CTX *to, struct reader *from)
{
    if (take(from, '{'))
        add_object(to, from);
    else if (take(from, '['))
        add_array(to, from);
    else if (take(from, '"'))
        add_text(to, take_text(from));
    else
        add_word(to, from);
}

/* ---- all of it ---- */

static bool is_among(struct json_span name, const char *const *words)
{
    while (*words && !json_name_is(name, *words))
        words++;
    return *words != NULL;
}

void json_digest_members(const struct json_list *list, const char *const *left_out,
                         char ret[SHA256_HEX_SIZE])
{
    struct members members = {0};
    for (size_t i = 0; i < list->n; i++) {
        const struct json_span value = list->at[i].value;
        struct reader from = {.at = value.at, .end = value.at + value.len};
        if (!is_among(list->at[i].name, left_out))
            add_member(&members, list->at[i].name, &from);
    }
    sha256_hex(members.sum, sizeof members.sum, ret);
}
