#include "mock_random.h"

#include <string.h>

/* FNV-1a over the texts with a separator, then splitmix64: both public domain arithmetic. */
static uint64_t mix_text(uint64_t hash, const char *text)
{
    for (; text && *text; text++)
        hash = (hash ^ (unsigned char)*text) * 0x100000001b3u;
    return (hash ^ 0xffu) * 0x100000001b3u;
}

void mock_random_init(struct mock_random *r, const char *seed, const char *purpose,
                      const char *detail)
{
    uint64_t hash = mix_text(0xcbf29ce484222325u, seed);
    r->state = mix_text(mix_text(hash, purpose), detail);
}

uint64_t mock_random_next(struct mock_random *r)
{
    uint64_t z = r->state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

size_t mock_random_below(struct mock_random *r, size_t n)
{
    return n ? (size_t)(mock_random_next(r) % n) : 0;
}

double mock_random_real(struct mock_random *r)
{
    return (double)(mock_random_next(r) >> 11) * 0x1p-53;
}

double mock_liking(const char *seed, const char *taste, const char *option)
{
    struct mock_random common, own;
    mock_random_init(&common, seed, "liking", option);
    if (!taste)
        return mock_random_real(&common);
    mock_random_init(&own, seed, taste, option);
    return 0.6 * mock_random_real(&common) + 0.4 * mock_random_real(&own);
}
