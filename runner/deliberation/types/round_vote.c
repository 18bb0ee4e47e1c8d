/* vote: each member gives one ballot: a choice, what it approves of, or scores. */
#include <stdlib.h>

#include "common/jx.h"
#include "proto/council/tables/kinds.h"
#include "proto/council/tables/words.h"

#include "choosing.h"
#include "rounds.h"
#include "runner/deliberation/count/aggregator.h"
#include "runner/deliberation/form/form.h"
#include "runner/deliberation/round/converge.h"
#include "runner/deliberation/round/counting.h"
#include "runner/deliberation/round/round_type.h"
#include "runner/deliberation/round/stage.h"
#include "runner/deliberation/state/round_state.h"
#include "runner/deliberation/words/strbuf.h"
#include "runner/deliberation/words/unknown.h"

static const struct {
    enum ballot_bits ballot;
    enum form_kind form;
    const struct aggregator *aggregator;
} ballots[] = {
    {BALLOT_SINGLE, FORM_VOTE, &aggregator_plurality},
    {BALLOT_APPROVAL, FORM_APPROVAL, &aggregator_approval},
    {BALLOT_SCORE, FORM_SCORES, &aggregator_mean_score},
};

static struct choosing choosing_of(const struct round *r)
{
    const char *ballot = j_str(r->opts, "ballot", "single");
    for (size_t i = 0; i < sizeof ballots / sizeof ballots[0]; i++)
        if (ballots[i].ballot == ballot_bit(ballot))
            return (struct choosing){
                .candidates = CANDIDATES_FREE,
                .form = ballots[i].form,
                .aggregator = ballots[i].aggregator,
            };
    kind_unknown("ballot", ballot);
}

static char *instructions(const struct round *r, const struct choosing *k)
{
    struct strbuf out = STRBUF_INIT;
    json_t *scale = j_get(r->opts, "scale");
    strbuf_addf(&out, "%s Give your reasons first. ",
                j_str(r->opts, "question", "Which option is the right answer to the task?"));
    if (k->form == FORM_APPROVAL)
        strbuf_str(&out, "Then list every option that is acceptable.");
    else if (k->form == FORM_SCORES)
        strbuf_addf(&out, "Then score every option from %g to %g.", j_num(scale, "min", 0),
                    j_num(scale, "max", 10));
    else if (choosing_free(r, k))
        strbuf_str(&out, "Then give your choice in a few words.");
    else
        strbuf_str(&out, "Then choose exactly one option by its id.");
    if (j_bool(r->opts, "allow_abstain", false))
        strbuf_str(&out, " If no option can be justified, choose abstain.");
    return strbuf_take(&out);
}

static bool over_answers(const struct round *r)
{
    struct choosing k = choosing_of(r);
    return choosing_over_answers(r, &k);
}

static bool can_ask(struct round *r, struct seat *s)
{
    struct choosing k = choosing_of(r);
    return choosing_can_ask(r, s, &k);
}

static void prepare(struct round *r, struct seat_call *c)
{
    struct choosing k = choosing_of(r);
    char *text = instructions(r, &k);
    choosing_prepare(r, c, &k, text);
    free(text);
}

static enum conclusion conclude(struct round *r)
{
    struct choosing k = choosing_of(r);
    return choosing_conclude(r, &k);
}

static void watch(struct round *r)
{
    struct choosing k = choosing_of(r);
    choosing_watch(r, &k);
}

const struct round_type round_vote = {
    .kind = &ROUND_KINDS[ROUND_TYPE_VOTE],
    .samples = true,
    .over_answers = over_answers,
    .can_ask = can_ask,
    .prepare = prepare,
    .conclude = conclude,
    .watch = watch,
    .converged = converged_votes,
    .iterations = 3,
    .release = counting_release,
};
