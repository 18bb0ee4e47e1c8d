#include "iterate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"

#include "converge.h"
#include "runner/deliberation/call/prompt.h"
#include "common/jx.h"
#include "until.h"

/* The prompt of a seat in the first iteration. */
struct first_prompt {
    char *member_id;
    json_t *messages, *presented, *presented_ids;
    const struct label_map *map;
    struct first_prompt *next;
};

struct iteration {
    struct council *council;
    json_t *doc, *round_doc;
    int iteration, max, min;
    json_t *until;
    bool blind, pool;
    /* The state before the iteration that is being played. */
    struct answer *answers;
    json_t *aggregate;
    struct cast *casts; /* ballots that counted in the iteration before */
    struct cast *kept;  /* ballots that a later count retains */
    char *winner;
    int same_winner;
    bool judged; /* the condition of this iteration is decided */
    struct first_prompt *prompts;
};

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
    j_set(o, "type",
          j_string(json_is_string(wrap) ? json_string_value(wrap) : j_str(wrap, "type", "")));
    j_set(o, "name", j_string(j_str(doc, "name", "iterate")));
    j_ref(o, "opts", j_get(wrap, "opts"));
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        take(o, wrap, doc, keys[i]);
    return o;
}

struct iteration *loop_new(struct council *c, json_t *doc)
{
    struct iteration *l = xcalloc(1, sizeof *l);
    json_t *opts = j_get(doc, "opts");
    l->council = c;
    l->doc = json_incref(doc);
    l->round_doc = wrapped_doc(doc, j_get(opts, "wrap"));
    bool bracket = strcmp(j_str(l->round_doc, "type", ""), "pairwise_elimination") == 0;
    l->max = (int)j_int(opts, "max_iterations", bracket ? 16 : 3);
    l->min = (int)j_int(opts, "min_iterations", 1);
    l->until = bracket || !j_get(opts, "until") ? xcheck(json_pack("{sb}", "converged", 1))
                                                : json_incref(j_get(opts, "until"));
    l->blind = j_bool(opts, "blind", false);
    l->pool = strcmp(j_str(opts, "retain", "last"), "pool") == 0;
    l->answers = xcalloc((size_t)c->n + 1, sizeof *l->answers);
    return l;
}

void loop_free(struct iteration *l)
{
    struct first_prompt *p, *next;
    if (!l)
        return;
    for (int i = 0; i < l->council->n; i++)
        answer_release(&l->answers[i]);
    LL_FOREACH_SAFE (l->prompts, p, next) {
        json_decref(p->messages);
        json_decref(p->presented);
        json_decref(p->presented_ids);
        free(p->member_id);
        free(p);
    }
    casts_free(l->casts);
    casts_free(l->kept);
    json_decref(l->aggregate);
    json_decref(l->round_doc);
    json_decref(l->until);
    json_decref(l->doc);
    free(l->answers);
    free(l->winner);
    free(l);
}

json_t *loop_round_doc(struct iteration *l)
{
    return l->round_doc;
}

int loop_iteration(const struct iteration *l)
{
    return l->iteration;
}

bool loop_pools(const struct iteration *l)
{
    return l->pool;
}

/* ---- the state before an iteration ---- */

static void copy_answer(struct answer *to, const struct answer *from)
{
    answer_release(to);
    *to = *from;
    to->text = from->text ? xstrdup(from->text) : NULL;
    to->content = from->content ? xstrdup(from->content) : NULL;
    json_incref(to->parsed);
}

void loop_begin(struct iteration *l, struct round *r)
{
    (void)r;
    l->judged = false;
    for (int i = 0; i < l->council->n; i++)
        copy_answer(&l->answers[i], &l->council->members[i].answer);
    json_decref(l->aggregate);
    l->aggregate = l->iteration > 0 ? json_incref(l->council->last_aggregate) : NULL;
}

bool loop_lost(struct iteration *l, struct round *r)
{
    if (l->iteration == 0)
        return false;
    for (int i = 0; i < l->council->n; i++)
        copy_answer(&l->council->members[i].answer, &l->answers[i]);
    council_degrade(l->council, "iteration_lost", r, NULL, NULL);
    return true;
}

const char *loop_answer_before(const struct iteration *l, const struct seat *s)
{
    return l->answers[s - l->council->members].text;
}

const struct cast *loop_casts_before(const struct iteration *l)
{
    return l->casts;
}

/* ---- blind ---- */

static void keep_prompt(struct iteration *l, const struct seat_call *c)
{
    struct first_prompt *p = xcalloc(1, sizeof *p);
    *p = (struct first_prompt){
        .member_id = xstrdup(c->seat->id),
        .messages = json_incref(c->messages),
        .presented = json_incref(c->presented),
        .presented_ids = json_incref(c->presented_ids),
        .map = c->map,
    };
    LL_PREPEND(l->prompts, p);
}

