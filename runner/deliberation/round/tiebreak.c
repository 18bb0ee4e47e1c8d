#include "tiebreak.h"

#include "common/jx.h"

#include "runner/deliberation/call/blocks.h"
#include "runner/deliberation/call/call.h"
#include "runner/deliberation/call/prompt.h"
#include "runner/deliberation/count/ties.h"
#include "runner/deliberation/form/form.h"
#include "runner/deliberation/form/labels.h"
#include "runner/deliberation/state/council_data.h"
#include "runner/deliberation/state/round_state.h"
#include "runner/deliberation/state/seat.h"
#include "runner/deliberation/state/seat_call.h"
#include "runner/deliberation/words/strbuf.h"
#include "tallying.h"

static const char tiebreak_instructions[] =
    "The council is tied between the options below. Decide; give your reasons first.\n";

static void list_tied(const struct counting *k, const struct seat_call *c, const json_t *texts,
                      struct prompt *p)
{
    for (int i = 0; i < k->n; i++) {
        if (!k->tally.leader[i])
            continue;
        const char *label = c->form.map ? label_of(c->form.map, k->name[i]) : NULL;
        const char *text = j_str(texts, k->name[i], NULL);
        strbuf_addf(&p->part, "\n- %s%s%s", label ? label : k->name[i], text ? ": " : "",
                    text ? text : "");
    }
}

void tiebreak_ask(struct round *r, struct counting *k, const struct count_of *what)
{
    struct prompt p;
    bool over_members = what->over == OVER_MEMBERS;
    struct seat_call *c = call_new(r, r->council->chair, CALL_KIND_TIEBREAK, NULL);
    json_t *tied = j_array();
    for (int i = 0; i < k->n; i++)
        if (k->tally.leader[i])
            j_add(tied, j_string(k->name[i]));
    c->map = r->council->labels;
    form_init(&c->form, FORM_VOTE);
    c->form.map = over_members ? c->map : NULL;
    c->form.presented = json_incref(tied);
    form_build(&c->form);
    prompt_init(&p, c);
    for (size_t i = 0; over_members && i < json_array_size(tied); i++) {
        struct seat *s = council_seat(r->council, json_string_value(json_array_get(tied, i)));
        if (s && s->answer.text)
            prompt_answer(&p, s, false, false);
    }
    strbuf_str(&p.part, tiebreak_instructions);
    list_tied(k, c, what->texts, &p);
    prompt_finish(&p);
    json_decref(tied);
    round_add_call(r, c);
    k->tiebreak = c;
}

void tiebreak_take(struct counting *k)
{
    const char *choice =
        call_ok(k->tiebreak) ? j_str(k->tiebreak->reading.ballot, "choice", NULL) : NULL;
    ties_choose(&k->tally, choice ? counting_find(k, choice, false) : -1);
    k->tiebreak = NULL;
}
