#include "choosing.h"

#include <stdlib.h>

#include "common/jx.h"
#include "proto/council/tables/words.h"

#include "runner/deliberation/call/blocks.h"
#include "runner/deliberation/call/prompt.h"
#include "runner/deliberation/form/form.h"
#include "runner/deliberation/round/candidates.h"
#include "runner/deliberation/round/counting.h"
#include "runner/deliberation/round/early.h"
#include "runner/deliberation/round/option_list.h"
#include "runner/deliberation/round/stage.h"
#include "runner/deliberation/round/tallying.h"
#include "runner/deliberation/state/council_data.h"
#include "runner/deliberation/state/round_state.h"
#include "runner/deliberation/state/seat.h"
#include "runner/deliberation/state/seat_call.h"
#include "runner/deliberation/words/need.h"
#include "runner/deliberation/words/strbuf.h"

static int candidates_of(const struct round *r)
{
    return need_word(r->opts, "candidates", CANDIDATES_NAMES);
}

bool choosing_free(const struct round *r)
{
    return candidates_of(r) == CANDIDATES_FREE;
}

bool choosing_over_answers(const struct round *r)
{
    return candidates_of(r) == CANDIDATES_ANSWERS;
}

bool choosing_can_ask(struct round *r, struct seat *s)
{
    if (!choosing_over_answers(r))
        return true;
    json_t *ids = judged_by(r, s);
    bool any = json_array_size(ids) > 0;
    json_decref(ids);
    return any;
}

static void show_answers(struct prompt *p)
{
    struct seat_call *c = p->call;
    int show = need_word(c->round->opts, "show", SHOW_NAMES);
    for (int i = 0; i < c->council->n; i++) {
        struct seat *w = &c->council->members[i];
        bool own = w == c->seat, wanted = own ? show != SHOW_NONE : show == SHOW_ALL;
        if (wanted && w->answer.text && !w->eliminated)
            prompt_answer(p, w, ANSWER_OWN | ANSWER_AGE);
    }
}

static void list_options(struct prompt *p)
{
    json_t *texts = option_texts(p->call->round);
    strbuf_str(&p->part, "\n\nOptions:\n");
    option_list(&p->part, p->call->presented_ids, texts);
    json_decref(texts);
}

static void fill_form(struct round *r, struct seat_call *c, const struct choosing *k)
{
    bool over_answers = choosing_over_answers(r);
    form_init(&c->form, k->form);
    c->form.presented = json_incref(c->presented_ids);
    c->form.map = over_answers ? c->map : NULL;
    if (over_answers && !j_array_has(c->presented_ids, c->seat->id))
        c->form.self = c->seat->id;
    c->form.min = k->min;
    c->form.max = k->max;
    c->form.abstain = k->abstain;
    c->form.free = choosing_free(r);
    form_build(&c->form);
}

void choosing_prepare(struct round *r, struct seat_call *c, const struct choosing *k,
                      const char *instructions)
{
    struct prompt p;
    bool over_answers = choosing_over_answers(r);
    prompt_init(&p, c);
    if (over_answers) {
        json_t *ids = judged_by(r, c->seat);
        present_answers(&p, ids, ANSWER_BLIND);
        json_decref(ids);
    } else {
        json_t *ids = option_ids(r);
        show_answers(&p);
        c->presented_ids = presented_order(c, "options", ids);
        c->presented = json_incref(c->presented_ids);
        json_decref(ids);
    }
    fill_form(r, c, k);
    prompt_instructions(&p, instructions);
    if (!over_answers && !c->form.free)
        list_options(&p);
    prompt_finish(&p);
}

static struct count_of what_of(struct round *r)
{
    struct count_of what = {0};
    int kind = candidates_of(r);
    bool over_answers = choosing_over_answers(r);
    what.over = over_answers ? OVER_MEMBERS : kind == CANDIDATES_OPTIONS ? OVER_OPTIONS : OVER_FREE;
    if (over_answers) {
        what.candidates = candidate_ids(r->council);
    } else if (kind == CANDIDATES_OPTIONS) {
        what.candidates = option_ids(r);
        what.texts = option_texts(r);
    }
    return what;
}

enum conclusion choosing_conclude(struct round *r)
{
    struct count_of what = what_of(r);
    enum conclusion c = counting_conclude(r, &what);
    json_decref(what.candidates);
    json_decref(what.texts);
    return c;
}

void choosing_watch(struct round *r)
{
    struct count_of what = what_of(r);
    counting_watch(r, &what);
    json_decref(what.candidates);
    json_decref(what.texts);
}
