/* What a run of a resolved council costs in calls and in effort. */
#ifndef PROTO_COUNCIL_ROUND_ESTIMATE_H
#define PROTO_COUNCIL_ROUND_ESTIMATE_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

/* At least and at most: calls without retries, re-asks and tool turns; the score is larger for
 * stronger models, longer prompts, forms and tools. */
struct council_planned {
    int64_t calls_min, calls_max;
    double score_min, score_max;
};

void council_planned(const json_t *resolved, struct council_planned *ret);

/* How many of n members the router of a resolved round chooses at least. */
size_t least_routed(const json_t *round, size_t n);

#endif
