/* debate: members answer again in view of each other's answers. */
#include <string.h>

#include "common/jx.h"
#include "proto/council/tables/kinds.h"
#include "proto/council/tables/words.h"

#include "answer_form.h"
#include "peers.h"
#include "rounds.h"
#include "runner/deliberation/call/blocks.h"
#include "runner/deliberation/call/prompt.h"
#include "runner/deliberation/form/form.h"
#include "runner/deliberation/round/converge.h"
#include "runner/deliberation/round/round_type.h"
#include "runner/deliberation/state/round_state.h"
#include "runner/deliberation/state/seat.h"
#include "runner/deliberation/state/seat_call.h"
#include "runner/deliberation/words/strbuf.h"

static const char instructions[] =
    "State the best argument above against your position and answer it. Then give your full answer "
    "again. Change it only for a reason that you can state, never because many agree.";

static void prepare(struct round *r, struct seat_call *c)
{
    struct prompt p;
    const char *stance = j_str(j_get(r->opts, "stances"), c->seat->id, NULL);
    answer_form(c, true);
    form_build(&c->form);
    prompt_init(&p, c);
    peers_show(&p, true, peers_attributed(r));
    prompt_instructions(&p, instructions);
    if (stance)
        strbuf_addf(&p.part, " Argue this side, whatever you think yourself: %s%s", stance,
                    stance[0] && stance[strlen(stance) - 1] == '.' ? "" : ".");
    prompt_finish(&p);
}

const struct round_type round_debate = {
    .kind = &ROUND_KINDS[ROUND_TYPE_DEBATE],
    .needs_answers = true,
    .can_ask = peers_can_ask,
    .prepare = prepare,
    .converged = converged_unchanged,
};
