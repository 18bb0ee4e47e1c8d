#include "aggregators.h"

#include "proto/council/tables/kinds.h"

#include "aggregator.h"
#include "runner/deliberation/words/unknown.h"

#define ROW(ID, name, ...) [AGGREGATOR_##ID] = &aggregator_##name,
#define ALIAS(...)
static const struct aggregator *const aggregators[] = {AGGREGATOR_ROWS(ROW, ALIAS)};

const struct aggregator *aggregator_find(const char *name)
{
    const struct aggregator_kind *kind = aggregator_kind_find(name);
    if (!kind)
        kind_unknown("aggregator", name);
    return aggregators[kind->id];
}
