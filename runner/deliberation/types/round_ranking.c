/* ranking: each member orders answers or options. */
#include <stdlib.h>

#include "common/jx.h"
#include "common/xalloc.h"
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

static const struct choosing choosing = {
    .candidates = CANDIDATES_ANSWERS,
    .form = FORM_RANKING,
    .aggregator = &aggregator_borda,
};

static char *instructions(const struct round *r)
{
    return xasprintf("%s Give your reasons first. Then order all candidates from best to worst.",
                     j_str(r->opts, "question", "Which candidate answers the task best?"));
}

static bool over_answers(const struct round *r)
{
    return choosing_over_answers(r, &choosing);
}

static bool can_ask(struct round *r, struct seat *s)
{
    return choosing_can_ask(r, s, &choosing);
}

static void prepare(struct round *r, struct seat_call *c)
{
    char *text = instructions(r);
    choosing_prepare(r, c, &choosing, text);
    free(text);
}

static enum conclusion conclude(struct round *r)
{
    return choosing_conclude(r, &choosing);
}

static void watch(struct round *r)
{
    choosing_watch(r, &choosing);
}

const struct round_type round_ranking = {
    .kind = &ROUND_KINDS[ROUND_TYPE_RANKING],
    .over_answers = over_answers,
    .can_ask = can_ask,
    .prepare = prepare,
    .conclude = conclude,
    .watch = watch,
    .converged = converged_order,
    .iterations = 3,
    .release = counting_release,
};
