/* Token counts and money of attempts, and their sums. What nobody reported is unknown, never 0. */
#ifndef RUNNER_DELIBERATION_STATE_USAGE_H
#define RUNNER_DELIBERATION_STATE_USAGE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct usage {
    int64_t input, output, cached, reasoning; /* -1: unknown */
};

#define USAGE_UNKNOWN                                                                              \
    (struct usage)                                                                                 \
    {                                                                                              \
        -1, -1, -1, -1                                                                             \
    }

enum { TOKENS_MAX = 1000000000 }; /* of one answer; whoever tells more is mistaken */

/* a + b of numbers not below 0; at the greatest there is, the sum stays. */
int64_t sum_saturated(int64_t a, int64_t b);

/* What text of so many bytes comes to where nobody counted: a third of them. */
int64_t tokens_estimated(size_t bytes);

/* Each count is 0..TOKENS_MAX, or unknown. From {input_tokens, output_tokens, cached_input_tokens,
 * reasoning_tokens} or null. */
struct usage usage_read(const json_t *usage);
/* Sums; unknown only where nobody reported anything. */
void usage_add(struct usage *sum, struct usage more);
bool usage_known(struct usage u);
json_t *usage_json(struct usage u); /* null when nothing is known; the caller owns it */

/* USD of a usage at a price {input, output, cached_input} per million tokens; NAN without a price
 * or without both counts. */
double usage_cost(struct usage u, const json_t *price);

/* A sum of costs: unknown parts make it unknown, and are counted. */
struct cost {
    double sum;
    int unknown;
};

void cost_add(struct cost *c, double cost); /* NAN: unknown */
json_t *cost_json(struct cost c);

#endif
