#include "iterate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "common/jx.h"
#include "common/xalloc.h"
#include "proto/council/tables/words.h"

#include "answers.h"
#include "cast.h"
#include "casts.h"
#include "converge.h"
#include "iterate_kept.h"
#include "round_labels.h"
#include "round_type.h"
#include "runner/deliberation/call/blocks.h"
#include "runner/deliberation/call/call.h"
#include "runner/deliberation/call/prompt.h"
#include "runner/deliberation/form/form.h"
#include "runner/deliberation/state/council_data.h"
#include "runner/deliberation/state/outbox.h"
#include "runner/deliberation/state/round_state.h"
#include "runner/deliberation/state/seat.h"
#include "runner/deliberation/state/seat_call.h"
#include "runner/deliberation/words/need.h"
#include "runner/deliberation/words/strbuf.h"
#include "runner/deliberation/words/unknown.h"
#include "stage.h"
#include "until.h"

/* ---- life ---- */

static void take(json_t *to, const json_t *wrap, const json_t *doc, const char *key)
{
    json_t *own = j_get(wrap, key);
    if (own || j_get(doc, key))
        j_ref(to, key, own ? own : j_get(doc, key));
}

static json_t *wrapped_doc(const json_t *doc, const json_t *wrap)
{
    json_t *o = j_object();
    static const char *const keys[] = {"quorum",  "failure_mode", "on_quorum_lost", "router",
                                       "members", "deadline_ms",  "max_parallel"};
    j_set(o, "type", j_string(need_str(wrap, "type")));
    j_set(o, "name", j_string(need_str(doc, "name")));
    j_ref(o, "opts", j_get(wrap, "opts"));
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        take(o, wrap, doc, keys[i]);
    return o;
}

struct iterate *iterate_new(struct council *c, json_t *doc)
{
    struct iterate *l = xcalloc(1, sizeof *l);
    json_t *opts = j_get(doc, "opts");
    l->council = c;
    l->doc = json_incref(doc);
    l->round_doc = wrapped_doc(doc, j_get(opts, "wrap"));
    l->blind = need_bool(opts, "blind");
    l->pool = need_word(opts, "retain", RETAIN_NAMES) == RETAIN_POOL;
    l->answers = xcalloc((size_t)c->n + 1, sizeof *l->answers);
    return l;
}

void iterate_take_type(struct iterate *l, const struct round_type *type)
{
    json_t *opts = j_get(l->doc, "opts"), *until = j_get(opts, "until");
    if (!type || !type->converged)
        kind_unknown("round type for iterate", j_str(l->round_doc, "type", ""));
    l->max = (int)need_int(opts, "max_iterations");
    l->min = (int)need_int(opts, "min_iterations");
    l->until = type->own_end ? j_pack("{sb}", "converged", 1) : json_incref(until);
}

void iterate_free(struct iterate *l)
{
    if (!l)
        return;
    iterate_forget(l);
    json_decref(l->round_doc);
    json_decref(l->until);
    json_decref(l->doc);
    free(l->winner);
    free(l);
}

json_t *iterate_round_doc(const struct iterate *l)
{
    return l->round_doc;
}

int iterate_iteration(const struct iterate *l)
{
    return l->iteration;
}

/* ---- ballots of several iterations ---- */

static void commit_casts(struct iterate *l, struct round *r)
{
    struct cast *now = round_casts(r), *c, *next;
    casts_free(l->casts);
    casts_free(l->kept);
    l->casts = l->kept = NULL;
    LL_FOREACH (now, c) {
        struct cast *copy = cast_copy(c);
        LL_APPEND(l->casts, copy);
    }
    LL_FOREACH_SAFE (now, c, next) {
        LL_DELETE(now, c);
        c->carried = false;
        if (c->ballot)
            LL_APPEND(l->kept, c);
        else
            cast_free(c);
    }
}

/* ---- the condition ---- */

static const char *before_of(const void *arg, const struct seat *s)
{
    return iterate_answer_before(arg, s);
}

static struct seat *judge_seat(struct council *c, const json_t *judge)
{
    json_t *named = j_get(judge, "seat");
    return named ? council_named_seat(c, named) : c->chair;
}