static void replace(json_t **old, json_t *value)
{
    json_decref(*old);
    *old = json_incref(value);
}

void loop_blind(struct iteration *l, struct seat_call *c)
{
    struct first_prompt *p;
    if (!l->blind)
        return;
    LL_FOREACH (l->prompts, p) {
        if (strcmp(p->member_id, c->seat->id) != 0)
            continue;
        replace(&c->messages, p->messages);
        replace(&c->presented, p->presented);
        replace(&c->presented_ids, p->presented_ids);
        if (c->form.presented)
            replace(&c->form.presented, p->presented_ids);
        if (c->form.map)
            c->form.map = p->map;
        c->map = p->map;
        if (c->form.kind != FORM_SCHEMA) {
            json_decref(c->form.schema);
            c->form.schema = NULL;
            form_build(&c->form);
        }
        return;
    }
    keep_prompt(l, c);
}

/* ---- ballots of several iterations ---- */

static struct cast *cast_by(struct cast *list, const struct seat *s)
{
    struct cast *c;
    LL_FOREACH (list, c)
        if (c->seat == s && c->ballot)
            return c;
    return NULL;
}

/* Silent members keep their ballot of the iteration before. */
static struct cast *carry(struct iteration *l, struct cast *own)
{
    struct cast *all = NULL, *c, *next;
    LL_FOREACH_SAFE (own, c, next) {
        struct cast *old = c->ballot ? NULL : cast_by(l->kept, c->seat);
        LL_DELETE(own, c);
        if (old) {
            cast_free(c);
            c = cast_copy(old);
            c->carried = true;
        }
        LL_APPEND(all, c);
    }
    return all;
}

static int ballots_of(struct cast *list, const struct seat *s)
{
    struct cast *c;
    int n = 0;
    LL_FOREACH (list, c)
        n += c->seat == s && c->ballot;
    return n;
}

/* All ballots of all iterations, each member's vote shared among its own. */
static struct cast *pool(struct iteration *l, struct cast *own)
{
    struct cast *all = NULL, *c, *next;
    LL_FOREACH (l->kept, c) {
        struct cast *copy = cast_copy(c);
        LL_APPEND(all, copy);
    }
    LL_FOREACH_SAFE (own, c, next) {
        LL_DELETE(own, c);
        if (!c->ballot && cast_by(all, c->seat))
            cast_free(c); /* it is heard by its earlier ballots */
        else
            LL_APPEND(all, c);
    }
    LL_FOREACH (all, c) {
        int n = ballots_of(all, c->seat);
        c->share = n > 0 ? 1.0 / n : 1;
    }
    return all;
}

struct cast *loop_casts(struct iteration *l, struct round *r, struct cast *own)
{
    (void)r;
    return l->pool ? pool(l, own) : carry(l, own);
}

static void commit_casts(struct iteration *l, struct round *r)
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
    return loop_answer_before(arg, s);
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
        if (strcmp(c->kind, "consensus") == 0 && c->seat == s)
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
    struct seat_call *c = call_new(r, judge_seat(council, judge), "consensus", NULL);
    c->map = round_labels(r, NULL);
    form_init(&c->form, FORM_CONSENSUS);
    form_build(&c->form);
    prompt_init(&p, c);
    for (int i = 0; i < council->n; i++)
        if (council->members[i].answer.text && !council->members[i].eliminated)
            prompt_answer(&p, &council->members[i], false, false);
    strbuf_str(&p.part, consensus_instructions);
    prompt_finish(&p);
    round_add_call(r, c);
}

static void count_winner(struct iteration *l, const struct round *r)
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

static struct until_facts facts_of(struct iteration *l, struct round *r)
{
    struct cast *casts = round_casts(r);
    struct before before = {
        .answer = before_of, .arg = l, .aggregate = l->aggregate, .casts = l->casts};
    struct until_facts f = {
        .converged = round_converged(r, casts, &before),
        .unanimous = casts_unanimous(casts),
        .agreement = r->agreement,
        .mean_confidence = round_mean_confidence(r),
        .judged = judged,
        .arg = r,
    };
    casts_free(casts);
    return f;
}

enum conclusion loop_conclude(struct round *r)
{
    struct iteration *l = r->loop;
    json_t *judge = NULL;
    if (l->judged)
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
    l->judged = true;
    if (!r->converged && l->iteration + 1 >= l->max && !council_cancelled(r->council))
        engine_warn(r->council->e, r, "not_converged", NULL,
                    "the loop ended at its maximum of iterations", NULL);
    return CONCLUDED;
}

bool loop_next(struct iteration *l, struct round *r)
{
    bool ended =
        strcmp(r->status, "completed") != 0 || (r->converged > 0 && l->iteration + 1 >= l->min);
    if (ended || l->iteration + 1 >= l->max)
        return false;
    commit_casts(l, r);
    l->iteration++;
    return true;
}
