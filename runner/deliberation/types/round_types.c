/* A round type is a row here and a file. */
#include "round_types.h"

#include <string.h>

#include "rounds.h"
#include "runner/deliberation/round/round_type.h"
#include "runner/deliberation/words/unknown.h"

static const struct round_type *const types[] = {
    &round_independent_analysis,
    &round_peer_review,
    &round_anonymized_peer_review,
    &round_critique,
    &round_debate,
    &round_vote,
    &round_ranking,
    &round_pairwise_elimination,
    &round_synthesis,
    &round_weighted_synthesis,
};

const struct round_type *round_type_find(const char *name)
{
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (strcmp(types[i]->name, name) == 0)
            return types[i];
    kind_unknown("round type", name);
}
