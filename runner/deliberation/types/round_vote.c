/* vote: each member gives one ballot: a choice, what it approves of, or scores. */
#include <stdlib.h>

#include "common/jx.h"
#include "proto/council/tables/kinds.h"

#include "choosing.h"
#include "rounds.h"
#include "runner/deliberation/call/prompt.h"
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

static void ask_for_ballot(struct strbuf *out, const struct round *r, const struct choosing *k)
{
    bool answers = choosing_over_answers(r);
    const char *one = answers ? "response" : "option";
    if (k->form == FORM_APPROVAL)
        strbuf_addf(out, "Then list every %s that is acceptable.", one);
    else if (k->form == FORM_SCORES)
        strbuf_addf(out, "Then score every %s from %g to %g.", one, k->min, k->max);
    else if (choosing_free(r))
        strbuf_str(out, "Then give your choice in a few words.");
    else
        strbuf_addf(out, "Then choose exactly one %s by its %s.", one, answers ? "label" : "id");
    if (k->abstain)
        strbuf_addf(out, " If no %s can be justified, choose abstain.", one);
}

static char *instructions(const struct round *r, const struct choosing *k)
{
    struct strbuf out = STRBUF_INIT;
    bool answers = choosing_over_answers(r);
    const char *absent = answers ? "Which response above answers the task best?"
                                 : "Which option is the right answer to the task?";
    strbuf_addf(&out, "%s %sGive your reasons first. ",
                j_str(r->opts, "question",
                      choosing_free(r) ? "What is the right answer to the task?" : absent),
                answers ? PROMPT_NO_MERIT " " : "");
    ask_for_ballot(&out, r, k);
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
