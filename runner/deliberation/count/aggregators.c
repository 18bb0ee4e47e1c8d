#include "aggregators.h"

#include <string.h>

#include "aggregator.h"
#include "runner/deliberation/words/unknown.h"

/* The table of aggregators: a rule is a row here and a file. */
static const struct {
    const char *name;
    const struct aggregator *is;
} rows[] = {
    {"plurality", &aggregator_plurality},
    {"majority", &aggregator_majority},
    {"confidence_weighted", &aggregator_confidence_weighted},
    {"weighted_mean", &aggregator_confidence_weighted},
    {"reliability_weighted", &aggregator_reliability_weighted},
    {"borda", &aggregator_borda},
    {"peer_ranking", &aggregator_peer_ranking},
    {"condorcet", &aggregator_condorcet},
    {"approval", &aggregator_approval},
    {"median_confidence", &aggregator_median_confidence},
    {"mean_score", &aggregator_mean_score},
};

const struct aggregator *aggregator_find(const char *name)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strcmp(rows[i].name, name) == 0)
            return rows[i].is;
    kind_unknown("aggregator", name);
}
