/* The round types, one for each row of kinds.h; round_types.h finds them by name. */
#ifndef RUNNER_DELIBERATION_TYPES_ROUNDS_H
#define RUNNER_DELIBERATION_TYPES_ROUNDS_H

#include "proto/council/tables/kinds.h"

#include "runner/deliberation/round/round_type.h"

#define ROW(ID, name, ...) extern const struct round_type round_##name;
#define LOOP(...)
ROUND_TYPE_ROWS(ROW, LOOP)
#undef ROW
#undef LOOP

#endif
