/* ranking: each member orders answers or options. */
#include <stdlib.h>

#include "common/jx.h"
#include "common/xalloc.h"
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

static const struct choosing choosing = {
    .form = FORM_RANKING,
};

static char *instructions(const struct round *r)
{
    bool answers = choosing_over_answers(r);
    const char *absent = answers ? "Which response above answers the task best?"
                                 : "Which option answers the task best?";
    return xasprintf("%s %sGive your reasons first. Then order all %s from best to worst.",
                     j_str(r->opts, "question", absent), answers ? PROMPT_NO_MERIT " " : "",
                     answers ? "responses" : "options");
}

static void prepare(struct round *r, struct seat_call *c)
{
    char *text = instructions(r);
    choosing_prepare(r, c, &choosing, text);
    free(text);
}

const struct round_type round_ranking = {
    .kind = &ROUND_KINDS[ROUND_TYPE_RANKING],
    .over_answers = choosing_over_answers,
    .can_ask = choosing_can_ask,
    .prepare = prepare,
    .conclude = choosing_conclude,
    .watch = choosing_watch,
    .converged = converged_order,
    .release = counting_release,
};
