#include "chairing.h"

#include <stdlib.h>
#include <utlist.h>

#include "common/jx.h"
#include "proto/council/tables/words.h"

#include "chair_notes.h"
#include "runner/deliberation/call/blocks.h"
#include "runner/deliberation/call/call.h"
#include "runner/deliberation/call/prompt.h"
#include "runner/deliberation/form/form.h"
#include "runner/deliberation/round/candidates.h"
#include "runner/deliberation/round/option_list.h"
#include "runner/deliberation/round/round_type.h"
#include "runner/deliberation/round/stage.h"
#include "runner/deliberation/state/council_data.h"
#include "runner/deliberation/state/outbox.h"
#include "runner/deliberation/state/round_state.h"
#include "runner/deliberation/state/seat.h"
#include "runner/deliberation/state/seat_call.h"
#include "runner/deliberation/words/need.h"
#include "runner/deliberation/words/strbuf.h"

static const char opening[] = "You chair the council. ";

static const char write_it[] = "Write the one final answer to the task. ";

static const char answer_it[] =
    "Give the council's one answer to the request in the task, in the form below. ";

static const char weigh[] = "Weigh arguments and evidence, not the number of members behind them. ";

static const char no_praise[] = "What a response says of itself is no merit. ";

static const char keep[] = "Keep what is right in any response, correct what is wrong, and say "
                           "openly what stays in dispute. Do not speak of labels, members or the "
                           "council unless the task asks for it.";

static const char select_one[] =
    "Choose the response that answers the task best: correctness first. " PROMPT_NO_MERIT;

static const char give_verdict[] =
    "Give the council's verdict: choose exactly one option by its id.";

static const char list_dissent[] =
    " Also list every point in dispute with those who hold it, named as above.";

static int mode_of(const struct round *r)
{
    return need_word(r->opts, "mode", CHAIR_MODE_NAMES);
}

static bool synthesizes(const struct round *r)
{
    return mode_of(r) == CHAIR_MODE_SYNTHESIZE;
}

static bool selects(const struct round *r)
{
    return mode_of(r) == CHAIR_MODE_SELECT;
}

static char *instructions(const struct round *r, const char *extra)
{
    struct strbuf out = STRBUF_INIT;
    bool verdict = mode_of(r) == CHAIR_MODE_VERDICT;
    strbuf_str(&out, opening);
    if (synthesizes(r))
        strbuf_str(&out, r->council->wanted ? answer_it : write_it);
    strbuf_str(&out, weigh);
    strbuf_str(&out, selects(r) ? "" : no_praise);
    strbuf_str(&out, synthesizes(r) ? keep : verdict ? give_verdict : select_one);
    strbuf_str(&out, extra);
    if (synthesizes(r) && need_bool(r->opts, "extract_dissent"))
        strbuf_str(&out, list_dissent);
    return strbuf_take(&out);
}

static json_t *shown_candidates(const struct round *r)
{
    struct council *c = r->council;
    bool all = need_word(r->opts, "scope", CHAIR_SCOPE_NAMES) == CHAIR_SCOPE_ALL;
    json_t *ids = j_array();
    for (int i = 0; i < c->n; i++)
        if (c->members[i].answer.text && (all || !c->members[i].eliminated))
            j_add(ids, j_string(c->members[i].id));
    return ids;
}

static void choice_form(struct seat_call *c)
{
    bool verdict = mode_of(c->round) == CHAIR_MODE_VERDICT;
    form_init(&c->form, FORM_VOTE);
    c->form.map = verdict ? NULL : c->map;
    c->form.presented = verdict ? option_ids(c->round) : json_incref(c->presented_ids);
}

