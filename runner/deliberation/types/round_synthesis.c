/* synthesis: the chair writes the final answer; when it cannot, its fallbacks are asked in turn. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"

#include "rounds.h"
#include "runner/deliberation/round/weights.h"
#include "common/jx.h"

static const char opening[] = "You chair the council. ";
static const char write_it[] = "Write the one final answer to the task. ";
static const char weigh[] = "Weigh arguments and evidence, not the number of members behind them. ";
static const char keep[] = "Keep what is right in any response, correct what is wrong, and say "
                           "openly what stays in dispute. Do not speak of labels, members or the "
                           "council unless the task asks for it.";
static const char select_one[] = "Choose the response that answers the task best.";
static const char give_verdict[] =
    "Give the council's verdict: choose exactly one option by its id.";
static const char weighted[] =
    " Each response carries a weight: guidance where arguments do not decide.";
static const char list_dissent[] =
    " Also list every point in dispute with the labels that hold it.";

static const char *mode_of(const struct round *r)
{
    return j_str(r->opts, "mode", "synthesize");
}

static bool synthesizes(const struct round *r)
{
    return strcmp(mode_of(r), "synthesize") == 0;
}

static char *instructions(const struct round *r)
{
    struct strbuf out = STRBUF_INIT;
    bool verdict = strcmp(mode_of(r), "verdict") == 0;
    strbuf_str(&out, opening);
    strbuf_str(&out, synthesizes(r) ? write_it : "");
    strbuf_str(&out, weigh);
    strbuf_str(&out, synthesizes(r) ? keep : verdict ? give_verdict : select_one);
    strbuf_str(&out, r->type == &round_weighted_synthesis ? weighted : "");
    if (synthesizes(r) && j_bool(r->opts, "extract_dissent", false))
        strbuf_str(&out, list_dissent);
    return strbuf_take(&out);
}

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
    struct seat_call *c = p->call;
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

static const char *candidate_name(const struct seat_call *c, const json_t *aggregate, const char *id)
{
    const char *label = label_of(c->map, id);
    return label && strcmp(j_str(aggregate, "over", ""), "members") == 0 ? label : id;
}

static void write_names(struct strbuf *out, const struct seat_call *c, const json_t *aggregate,
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

static void write_tally(struct strbuf *out, const struct seat_call *c, const json_t *round)
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
    if (shown > 0 && shown < c->n)
        strbuf_addf(&p->notes, "%d of %d seats have no answer here.\n", c->n - shown, c->n);
}

/* ---- the form ---- */

static json_t *verdict_ids(const struct round *r)
{
    size_t i;
    json_t *option, *ids = j_array();
    json_array_foreach (j_get(r->opts, "options"), i, option)
        j_add(ids,
              json_is_string(option) ? json_incref(option) : j_string(j_str(option, "id", "")));
    return ids;
}

static void choice_form(struct seat_call *c)
{
    bool verdict = strcmp(mode_of(c->round), "verdict") == 0;
    form_init(&c->form, FORM_VOTE);
    c->form.map = verdict ? NULL : c->map;
    c->form.presented = verdict ? verdict_ids(c->round) : json_incref(c->presented_ids);
}

static void chair_form(struct seat_call *c)
{
    json_t *schema = j_get(c->seat->doc, "output_schema_inline");
    if (!synthesizes(c->round)) {
        choice_form(c);
    } else if (j_bool(c->round->opts, "extract_dissent", false)) {
        form_init(&c->form, FORM_DISSENT);
        c->form.map = c->map;
        c->form.presented = json_incref(c->presented_ids);
    } else if (schema) {
        form_init(&c->form, FORM_SCHEMA);
        c->form.name = j_str(c->seat->doc, "output_schema", "answer");
        c->form.schema = json_incref(schema);
    } else {
        form_init(&c->form, FORM_TEXT);
        c->form.tail_confidence = seat_self_reports(c->seat);
    }
    form_build(&c->form);
}

