/* Plurality as a rule, for the aggregators that are it with weights of their own. */
#ifndef RUNNER_DELIBERATION_COUNT_PLURALITY_H
#define RUNNER_DELIBERATION_COUNT_PLURALITY_H

#include "aggregator.h"

void plurality_rule(const struct ballots *b, const struct count_facts *f, struct tally *t);
bool plurality_early(const struct count_facts *f, enum early_rule *ret);

#endif
