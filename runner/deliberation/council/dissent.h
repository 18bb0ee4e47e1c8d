/* Dissent out of the rounds of a result. */
#ifndef RUNNER_DELIBERATION_COUNCIL_DISSENT_H
#define RUNNER_DELIBERATION_COUNCIL_DISSENT_H

#include <jansson.h>

/* [{index, member_id, kind, position, text}] over RoundResults; empty: none found; null: there were
 * no ballots to tell it from. New. */
json_t *dissent_of(const json_t *rounds);

#endif
