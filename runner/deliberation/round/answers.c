#include "answers.h"

#include <stdlib.h>

#include "common/xalloc.h"
#include "proto/council/tables/kinds.h"

#include "round_type.h"
#include "runner/deliberation/state/council_data.h"
#include "runner/deliberation/state/round_state.h"
#include "runner/deliberation/state/seat.h"
#include "runner/deliberation/state/seat_call.h"
#include "runner/deliberation/words/need.h"
#include "runner/deliberation/words/text.h"
#include "stage.h"

void round_set_answer(struct round *r, struct seat_call *c)
{
    struct answer *a = &c->seat->answer;
    answer_release(a);
    a->content = xstrdup(c->reading.answer);
    a->text = xstrdup(c->reading.shown && !c->reading.ballot ? c->reading.shown : a->content);
    a->rebuttal = c->reading.rebuttal ? xstrdup(c->reading.rebuttal) : NULL;
    a->parsed = json_incref(c->reading.parsed);
    a->index = r->index;
    a->iteration = r->iteration;
    a->confidence = c->reading.confidence;
    a->map = c->map;
}

static enum conclusion set_answers(struct round *r)
{
    struct council *council = r->council;
    if (!round_sets_answers(r))
        return CONCLUDED;
    for (int i = 0; i < council->n; i++) {
        struct seat *s = &council->members[i];
        struct seat_call *c = round_call_of(r, s->id);
        if (c && call_ok(c) && c->reading.answer)
            round_set_answer(r, c);
        else if (s->answer.text && (c || s->unavailable))
            s->answer.stale = true;
    }
    return CONCLUDED;
}

bool round_sets_answers(const struct round *r)
{
    if (r->type->kind->answers == ANSWERS_REVISED)
        return need_bool(r->opts, "revise");
    return r->type->kind->answers == ANSWERS_ALWAYS;
}

double council_text_agreement(const struct council *c)
{
    const char **texts = xcalloc((size_t)c->n + 1, sizeof *texts);
    int n = 0;
    for (int i = 0; i < c->n; i++)
        if (c->members[i].answer.text && !c->members[i].eliminated)
            texts[n++] = c->members[i].answer.text;
    double mean = text_mean_similarity(texts, n);
    free(texts);
    return mean;
}

const struct round_stage answers_stage = {.after = set_answers};
