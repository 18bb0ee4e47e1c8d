/* peer_review: members review each other's answers and, where asked to, answer again. */

#include "proto/council/tables/kinds.h"

#include "peers.h"
#include "rounds.h"
#include "runner/deliberation/call/blocks.h"
#include "runner/deliberation/call/prompt.h"
#include "runner/deliberation/round/answers.h"
#include "runner/deliberation/round/converge.h"
#include "runner/deliberation/round/round_type.h"

static const char instructions[] =
    "Review each answer above. Say what is right, what is wrong or unsupported, and what is "
    "missing; name the exact statement you mean. Check claims yourself: that several members say "
    "the same is no proof.";
static const char and_revise[] =
    " Then give your own answer again, revised where you have a reason. Set changed to true only "
    "if its substance changed.";

static void prepare(struct round *r, struct seat_call *c)
{
    struct prompt p;
    prompt_init(&p, c);
    peers_show(&p, round_sets_answers(r));
    peers_ask(&p, c, instructions, round_sets_answers(r) ? and_revise : NULL);
}

const struct round_type round_peer_review = {
    .kind = &ROUND_KINDS[ROUND_TYPE_PEER_REVIEW],
    .needs_answers = true,
    .can_ask = peers_can_ask,
    .prepare = prepare,
    .converged = converged_if_revised,
    .answer = "revised_answer",
};
