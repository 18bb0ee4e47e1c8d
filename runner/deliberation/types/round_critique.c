/* peer_review, critique and debate: members read each other and, where asked to, answer again. */
#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"

#include "rounds.h"
#include "runner/deliberation/round/iterate.h"
#include "common/jx.h"

static const char review_instructions[] =
    "Review each answer above. Say what is right, what is wrong or unsupported, and what is "
    "missing; name the exact statement you mean. Check claims yourself: that several members say "
    "the same is no proof.";
static const char review_revise[] =
    " Then give your own answer again, revised where you have a reason. Set changed to true only "
    "if its substance changed.";
static const char critique_instructions[] =
    "Raise the strongest objections to each response above, your own included.";
static const char critique_revise[] =
    " Then give your revised answer in full. Change it only for a reason that you can state, never "
    "because many agree. Set changed to true only if its substance changed.";
static const char debate_instructions[] =
    "State the best argument above against your position and answer it. Then give your full answer "
    "again. Change it only for a reason that you can state, never because many agree.";

static bool revises(const struct round *r)
{
    return round_sets_answers(r);
}

static bool attributed(const struct round *r, const char *absent)
{
    return strcmp(j_str(r->opts, "attribution", absent), "ids") == 0;
}

static bool can_ask(struct round *r, struct seat *s)
{
    json_t *ids = judged_by(r, s);
    bool any = false;
    for (size_t i = 0; i < json_array_size(ids); i++)
        any |= strcmp(json_string_value(json_array_get(ids, i)), s->id) != 0;
    json_decref(ids);
    return any;
}

/* The answers of the others, with the own one where the round shows it. */
static void show(struct prompt *p, bool with_own, bool by_id)
{
    size_t i;
    json_t *id;
    struct seat_call *c = p->call;
    json_t *ids = judged_by(c->round, c->seat);
    if (with_own && c->seat->answer.text && !j_array_has(ids, c->seat->id))
        j_add(ids, j_string(c->seat->id));
    c->presented_ids = presented_order(c, "order", ids);
    c->presented = j_array();
    json_array_foreach (c->presented_ids, i, id) {
        const char *name = json_string_value(id);
        j_add(c->presented, j_string(by_id ? name : label_of(c->map, name)));
        prompt_answer(p, council_seat(c->council, name), strcmp(name, c->seat->id) == 0, by_id);
    }
    json_decref(ids);
}

static void critique_form(struct seat_call *c, bool by_id)
{
    form_init(&c->form, FORM_CRITIQUE);
    c->form.map = by_id ? NULL : c->map;
    c->form.presented = json_incref(c->presented_ids);
    form_build(&c->form);
}

static void review_form(struct seat_call *c)
{
    form_init(&c->form, FORM_TEXT);
    c->form.tail_confidence = seat_self_reports(c->seat);
    form_build(&c->form);
}

/* What was said against this seat's answer in the iteration before. */
static void show_critiques(struct prompt *p)
{
    struct seat_call *c = p->call;
    const struct cast *cast;
    LL_FOREACH (c->round->loop ? loop_casts_before(c->round->loop) : NULL, cast) {
        size_t i;
        json_t *one;
        struct strbuf text = STRBUF_INIT;
        if (cast->seat == c->seat)
            continue;
        json_array_foreach (j_get(cast->ballot, "critiques"), i, one) {
            if (strcmp(j_str(one, "target", ""), c->seat->id) == 0)
                strbuf_addf(&text, "(%s) %s\n", j_str(one, "severity", "minor"),
                            j_str(one, "point", ""));
        }
        if (text.len > 0)
            prompt_block(p, "critique", label_of(c->map, cast->seat->id), "critique of yours",
                         text.text);
        strbuf_release(&text);
    }
}

static void prepare_review(struct round *r, struct seat_call *c)
{
    struct prompt p;
    bool by_id = attributed(r, "ids");
    prompt_init(&p, c);
    show(&p, revises(r), by_id);
    if (revises(r))
        critique_form(c, by_id);
    else
        review_form(c);
    char *text = xasprintf("%s%s", review_instructions, revises(r) ? review_revise : "");
    prompt_instructions(&p, text);
    free(text);
    prompt_finish(&p);
}

static void prepare_critique(struct round *r, struct seat_call *c)
{
    struct prompt p;
    bool by_id = attributed(r, "labels");
    prompt_init(&p, c);
    show(&p, true, by_id);
    show_critiques(&p);
    if (revises(r))
        critique_form(c, by_id);
    else
        review_form(c);
    char *text = xasprintf("%s%s", critique_instructions, revises(r) ? critique_revise : "");
    prompt_instructions(&p, text);
    free(text);
    prompt_finish(&p);
}

static void prepare_debate(struct round *r, struct seat_call *c)
{
    struct prompt p;
    const char *stance = j_str(j_get(r->opts, "stances"), c->seat->id, NULL);
    answer_form(c, true);
    form_build(&c->form);
    prompt_init(&p, c);
    show(&p, true, attributed(r, "labels"));
    prompt_instructions(&p, debate_instructions);
    if (stance)
        strbuf_addf(&p.part, " Argue this side, whatever you think yourself: %s%s", stance,
                    stance[0] && stance[strlen(stance) - 1] == '.' ? "" : ".");
    prompt_finish(&p);
}

const struct round_type round_peer_review = {
    .name = "peer_review",
    .revises = REVISES_IF_ASKED,
    .needs_answers = true,
    .can_ask = can_ask,
    .prepare = prepare_review,
};

const struct round_type round_critique = {
    .name = "critique",
    .revises = REVISES_UNLESS_TOLD,
    .needs_answers = true,
    .can_ask = can_ask,
    .prepare = prepare_critique,
};

const struct round_type round_debate = {
    .name = "debate",
    .answers = true,
    .needs_answers = true,
    .can_ask = can_ask,
    .prepare = prepare_debate,
};
