#include "strategies.h"

#include "proto/council/tables/kinds.h"

#include "auto_choice.h"
#include "runner/deliberation/words/unknown.h"

#define ROW(ID, name, ...)   [STRATEGY_##ID] = &strategy_##name,
#define CHAIN(ID, name, ...) [STRATEGY_##ID] = NULL,
static const struct strategy *const strategies[] = {STRATEGY_ROWS(ROW, CHAIN)};

const struct strategy *strategy_find(const char *name)
{
    const struct strategy_kind *kind = strategy_kind_find(name);
    if (!kind)
        kind_unknown("strategy", name);
    return strategies[kind->id];
}
