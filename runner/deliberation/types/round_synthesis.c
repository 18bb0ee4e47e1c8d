/* synthesis: the chair writes the final answer. */
#include "chairing.h"
#include "rounds.h"
#include "runner/deliberation/round/round_type.h"

static void prepare(struct round *r, struct seat_call *c)
{
    static const struct chairing chairing = {.instructions = ""};
    chairing_prepare(r, c, &chairing);
}

const struct round_type round_synthesis = {
    .name = "synthesis",
    .chair = true,
    .prepare = prepare,
    .conclude = chairing_conclude,
};
