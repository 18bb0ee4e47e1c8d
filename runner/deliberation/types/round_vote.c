/* vote: each member gives one ballot: a choice, what it approves of, or scores. */
#include <stdlib.h>

#include "common/jx.h"
#include "proto/council/tables/kinds.h"
#include "proto/council/tables/words.h"

#include "choosing.h"
#include "rounds.h"
#include "runner/deliberation/form/form.h"
#include "runner/deliberation/round/converge.h"
#include "runner/deliberation/round/counting.h"
#include "runner/deliberation/round/round_type.h"
#include "runner/deliberation/round/stage.h"
#include "runner/deliberation/state/round_state.h"
#include "runner/deliberation/words/need.h"
#include "runner/deliberation/words/strbuf.h"
#include "runner/deliberation/words/unknown.h"

static const struct {
    enum ballot_bits ballot;
    enum form_kind form;
} ballots[] = {
    {BALLOT_SINGLE, FORM_VOTE},
    {BALLOT_APPROVAL, FORM_APPROVAL},
    {BALLOT_SCORE, FORM_SCORES},
};

static struct choosing choosing_of(const struct round *r)
{
    const char *ballot = need_str(r->opts, "ballot");
    json_t *scale = j_get(r->opts, "scale");
    for (size_t i = 0; i < sizeof ballots / sizeof ballots[0]; i++)
        if (ballots[i].ballot == ballot_bit(ballot))
            return (struct choosing){
                .form = ballots[i].form,
                .abstain = need_bool(r->opts, "allow_abstain"),
                .min = need_num(scale, "min"),
                .max = need_num(scale, "max"),
            };
    kind_unknown("ballot", ballot);
}

static char *instructions(const struct round *r, const struct choosing *k)
{
    struct strbuf out = STRBUF_INIT;
    strbuf_addf(&out, "%s Give your reasons first. ",
                j_str(r->opts, "question", "Which option is the right answer to the task?"));
    if (k->form == FORM_APPROVAL)
        strbuf_str(&out, "Then list every option that is acceptable.");
    else if (k->form == FORM_SCORES)
        strbuf_addf(&out, "Then score every option from %g to %g.", k->min, k->max);
    else if (choosing_free(r))
        strbuf_str(&out, "Then give your choice in a few words.");
    else
        strbuf_str(&out, "Then choose exactly one option by its id.");
    if (k->abstain)
        strbuf_str(&out, " If no option can be justified, choose abstain.");
    return strbuf_take(&out);
}

static void prepare(struct round *r, struct seat_call *c)
{
    struct choosing k = choosing_of(r);
    char *text = instructions(r, &k);
    choosing_prepare(r, c, &k, text);
    free(text);
}

const struct round_type round_vote = {
    .kind = &ROUND_KINDS[ROUND_TYPE_VOTE],
    .samples = true,
    .over_answers = choosing_over_answers,
    .can_ask = choosing_can_ask,
    .prepare = prepare,
    .conclude = choosing_conclude,
    .watch = choosing_watch,
    .converged = converged_votes,
    .release = counting_release,
};
