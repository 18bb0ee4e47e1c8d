/* critique: members raise objections to all answers and, unless told otherwise, answer again. */
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "common/jx.h"
#include "proto/council/tables/kinds.h"

#include "peers.h"
#include "rounds.h"
#include "runner/deliberation/call/blocks.h"
#include "runner/deliberation/call/prompt.h"
#include "runner/deliberation/form/labels.h"
#include "runner/deliberation/round/answers.h"
#include "runner/deliberation/round/cast.h"
#include "runner/deliberation/round/converge.h"
#include "runner/deliberation/round/iterate_kept.h"
#include "runner/deliberation/round/round_type.h"
#include "runner/deliberation/state/round_state.h"
#include "runner/deliberation/state/seat.h"
#include "runner/deliberation/state/seat_call.h"
#include "runner/deliberation/words/strbuf.h"

static const char instructions[] =
    "Raise the strongest objections to each response above, your own included.";
static const char and_revise[] =
    " Then give your revised answer in full. Change it only for a reason that you can state, never "
    "because many agree. Set changed to true only if its substance changed.";

static void add_points(struct strbuf *out, const struct cast *cast, const char *target)
{
    size_t i;
    json_t *one;
    json_array_foreach (j_get(cast->ballot, "critiques"), i, one) {
        if (strcmp(j_str(one, "target", ""), target) == 0)
            strbuf_addf(out, "(%s) %s\n", j_str(one, "severity", "minor"), j_str(one, "point", ""));
    }
}

/* What was said against this seat's answer in the iteration before. */
static void show_critiques(struct prompt *p)
{
    struct seat_call *c = p->call;
    const struct cast *cast;
    LL_FOREACH (c->round->iterate ? iterate_casts_before(c->round->iterate) : NULL, cast) {
        struct strbuf points = STRBUF_INIT;
        if (cast->seat != c->seat)
            add_points(&points, cast, c->seat->id);
        if (points.len > 0) {
            char *text = prompt_names(p, points.text, cast->map);
            prompt_block(p, "critique", label_of(c->map, cast->seat->id), "on your answer", text);
            free(text);
        }
        strbuf_release(&points);
    }
}

static void prepare(struct round *r, struct seat_call *c)
{
    struct prompt p;
    prompt_init(&p, c);
    peers_show(&p, true);
    show_critiques(&p);
    peers_ask(&p, c, instructions, round_sets_answers(r) ? and_revise : NULL);
}

const struct round_type round_critique = {
    .kind = &ROUND_KINDS[ROUND_TYPE_CRITIQUE],
    .needs_answers = true,
    .can_ask = peers_can_ask,
    .prepare = prepare,
    .converged = converged_if_revised,
    .answer = "revised_answer",
};
