#include "round_types.h"

#include "proto/council/tables/kinds.h"

#include "rounds.h"
#include "runner/deliberation/round/round_type.h"
#include "runner/deliberation/words/unknown.h"

#define ROW(ID, name, ...)  [ROUND_TYPE_##ID] = &round_##name,
#define LOOP(ID, name, ...) [ROUND_TYPE_##ID] = NULL,
static const struct round_type *const types[] = {ROUND_TYPE_ROWS(ROW, LOOP)};

const struct round_type *round_type_find(const char *name)
{
    const struct round_kind *kind = round_kind_find(name);
    if (!kind)
        kind_unknown("round type", name);
    return types[kind->id];
}