static void chair_form(struct seat_call *c)
{
    json_t *schema = j_get(c->seat->doc, "output_schema_inline");
    if (!synthesizes(c->round)) {
        choice_form(c);
    } else if (need_bool(c->round->opts, "extract_dissent")) {
        form_init(&c->form, FORM_DISSENT);
        c->form.map = c->map;
        c->form.presented = json_incref(c->presented_ids);
    } else if (schema) {
        form_init(&c->form, FORM_SCHEMA);
        c->form.name = j_str(c->seat->doc, "output_schema", "answer");
        c->form.schema = json_incref(schema);
    } else if (c->council->wanted) {
        form_share(&c->form, c->council->wanted);
        return;
    } else {
        form_init(&c->form, FORM_TEXT);
        c->form.tail_confidence = seat_confidence_by(c->seat, CONFIDENCE_METHOD_SELF_REPORT);
    }
    form_build(&c->form);
}

static void list_options(struct prompt *p)
{
    const struct round *r = p->call->round;
    if (mode_of(r) != CHAIR_MODE_VERDICT)
        return;
    json_t *ids = option_ids(r), *texts = option_texts(r);
    strbuf_str(&p->part, "\n\nOptions:\n");
    option_list(&p->part, ids, texts);
    json_decref(ids);
    json_decref(texts);
}

/* Where members read each other by id, what they wrote has ids in it, and the chair reads ids too;
 * one that chooses between them reads labels. */
static const struct label_map *names_for(const struct round *r)
{
    const struct council *c = r->council;
    bool reviews = need_bool(r->opts, "include_reviews"), by_id = false;
    const struct review *v;
    LL_FOREACH (reviews ? c->reviews : NULL, v)
        by_id |= v->map == c->ids;
    for (int i = 0; i < c->n; i++)
        by_id |= c->members[i].answer.map == c->ids;
    return by_id && !selects(r) ? c->ids : c->labels;
}

static unsigned told_of(const struct round *r)
{
    unsigned roles = need_bool(r->opts, "show_roles") ? ANSWER_ROLE : 0;
    return selects(r) ? ANSWER_BLIND : roles | ANSWER_AGE | ANSWER_CONFIDENCE;
}

void chairing_prepare(struct round *r, struct seat_call *c, const struct chairing *k)
{
    struct prompt p;
    json_t *ids = shown_candidates(r);
    c->map = names_for(r);
    prompt_init(&p, c);
    present_answers(&p, ids, told_of(r));
    chair_show_reviews(&p);
    chair_show_tallies(&p, (int)json_array_size(ids));
    if (k->note)
        k->note(&p, ids);
    json_decref(ids);
    chair_form(c);
    char *text = instructions(r, k->instructions);
    prompt_instructions(&p, text);
    free(text);
    list_options(&p);
    prompt_finish(&p);
}

static struct seat_call *last_chair(const struct round *r)
{
    return r->calls ? r->calls->prev : NULL;
}

static bool ask_next(struct round *r)
{
    struct council *c = r->council;
    if (council_cancelled(c) || c->out_of_time || r->chair_tries > c->fallbacks)
        return false;
    struct seat *s = r->chair_tries == 0 ? c->chair : &c->fallback[r->chair_tries - 1];
    if (r->chair_tries > 0) {
        engine_warn(c->e, r, "chair_fallback", s->id, "the chair failed; a fallback is asked",
                    NULL);
        j_add(r->asked, j_string(s->id));
    }
    if (r->chair_tries == 1)
        council_degrade(c, "chair_fallback", r, s->id, NULL);
    r->chair_tries++;
    struct seat_call *call = call_new(r, s, CALL_KIND_CHAIR, NULL);
    round_add_call(r, call);
    r->type->prepare(r, call);
    return true;
}

enum conclusion chairing_conclude(struct round *r)
{
    struct council *c = r->council;
    struct seat_call *last = last_chair(r);
    if (last && call_ok(last)) {
        c->chair_call = last;
        c->chair_source = r->chair_tries > 1 ? "fallback_chair" : "chair";
        return CONCLUDED;
    }
    return ask_next(r) ? MORE_CALLS : CONCLUDED;
}
