/* Seeded numbers for the mock provider: equal seeds and purposes give equal numbers, everywhere.
 * Not for secrets. */
#ifndef RUNNER_PROVIDER_MOCK_RANDOM_H
#define RUNNER_PROVIDER_MOCK_RANDOM_H

#include <stddef.h>
#include <stdint.h>

struct mock_random {
    uint64_t state;
};

/* Any of the texts may be NULL; where they are cut matters. */
void mock_random_init(struct mock_random *r, const char *seed, const char *purpose,
                      const char *detail);
uint64_t mock_random_next(struct mock_random *r);
size_t mock_random_below(struct mock_random *r, size_t n); /* 0 when n is 0 */
double mock_random_real(struct mock_random *r);            /* 0 <= x < 1 */

/* How much somebody likes an option, 0 <= x < 1: for the greater part what everybody thinks of it,
 * so that opinions agree without being equal. taste NULL: only what everybody thinks. */
double mock_liking(const char *seed, const char *taste, const char *option);

#endif
