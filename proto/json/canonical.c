#include "canonical.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* SHA256() allocates, and gives nothing when it cannot; these do not. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include "common/buf.h"

struct canonical_text {
    struct buf text;
    bool failed; /* jansson does not look at the answer for every piece */
};

static int add_bytes(const char *bytes, size_t len, void *data)
{
    struct canonical_text *to = data;
    if (buf_add(&to->text, bytes, len) < 0)
        to->failed = true;
    return to->failed ? -1 : 0;
}

char *json_canonical(const json_t *value, size_t *ret_len)
{
    struct canonical_text to = {.text = BUF_INIT(SIZE_MAX / 2)};
    size_t flags = JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY | JSON_REAL_PRECISION(17);
    bool failed = json_dump_callback(value, add_bytes, &to, flags) < 0 || to.failed;
    char *text = failed ? NULL : buf_take(&to.text);
    if (!text)
        buf_release(&to.text);
    else if (ret_len)
        *ret_len = strlen(text);
    return text;
}

char *sha256_hex(const void *bytes, size_t len, char ret[SHA256_HEX_SIZE])
{
    static const char HEX[] = "0123456789abcdef";
    unsigned char digest[SHA256_DIGEST_LENGTH];
    SHA256_CTX hash;
    SHA256_Init(&hash);
    SHA256_Update(&hash, bytes, len);
    SHA256_Final(digest, &hash);
    for (size_t i = 0; i < sizeof(digest); i++) {
        ret[2 * i] = HEX[digest[i] >> 4];
        ret[2 * i + 1] = HEX[digest[i] & 15];
    }
    ret[2 * sizeof(digest)] = '\0';
    return ret;
}

int json_canonical_sha256(const json_t *value, char ret[SHA256_HEX_SIZE])
{
    size_t len;
    char *text = json_canonical(value, &len);
    if (!text)
        return -ENOMEM;
    sha256_hex(text, len, ret);
    free(text);
    return 0;
}
