/* Conditions and matches of documents. */
#ifndef RUNNER_DELIBERATION_ROUND_CONDITION_H
#define RUNNER_DELIBERATION_ROUND_CONDITION_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* What a condition may ask about; members that are NULL or negative do not exist, and make every
 * condition on them false. */
struct condition_facts {
    json_t *input;
    const char *round_name, *round_type; /* of the round that is about to start */
    int iteration;                       /* -1: none */
    json_t *last;                        /* RoundResult of the latest finished round */
    int64_t *steps; /* left for all that is asked of these facts; begins with CONDITION_STEPS */
};

/* Bytes and values that may be looked at. When they are used up, *steps is below 0 and no condition
 * holds any more, nor does its opposite: a text that is looked for in a long input must not keep a
 * run from its deadline. */
enum { CONDITION_STEPS = 100000000 };

bool condition_holds(const json_t *condition, const struct condition_facts *f);
/* A match against a value; value NULL: it does not exist. */
bool match_holds(const json_t *match, json_t *value, int64_t *steps);
/* `*` and `?` against the whole text, without ASCII case. */
bool glob_matches(const char *pattern, const char *text, int64_t *steps);

#endif
