/* anonymized_peer_review: members rank the answers of the others, whose names they do not see. */
#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"

#include "borda.h"
#include "json.h"
#include "peer_report.h"
#include "rounds.h"
#include "ties.h"

static const char ranking_instructions[] =
    "Judge each response above: correctness first, then completeness, reasoning, clarity. Length "
    "and a confident tone are no merits. Labels and order mean nothing. Assess each response in a "
    "sentence or two, then order all of them from best to worst.";

json_t *judged_by(const struct round *r, const struct seat *reader)
{
    struct council *c = r->council;
    json_t *ids = j_array();
    for (int i = 0; i < c->n; i++) {
        struct seat *w = &c->members[i];
        if (w->answer.text && !w->eliminated && !round_excludes(r, reader, w))
            j_add(ids, j_string(w->id));
    }
    return ids;
}

void present_answers(struct prompt *p, json_t *ids)
{
    size_t i;
    json_t *id;
    struct call *c = p->call;
    c->presented_ids = presented_order(c, "order", ids);
    c->presented = j_array();
    json_array_foreach (c->presented_ids, i, id) {
        const char *name = json_string_value(id);
        j_add(c->presented, j_string(label_of(c->map, name)));
        prompt_answer(p, council_seat(c->council, name), strcmp(name, c->seat->id) == 0, false);
    }
}

static bool can_ask(struct round *r, struct seat *s)
{
    json_t *ids = judged_by(r, s);
    bool any = json_array_size(ids) > 0;
    json_decref(ids);
    return any;
}

static char *rubric_instructions(const struct round *r)
{
    size_t i;
    json_t *criterion;
    json_t *scale = j_get(r->opts, "scale");
    struct strbuf text = STRBUF_INIT;
    strbuf_addf(&text, "Score each response from %g to %g on every criterion:\n",
                j_num(scale, "min", 0), j_num(scale, "max", 10));
    json_array_foreach (j_get(r->opts, "rubric"), i, criterion) {
        strbuf_addf(&text, "- %s: %s\n", j_str(criterion, "id", ""), j_str(criterion, "text", ""));
    }
    strbuf_str(&text, "Length and a confident tone are no merits. Labels and order mean nothing. "
                      "Then order all responses from best to worst.");
    return strbuf_take(&text);
}

static void prepare(struct round *r, struct call *c)
{
    struct prompt p;
    json_t *rubric = j_get(r->opts, "rubric"), *scale = j_get(r->opts, "scale");
    bool scores = json_array_size(rubric) > 0;
    json_t *ids = judged_by(r, c->seat);
    prompt_init(&p, c);
    present_answers(&p, ids);
    json_decref(ids);
    form_init(&c->form, scores ? FORM_SCORES : FORM_RANKING);
    c->form.map = c->map;
    c->form.presented = json_incref(c->presented_ids);
    c->form.self = j_array_has(c->presented_ids, c->seat->id) ? NULL : c->seat->id;
    c->form.min = j_num(scale, "min", 0);
    c->form.max = j_num(scale, "max", 10);
    c->form.rubric = scores ? json_incref(rubric) : NULL;
    c->form.ceiling = j_str(r->opts, "ceiling", NULL);
    form_build(&c->form);
    char *text = scores ? rubric_instructions(r) : NULL;
    prompt_instructions(&p, scores ? text : ranking_instructions);
    free(text);
    prompt_finish(&p);
}

/* Mean score of every criterion over the judges, per candidate. */
static json_t *rubric_means(const struct round *r, const struct electorate *el)
{
    json_t *means = j_object();
    for (int i = 0; i < el->n; i++) {
        size_t k;
        json_t *criterion, *own = j_object();
        json_array_foreach (j_get(r->opts, "rubric"), k, criterion) {
            const char *id = j_str(criterion, "id", "");
            double sum = 0;
            int n = 0;
            struct call *c;
            DL_FOREACH (r->calls, c) {
                json_t *all = call_ok(c) ? j_get(c->reading.ballot, "criteria") : NULL;
                json_t *scores = j_get(all, el->names[i]);
                if (!j_is_number(scores, id))
                    continue;
                sum += j_num(scores, id, 0);
                n++;
            }
            j_set(own, id, n ? j_real(sum / n) : json_null());
        }
        j_set(means, el->names[i], own);
    }
    return means;
}

static json_t *full_report(struct round *r, const struct electorate *el, const struct ballots *b,
                           const struct tally *t)
{
    json_t *report = peer_report(b, t, el->names);
    j_set(report, "rubric_means", j_get(r->opts, "rubric") ? rubric_means(r, el) : json_null());
    j_set(report, "label_to_id",
          label_map_json(r->own_labels ? r->own_labels : r->council->labels));
    return report;
}

static enum conclusion conclude(struct round *r)
{
    struct electorate el;
    struct ballots b;
    struct tally t;
    int imputed = 0;
    size_t next = 0;
    const char *partial = j_str(r->opts, "partial", "average");
    json_t *rules = j_get(r->opts, "tie_break");
    electorate_of_members(&el, r->council);
    ballots_init(&b, el.n);
    collect_ballots(r, &el, &b, &imputed);
    borda_count(&b, strcmp(partial, "zero") == 0 ? BORDA_ZERO : BORDA_AVERAGE, el.names, &t);
    json_t *standard = xcheck(json_pack("[ss]", "pairwise", "none"));
    struct tie_facts facts = {.ballots = &b, .names = el.names};
    ties_run(&t, rules ? rules : standard, &next, &facts);
    json_decref(standard);
    if (imputed)
        j_set(t.raw, "imputed", j_integer(imputed));
    r->aggregate = aggregate_json(r, "peer_ranking", "members", &el, &t);
    j_set(r->aggregate, "report", full_report(r, &el, &b, &t));
    r->agreement = (ballots_mean_tau(&b) + 1) / 2;
    r->by_members = true;
    tally_release(&t);
    ballots_release(&b);
    electorate_release(&el);
    return CONCLUDED;
}

const struct round_type round_anonymized_peer_review = {
    .name = "anonymized_peer_review",
    .needs_answers = true,
    .can_ask = can_ask,
    .prepare = prepare,
    .conclude = conclude,
};
