#include "peers.h"

#include <stdlib.h>
#include <string.h>

#include "common/jx.h"
#include "common/xalloc.h"
#include "proto/council/tables/words.h"

#include "runner/deliberation/call/blocks.h"
#include "runner/deliberation/call/prompt.h"
#include "runner/deliberation/form/form.h"
#include "runner/deliberation/round/candidates.h"
#include "runner/deliberation/state/council_data.h"
#include "runner/deliberation/state/round_state.h"
#include "runner/deliberation/state/seat.h"
#include "runner/deliberation/state/seat_call.h"
#include "runner/deliberation/words/need.h"

/* Are answers shown with the ids of their writers? */
static bool attributed(const struct round *r)
{
    return need_word(r->opts, "attribution", ATTRIBUTION_NAMES) == ATTRIBUTION_IDS;
}

bool peers_can_ask(struct round *r, struct seat *s)
{
    json_t *ids = judged_by(r, s);
    bool any = false;
    for (size_t i = 0; i < json_array_size(ids); i++)
        any |= strcmp(json_string_value(json_array_get(ids, i)), s->id) != 0;
    json_decref(ids);
    return any;
}

void peers_show(struct prompt *p, bool with_own)
{
    struct seat_call *c = p->call;
    bool by_id = attributed(c->round);
    unsigned notes = ANSWER_OWN | ANSWER_AGE | (by_id ? ANSWER_ROLE : 0);
    if (by_id)
        c->map = c->council->ids;
    json_t *ids = judged_by(c->round, c->seat);
    if (with_own && c->seat->answer.text && !j_array_has(ids, c->seat->id))
        j_add(ids, j_string(c->seat->id));
    present_answers(p, ids, notes);
    json_decref(ids);
}

static void critique_form(struct seat_call *c)
{
    form_init(&c->form, FORM_CRITIQUE);
    c->form.map = c->map;
    c->form.presented = json_incref(c->presented_ids);
    form_build(&c->form);
}

static void review_form(struct seat_call *c)
{
    form_init(&c->form, FORM_TEXT);
    c->form.tail_confidence = seat_confidence_by(c->seat, CONFIDENCE_METHOD_SELF_REPORT);
    form_build(&c->form);
}

void peers_ask(struct prompt *p, struct seat_call *c, const char *instructions,
               const char *and_revise)
{
    if (and_revise)
        critique_form(c);
    else
        review_form(c);
    char *text = xasprintf("%s%s", instructions, and_revise ? and_revise : "");
    prompt_instructions(p, text);
    free(text);
    prompt_finish(p);
}
