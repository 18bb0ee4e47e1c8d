#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdarg.h>
#include <string.h>

#include "common/xalloc.h"

#include "digest.h"

void stream_init(struct stream *s, const char *seed, const char *purpose_format, ...)
{
    va_list args;
    char *purpose = NULL;
    va_start(args, purpose_format);
    int n = vasprintf(&purpose, purpose_format, args);
    va_end(args);
    *s = (struct stream){.seed = seed, .purpose = xcheck(n < 0 ? NULL : purpose)};
}

void stream_release(struct stream *s)
{
    free(s->purpose);
    s->purpose = NULL;
}

static void next_block(struct stream *s)
{
    size_t len = strlen(s->purpose) + 1;
    unsigned char *message = xmalloc(len + 4);
    memcpy(message, s->purpose, len);
    for (int i = 0; i < 4; i++)
        message[len + (size_t)i] = (unsigned char)(s->counter >> (24 - 8 * i));
    unsigned char mac[32];
    unsigned int mac_len = sizeof mac;
    xcheck(HMAC(EVP_sha256(), s->seed, (int)strlen(s->seed), message, len + 4, mac, &mac_len));
    free(message);
    s->counter++;
    for (int i = 0; i < 4; i++) {
        s->block[i] = 0;
        for (int k = 0; k < 8; k++)
            s->block[i] = s->block[i] << 8 | mac[8 * i + k];
    }
    s->left = 4;
}

uint64_t stream_next(struct stream *s)
{
    if (s->left == 0)
        next_block(s);
    return s->block[4 - s->left--];
}

uint64_t stream_uniform(struct stream *s, uint64_t n)
{
    /* 2^64 mod n without 128-bit numbers; a limit of 0 stands for 2^64 itself. */
    uint64_t limit = 0 - (UINT64_MAX % n + 1) % n;
    uint64_t x = stream_next(s);
    while (limit != 0 && x >= limit)
        x = stream_next(s);
    return x % n;
}

double stream_real(struct stream *s)
{
    return (double)(stream_next(s) >> 11) * 0x1p-53;
}

void stream_shuffle(struct stream *s, int *numbers, int n)
{
    for (int i = n - 1; i > 0; i--) {
        int k = (int)stream_uniform(s, (uint64_t)i + 1);
        int kept = numbers[i];
        numbers[i] = numbers[k];
        numbers[k] = kept;
    }
}

char *canonical_sha256(const json_t *value, char ret[SHA256_HEX_SIZE])
{
    if (json_canonical_sha256(value, ret) < 0)
        xcheck(NULL);
    return ret;
}
