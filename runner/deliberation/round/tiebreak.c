#include "tiebreak.h"

#include "common/jx.h"
#include "proto/council/tables/words.h"

#include "option_list.h"
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

static const char of_answers[] =
    "The council is tied between the responses above. Decide which of them answers the task best: "
    "correctness first. " PROMPT_NO_MERIT " Give your reasons first.";
static const char of_choices[] =
    "The council was asked: %s\nIt is tied between the choices above. Decide which of them is "
    "right. Give your reasons first.";
static const char of_options[] =
    "The council was asked: %s\nIt is tied between the options below. Decide which of them is "
    "right. Give your reasons first.\n\nOptions:\n";

static json_t *tied_names(const struct counting *k)
{
    json_t *tied = j_array();
    for (int i = 0; i < k->n; i++)
        if (k->tally.leader[i])
            j_add(tied, j_string(k->name[i]));
    return tied;
}

static void show_answers(struct prompt *p, const json_t *tied)
{
    size_t i;
    json_t *id;
    json_array_foreach (tied, i, id) {
        const struct seat *s = council_seat(p->call->council, json_string_value(id));
        if (s && s->answer.text)
            prompt_answer(p, s, ANSWER_BLIND);
    }
    strbuf_str(&p->part, of_answers);
}

/* Choices in the members' own words: each has a label, and stands behind it in a fence. */
static void show_choices(struct prompt *p, const json_t *tied, const char *question)
{
    size_t i;
    json_t *words;
    json_array_foreach (tied, i, words) {
        const char *text = json_string_value(words);
        prompt_block(p, "choice", label_of(p->call->map, text), NULL, text);
    }
    strbuf_addf(&p->part, of_choices, question);
}

static void fill(struct prompt *p, json_t *tied, const struct count_of *what)
{
    struct seat_call *c = p->call;
    const char *question =
        j_str(c->round->opts, "question",
              what->over == OVER_FREE ? "What is the right answer to the task?"
                                      : "Which option is the right answer to the task?");
    if (what->over == OVER_MEMBERS) {
        show_answers(p, tied);
    } else if (what->over == OVER_FREE) {
        show_choices(p, tied, question);
    } else {
        strbuf_addf(&p->part, of_options, question);
        option_list(&p->part, tied, what->texts);
    }
}

void tiebreak_ask(struct round *r, struct counting *k, const struct count_of *what)
{
    struct prompt p;
    struct council *council = r->council;
    struct seat_call *c = call_new(r, council->chair, CALL_KIND_TIEBREAK, NULL);
    json_t *tied = tied_names(k);
    c->map = what->over == OVER_MEMBERS ? council->labels
             : what->over == OVER_FREE  ? council_call_labels(council, c->id, "Choice ", tied)
                                        : NULL;
    form_init(&c->form, FORM_VOTE);
    c->form.map = c->map;
    c->form.presented = json_incref(tied);
    form_build(&c->form);
    prompt_init(&p, c);
    fill(&p, tied, what);
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
