#include "base64url.h"

static const char ALPHABET[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void base64url_encode(const void *bytes, size_t len, char *ret)
{
    const unsigned char *in = bytes;
    unsigned bits = 0, have = 0;
    for (size_t i = 0; i < len; i++) {
        bits = bits << 8 | in[i];
        for (have += 8; have >= 6; have -= 6)
            *ret++ = ALPHABET[bits >> (have - 6) & 63];
    }
    if (have)
        *ret++ = ALPHABET[bits << (6 - have) & 63];
    *ret = '\0';
}

bool base64url_is_canonical(const char *text, size_t len, size_t bytes)
{
    if (len != BASE64URL_LEN(bytes))
        return false;
    for (size_t i = 0; i < len; i++)
        if (text[i] == '\0' || !strchr(ALPHABET, text[i]))
            return false;
    unsigned unused = (unsigned)(len * 6 - bytes * 8);
    unsigned last = len ? (unsigned)(strchr(ALPHABET, text[len - 1]) - ALPHABET) : 0;
    return (last & ((1u << unused) - 1)) == 0;
}
