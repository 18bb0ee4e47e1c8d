#include "runid.h"

#include "common/base64url.h"
#include "common/random.h"

#include <string.h>

enum { PREFIX_LEN = 4, RANDOM_BYTES = 8 };
_Static_assert(PREFIX_LEN + BASE64URL_LEN(RANDOM_BYTES) == RUNID_GENERATED_LEN, "length of an id");

static int generate(const char *prefix, char *ret)
{
    unsigned char bytes[RANDOM_BYTES];
    int r = random_bytes(bytes, sizeof(bytes));

    if (r < 0)
        return r;
    memcpy(ret, prefix, PREFIX_LEN);
    base64url_encode(bytes, sizeof(bytes), ret + PREFIX_LEN);
    return 0;
}

int runid_generate(char ret[RUNID_GENERATED_LEN + 1])
{
    return generate("run_", ret);
}

int ref_generate(char ret[RUNID_GENERATED_LEN + 1])
{
    return generate("ref_", ret);
}

/* Not isalnum(): the locale has no say in this. */
static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool runid_valid(const char *text, size_t len)
{
    if (len < 1 || len > RUNID_MAX || !is_word(text[0]))
        return false;
    for (size_t i = 1; i < len; i++)
        if (!is_word(text[i]) && text[i] != '.' && text[i] != '-')
            return false;
    return true;
}

/* Every character counts alike: whether we issued it is the table's answer, not the form's. */
bool ref_valid(const char *text, size_t len)
{
    if (len != RUNID_GENERATED_LEN || memcmp(text, "ref_", PREFIX_LEN) != 0)
        return false;
    for (size_t i = PREFIX_LEN; i < len; i++)
        if (!is_word(text[i]) && text[i] != '-')
            return false;
    return true;
}
