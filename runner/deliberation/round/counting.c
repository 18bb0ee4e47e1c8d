#include "counting.h"

#include "count_document.h"
#include "early.h"
#include "runner/deliberation/count/ties.h"
#include "runner/deliberation/state/council_data.h"
#include "runner/deliberation/state/outbox.h"
#include "runner/deliberation/state/round_state.h"
#include "stage.h"
#include "tallying.h"
#include "tiebreak.h"

enum conclusion counting_conclude(struct round *r, const struct count_of *what)
{
    if (!r->counting)
        r->counting = counting_new(r, what);
    struct counting *k = r->counting;
    if (k->tiebreak)
        tiebreak_take(k);
    struct tie_facts facts = {.ballots = &k->ballots, .names = k->name, .lot = k->lot};
    while (ties_run(&k->tally, k->rules, &k->next, &facts) == TIE_CHAIR) {
        if (!r->council->chair || council_cancelled(r->council) || r->stopping)
            continue;
        tiebreak_ask(r, k, what);
        return MORE_CALLS;
    }
    early_note_shadow(r, what);
    r->aggregate = count_document(r, k, what);
    r->agreement = count_agreement(k);
    r->by_members = what->over == OVER_MEMBERS;
    if (k->tally.winner < 0 && k->tally.leaders > 1)
        engine_warn(r->council->e, r, "tie", NULL, "several lead, and no rule was left", NULL);
    return CONCLUDED;
}

void counting_release(struct round *r)
{
    counting_free(r->counting);
}