static struct seat_call *judge_call(struct round *r, const struct seat *s)
{
    struct seat_call *c;
    DL_FOREACH (r->calls, c)
        if (c->kind == CALL_KIND_CONSENSUS && c->seat == s)
            return c;
    return NULL;
}

static int judged(void *arg, const json_t *judge)
{
    struct round *r = arg;
    struct council *council = r->council;
    struct seat *s = judge_seat(council, judge);
    struct seat_call *c = s ? judge_call(r, s) : NULL;
    if (!s || (!c && (council_cancelled(council) || r->stopping)))
        return 0;
    if (!c)
        return -1;
    return call_ok(c) && j_bool(c->reading.parsed, "agree", false) &&
           c->reading.confidence >= j_num(judge, "score", 0) - 1e-12;
}

static const char consensus_instructions[] =
    "First list the points that are still open. Then say whether the responses above agree in "
    "substance; score 1 means that a reader could act on any of them with the same result.";

static void ask_judge(struct round *r, const json_t *judge)
{
    struct prompt p;
    struct council *council = r->council;
    struct seat_call *c = call_new(r, judge_seat(council, judge), CALL_KIND_CONSENSUS, NULL);
    c->map = round_labels(r, NULL);
    form_init(&c->form, FORM_CONSENSUS);
    form_build(&c->form);
    prompt_init(&p, c);
    for (int i = 0; i < council->n; i++)
        if (council->members[i].answer.text && !council->members[i].eliminated)
            prompt_answer(&p, &council->members[i], ANSWER_BLIND);
    strbuf_str(&p.part, consensus_instructions);
    prompt_finish(&p);
    round_add_call(r, c);
}

static void count_winner(struct iterate *l, const struct round *r)
{
    const char *winner = j_str(r->aggregate, "winner", NULL);
    bool same = winner && l->winner && strcmp(winner, l->winner) == 0;
    l->same_winner = !winner ? 0 : same ? l->same_winner + 1 : 1;
    if (same)
        return;
    free(l->winner);
    l->winner = winner ? xstrdup(winner) : NULL;
}

static void set_agreement(struct round *r)
{
    if (isnan(r->agreement) && round_sets_answers(r))
        r->agreement = council_text_agreement(r->council);
}

static struct until_facts facts_of(struct iterate *l, struct round *r)
{
    struct cast *casts = round_casts(r);
    struct before before = {.answer = before_of,
                            .arg = l,
                            .aggregate = l->aggregate,
                            .casts = casts,
                            .casts_before = l->casts};
    struct until_facts f = {
        .converged = r->type->converged(r, &before),
        .unanimous = casts_unanimous(casts),
        .agreement = r->agreement,
        .mean_confidence = round_mean_confidence(r),
        .judged = judged,
        .arg = r,
    };
    casts_free(casts);
    return f;
}

static enum conclusion conclude(struct round *r)
{
    struct iterate *l = r->iterate;
    json_t *judge = NULL;
    if (!l)
        return CONCLUDED;
    set_agreement(r);
    struct until_facts f = facts_of(l, r);
    if (r->converged < 0) {
        count_winner(l, r);
        r->converged = 0;
    }
    f.same_winner = l->same_winner;
    bool early = l->iteration + 1 < l->min;
    enum until_answer answer = until_holds(l->until, &f, &judge);
    if (answer == UNTIL_ASK && !early) {
        ask_judge(r, judge);
        return MORE_CALLS;
    }
    r->converged = answer == UNTIL_YES;
    if (!r->converged && l->iteration + 1 >= l->max && !council_cancelled(r->council))
        engine_warn(r->council->e, r, "not_converged", NULL,
                    "the loop ended at its maximum of iterations", NULL);
    return CONCLUDED;
}

const struct round_stage iterate_stage = {.after = conclude};

bool iterate_next(struct iterate *l, struct round *r)
{
    bool ended =
        strcmp(r->status, "completed") != 0 || (r->converged > 0 && l->iteration + 1 >= l->min);
    if (ended || l->iteration + 1 >= l->max)
        return false;
    commit_casts(l, r);
    l->iteration++;
    return true;
}
