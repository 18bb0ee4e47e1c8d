/* synthesis: the chair writes the final answer; when it cannot, its fallbacks are asked in turn. */
#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"

#include "json.h"
#include "rounds.h"

static const char instructions[] =
    "You chair the council. Write the one final answer to the task. Weigh arguments and evidence, "
    "not the number of members behind them. Keep what is right in any response, correct what is "
    "wrong, and say openly what stays in dispute. Do not speak of labels, members or the council "
    "unless the task asks for it.";

static json_t *shown_candidates(const struct round *r)
{
    struct council *c = r->council;
    bool all = strcmp(j_str(r->opts, "scope", "auto"), "all") == 0;
    json_t *ids = j_array();
    for (int i = 0; i < c->n; i++)
        if (c->members[i].answer.text && (all || !c->members[i].eliminated))
            j_add(ids, j_string(c->members[i].id));
    return ids;
}

static void show_reviews(struct prompt *p)
{
    struct review *v;
    struct call *c = p->call;
    if (!j_bool(c->round->opts, "include_reviews", true))
        return;
    LL_FOREACH (c->council->reviews, v) {
        const char *label = label_of(c->map, v->writer);
        char *note = xasprintf("review in round %s", v->round);
        char *text = v->map && v->map != c->map ? label_translate(v->text, v->map, c->map)
                                                : xstrdup(v->text);
        prompt_block(p, "review", label ? label : v->writer, note, text);
        free(text);
        free(note);
    }
}

static const char *candidate_name(const struct call *c, const json_t *aggregate, const char *id)
{
    const char *label = label_of(c->map, id);
    return label && strcmp(j_str(aggregate, "over", ""), "members") == 0 ? label : id;
}

static void write_names(struct strbuf *out, const struct call *c, const json_t *aggregate,
                        const json_t *ids)
{
    size_t i;
    json_t *id;
    json_array_foreach (ids, i, id) {
        const char *name = json_string_value(id);
        json_t *score = j_get(j_get(aggregate, "scores"), name);
        strbuf_addf(out, "%s%s", i ? ", " : "", candidate_name(c, aggregate, name));
        if (score)
            strbuf_addf(out, " (%.4g)", json_number_value(score));
    }
}

static void write_tally(struct strbuf *out, const struct call *c, const json_t *round)
{
    size_t i;
    json_t *level, *a = j_get(round, "aggregate");
    const char *winner = j_str(a, "winner", NULL);
    strbuf_addf(out, "Count of round %s (%s): ", j_str(round, "name", ""),
                j_str(a, "aggregator", ""));
    json_array_foreach (j_get(a, "order"), i, level) {
        strbuf_str(out, i ? "; " : "");
        write_names(out, c, a, level);
    }
    if (winner)
        strbuf_addf(out, ". First: %s.\n", candidate_name(c, a, winner));
    else if (json_array_size(j_get(a, "tied")) > 0) {
        strbuf_str(out, ". A tie for the first place: ");
        write_names(out, c, a, j_get(a, "tied"));
        strbuf_str(out, ".\n");
    } else {
        strbuf_str(out, ". No winner.\n");
    }
}

static void show_tallies(struct prompt *p, int shown)
{
    size_t i;
    json_t *round;
    struct council *c = p->call->council;
    json_array_foreach (c->rounds, i, round) {
        if (j_get(round, "aggregate"))
            write_tally(&p->notes, p->call, round);
    }
    if (shown < c->n)
        strbuf_addf(&p->notes, "%d of %d seats have no answer here.\n", c->n - shown, c->n);
}

static void chair_form(struct call *c)
{
    json_t *schema = j_get(c->seat->doc, "output_schema_inline");
    if (schema) {
        form_init(&c->form, FORM_SCHEMA);
        c->form.name = j_str(c->seat->doc, "output_schema", "answer");
        c->form.schema = json_incref(schema);
    } else {
        form_init(&c->form, FORM_TEXT);
        c->form.tail_confidence = seat_self_reports(c->seat);
    }
    c->form.map = c->map;
    form_build(&c->form);
}

static void prepare(struct round *r, struct call *c)
{
    struct prompt p;
    json_t *ids = shown_candidates(r);
    c->map = c->council->labels;
    chair_form(c);
    prompt_init(&p, c);
    present_answers(&p, ids);
    show_reviews(&p);
    show_tallies(&p, (int)json_array_size(ids));
    json_decref(ids);
    prompt_instructions(&p, instructions);
    prompt_finish(&p);
}

static struct call *last_chair(const struct round *r)
{
    return r->calls ? r->calls->prev : NULL;
}

static bool ask_next(struct round *r)
{
    struct council *c = r->council;
    if (c->e->cancel || c->out_of_time || r->chair_tries > c->fallbacks)
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
    struct call *call = call_new(r, s, "chair", NULL);
    round_add_call(r, call);
    prepare(r, call);
    return true;
}

static enum conclusion conclude(struct round *r)
{
    struct council *c = r->council;
    struct call *last = last_chair(r);
    if (last && call_ok(last)) {
        c->chair_call = last;
        c->chair_source = r->chair_tries > 1 ? "fallback_chair" : "chair";
        return CONCLUDED;
    }
    return ask_next(r) ? MORE_CALLS : CONCLUDED;
}

const struct round_type round_synthesis = {
    .name = "synthesis",
    .chair = true,
    .prepare = prepare,
    .conclude = conclude,
};
