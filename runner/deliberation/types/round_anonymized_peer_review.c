/* anonymized_peer_review: members rank the answers of the others, whose names they do not see. */
#include <stdlib.h>
#include <utlist.h>

#include "common/jx.h"
#include "proto/council/tables/kinds.h"

#include "rounds.h"
#include "runner/deliberation/call/blocks.h"
#include "runner/deliberation/call/prompt.h"
#include "runner/deliberation/count/aggregator.h"
#include "runner/deliberation/form/form.h"
#include "runner/deliberation/form/labels.h"
#include "runner/deliberation/round/candidates.h"
#include "runner/deliberation/round/converge.h"
#include "runner/deliberation/round/counting.h"
#include "runner/deliberation/round/early.h"
#include "runner/deliberation/round/round_type.h"
#include "runner/deliberation/round/stage.h"
#include "runner/deliberation/round/tallying.h"
#include "runner/deliberation/state/council_data.h"
#include "runner/deliberation/state/round_state.h"
#include "runner/deliberation/state/seat.h"
#include "runner/deliberation/state/seat_call.h"
#include "runner/deliberation/words/need.h"
#include "runner/deliberation/words/strbuf.h"

static const char ranking_instructions[] =
    "Judge each response above: correctness first, then completeness, reasoning, "
    "clarity. " PROMPT_NO_MERIT
    " Assess each response in a sentence or two, then order all of them from best to worst.";

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
                need_num(scale, "min"), need_num(scale, "max"));
    json_array_foreach (j_get(r->opts, "rubric"), i, criterion) {
        strbuf_addf(&text, "- %s: %s\n", need_str(criterion, "id"), need_str(criterion, "text"));
    }
    strbuf_str(&text, PROMPT_NO_MERIT " Then order all responses from best to worst.");
    return strbuf_take(&text);
}

static void prepare(struct round *r, struct seat_call *c)
{
    struct prompt p;
    json_t *rubric = j_get(r->opts, "rubric"), *scale = j_get(r->opts, "scale");
    bool scores = json_array_size(rubric) > 0;
    json_t *ids = judged_by(r, c->seat);
    prompt_init(&p, c);
    present_answers(&p, ids, ANSWER_BLIND);
    json_decref(ids);
    form_init(&c->form, scores ? FORM_SCORES : FORM_RANKING);
    c->form.map = c->map;
    c->form.presented = json_incref(c->presented_ids);
    c->form.self = j_array_has(c->presented_ids, c->seat->id) ? NULL : c->seat->id;
    c->form.min = need_num(scale, "min");
    c->form.max = need_num(scale, "max");
    c->form.rubric = scores ? json_incref(rubric) : NULL;
    c->form.ceiling = j_str(r->opts, "ceiling", NULL);
    form_build(&c->form);
    char *text = scores ? rubric_instructions(r) : NULL;
    prompt_instructions(&p, scores ? text : ranking_instructions);
    free(text);
    prompt_finish(&p);
}

/* Mean score of every criterion over the judges, per candidate. */
static json_t *rubric_means(const struct round *r)
{
    json_t *means = j_object(), *ids = candidate_ids(r->council);
    for (size_t i = 0; i < json_array_size(ids); i++) {
        const char *name = json_string_value(json_array_get(ids, i));
        size_t k;
        json_t *criterion, *own = j_object();
        json_array_foreach (j_get(r->opts, "rubric"), k, criterion) {
            const char *id = need_str(criterion, "id");
            double sum = 0;
            int n = 0;
            struct seat_call *c;
            DL_FOREACH (r->calls, c) {
                json_t *all = call_ok(c) ? j_get(c->reading.ballot, "criteria") : NULL;
                json_t *scores = j_get(all, name);
                if (!j_is_number(scores, id))
                    continue;
                sum += j_num(scores, id, 0);
                n++;
            }
            j_set(own, id, n ? j_real(sum / n) : json_null());
        }
        j_set(means, name, own);
    }
    json_decref(ids);
    return means;
}

static enum conclusion conclude(struct round *r)
{
    struct count_of what = {.over = OVER_MEMBERS};
    what.candidates = candidate_ids(r->council);
    enum conclusion c = counting_conclude(r, &what);
    json_decref(what.candidates);
    json_t *report = c == CONCLUDED ? j_get(r->aggregate, "report") : NULL;
    if (report) {
        bool scored = json_array_size(j_get(r->opts, "rubric")) > 0;
        j_set(report, "rubric_means", scored ? rubric_means(r) : json_null());
        j_set(report, "label_to_id",
              label_map_json(r->own_labels ? r->own_labels : r->council->labels));
    }
    return c;
}

static void watch(struct round *r)
{
    struct count_of what = {.over = OVER_MEMBERS};
    what.candidates = candidate_ids(r->council);
    counting_watch(r, &what);
    json_decref(what.candidates);
}

const struct round_type round_anonymized_peer_review = {
    .kind = &ROUND_KINDS[ROUND_TYPE_ANONYMIZED_PEER_REVIEW],
    .needs_answers = true,
    .can_ask = can_ask,
    .prepare = prepare,
    .conclude = conclude,
    .watch = watch,
    .converged = converged_order,
    .release = counting_release,
};
