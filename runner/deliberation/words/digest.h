/* Digests and the seeded random numbers of the engine: the only randomness there is.
 *
 * The stream of a purpose is HMAC-SHA-256(seed, purpose || 0x00 || be32(counter)), counter 0, 1,
 * ...; each block gives four big-endian 64-bit numbers. Two streams of one purpose are equal. */
#ifndef RUNNER_DELIBERATION_WORDS_DIGEST_H
#define RUNNER_DELIBERATION_WORDS_DIGEST_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/json/canonical.h"

struct stream {
    const char *seed; /* borrowed */
    char *purpose;
    uint32_t counter;
    uint64_t block[4];
    int left; /* numbers of the block that are not drawn yet */
};

/* Begins the stream of a purpose; `seed` must outlive it. stream_release frees. */
void stream_init(struct stream *s, const char *seed, const char *purpose_format, ...)
    __attribute__((format(printf, 3, 4)));
void stream_release(struct stream *s);

uint64_t stream_next(struct stream *s);
uint64_t stream_uniform(struct stream *s, uint64_t n); /* 0 .. n - 1, n > 0 */
double stream_real(struct stream *s);                  /* 0 <= x < 1 */
void stream_shuffle(struct stream *s, int *numbers, int n);

/* SHA-256 of the canonical JSON (proto/json/canonical.h); returns ret. Running out of memory ends
 * the process. */
char *canonical_sha256(const json_t *value, char ret[SHA256_HEX_SIZE]);

#endif
