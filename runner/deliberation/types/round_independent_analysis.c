/* independent_analysis: everybody answers the task, and sees nothing else. */
#include "proto/council/tables/kinds.h"

#include "answer_form.h"
#include "rounds.h"
#include "runner/deliberation/call/blocks.h"
#include "runner/deliberation/call/prompt.h"
#include "runner/deliberation/form/form.h"
#include "runner/deliberation/round/converge.h"
#include "runner/deliberation/round/round_type.h"
#include "runner/deliberation/state/round_state.h"
#include "runner/deliberation/state/seat_call.h"

static const char instructions[] =
    "Answer the task completely, from your own role and knowledge. Nobody on the council sees this "
    "answer before all have answered. Say which parts you are unsure of.";

static void prepare(struct round *r, struct seat_call *c)
{
    (void)r;
    struct prompt p;
    answer_form(c, false);
    form_build(&c->form);
    prompt_init(&p, c);
    prompt_instructions(&p, instructions);
    prompt_finish(&p);
}

const struct round_type round_independent_analysis = {
    .kind = &ROUND_KINDS[ROUND_TYPE_INDEPENDENT_ANALYSIS],
    .task_alone = true,
    .prepare = prepare,
    .converged = converged_confident,
};
