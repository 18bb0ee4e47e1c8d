/* synthesis: the chair writes the final answer. */
#include "proto/council/tables/kinds.h"

#include "chairing.h"
#include "rounds.h"
#include "runner/deliberation/round/round_type.h"

static void prepare(struct round *r, struct seat_call *c)
{
    static const struct chairing chairing = {.instructions = ""};
    chairing_prepare(r, c, &chairing);
}

const struct round_type round_synthesis = {
    .kind = &ROUND_KINDS[ROUND_TYPE_SYNTHESIS],
    .prepare = prepare,
    .conclude = chairing_conclude,
};
