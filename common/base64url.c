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