static void list_options(struct prompt *p)
{
    size_t i;
    json_t *option;
    if (strcmp(mode_of(p->call->round), "verdict") != 0)
        return;
    strbuf_str(&p->part, "\n\nOptions:\n");
    json_array_foreach (j_get(p->call->round->opts, "options"), i, option) {
        const char *id =
            json_is_string(option) ? json_string_value(option) : j_str(option, "id", "");
        const char *text = j_str(option, "text", id);
        strbuf_addf(&p->part, strcmp(id, text) ? "- %s: %s\n" : "- %s\n", id, text);
    }
}

/* ---- weights ---- */

static double source_value(const struct seat *s, const char *source)
{
    if (strcmp(source, "static") == 0)
        return j_num(s->doc, "weight", (double)NAN);
    if (strcmp(source, "confidence") == 0)
        return s->answer.confidence;
    if (strcmp(source, "reliability") == 0)
        return seat_reliability(s);
    return 1;
}

/* The first source that knows at least one of those shown; the others get the mean. */
static void fill_weights(struct council *c, json_t *ids, json_t *sources, double *w)
{
    static const char *const standard[] = {"static", "confidence", "equal"};
    size_t n = json_array_size(ids), known = 0, k = 0;
    double sum = 0;
    size_t count = sources ? json_array_size(sources) : 3;
    for (; k < count && known == 0; k++) {
        const char *source = sources ? json_string_value(json_array_get(sources, k)) : standard[k];
        for (size_t i = 0; i < n; i++) {
            w[i] = source_value(council_seat(c, json_string_value(json_array_get(ids, i))), source);
            known += !isnan(w[i]);
            sum += isnan(w[i]) ? 0 : w[i];
        }
    }
    for (size_t i = 0; i < n; i++)
        w[i] = !isnan(w[i]) ? w[i] : known ? sum / (double)known : 1;
}

static void set_weights(struct round *r, json_t *ids)
{
    size_t n = json_array_size(ids);
    double *w = xcalloc(n + 1, sizeof *w), sum = 0;
    fill_weights(r->council, ids, j_get(r->opts, "sources"), w);
    for (size_t i = 0; i < n; i++)
        sum += w[i];
    json_decref(r->weights);
    r->weights = j_object();
    for (size_t i = 0; i < n; i++)
        j_set(r->weights, json_string_value(json_array_get(ids, i)),
              j_real(sum > 0 ? w[i] / sum : 1.0 / (double)n));
    free(w);
}

static void show_weights(struct prompt *p)
{
    const char *id;
    json_t *w;
    if (!p->call->round->weights)
        return;
    strbuf_str(&p->notes, "Weights, as guidance and not as proof:");
    json_object_foreach (p->call->round->weights, id, w)
        strbuf_addf(&p->notes, " %s %.2f;", label_of(p->call->map, id), json_number_value(w));
    p->notes.text[p->notes.len - 1] = '.';
    strbuf_str(&p->notes, "\n");
}

static void prepare(struct round *r, struct seat_call *c)
{
    struct prompt p;
    json_t *ids = shown_candidates(r);
    c->map = c->council->labels;
    if (r->type == &round_weighted_synthesis)
        set_weights(r, ids);
    prompt_init(&p, c);
    present_answers(&p, ids);
    show_reviews(&p);
    show_tallies(&p, (int)json_array_size(ids));
    show_weights(&p);
    json_decref(ids);
    chair_form(c);
    char *text = instructions(r);
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
    struct seat_call *call = call_new(r, s, "chair", NULL);
    round_add_call(r, call);
    prepare(r, call);
    return true;
}

static enum conclusion conclude(struct round *r)
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

const struct round_type round_synthesis = {
    .name = "synthesis",
    .chair = true,
    .prepare = prepare,
    .conclude = conclude,
};

const struct round_type round_weighted_synthesis = {
    .name = "weighted_synthesis",
    .chair = true,
    .prepare = prepare,
    .conclude = conclude,
};
