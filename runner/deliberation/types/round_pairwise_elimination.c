/* pairwise_elimination: one level of a tournament of answers. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/jx.h"
#include "common/xalloc.h"
#include "proto/council/tables/kinds.h"
#include "proto/council/tables/words.h"

#include "bracket.h"
#include "rounds.h"
#include "runner/deliberation/call/blocks.h"
#include "runner/deliberation/call/call.h"
#include "runner/deliberation/call/prompt.h"
#include "runner/deliberation/form/form.h"
#include "runner/deliberation/form/labels.h"
#include "runner/deliberation/round/candidates.h"
#include "runner/deliberation/round/converge.h"
#include "runner/deliberation/round/round_type.h"
#include "runner/deliberation/round/stage.h"
#include "runner/deliberation/state/council_data.h"
#include "runner/deliberation/state/round_state.h"
#include "runner/deliberation/state/seat.h"
#include "runner/deliberation/state/seat_call.h"
#include "runner/deliberation/state/state.h"
#include "runner/deliberation/words/digest.h"
#include "runner/deliberation/words/need.h"
#include "runner/deliberation/words/text.h"
#include "runner/deliberation/words/word.h"

struct match {
    struct seat *a, *b;
    struct seat_call *calls[2 + 64];
    int n;
    bool by_members; /* who judges it */
};

struct bracket_level {
    struct match *matches;
    int n;
    int lot[64]; /* by number of the member */
};

/* ---- who meets whom ---- */

/* -1: it is no word, but a seat or the id of a member. */
static int judge_word(const struct round *r)
{
    return word_index(JUDGE_NAMES, j_str(r->opts, "judge", NULL));
}

static struct seat *judge_seat(struct round *r)
{
    json_t *judge = j_get(r->opts, "judge");
    return judge_word(r) == JUDGE_CHAIR ? r->council->chair : council_named_seat(r->council, judge);
}

/* Which of the two stands first: as given, or by lot. */
static json_t *in_order(const struct seat_call *c, const struct seat *a, const struct seat *b,
                        bool draw)
{
    struct stream s;
    int order[2] = {0, 1};
    stream_init(&s, c->e->seed, "order/%s", c->id);
    if (draw)
        stream_shuffle(&s, order, 2);
    stream_release(&s);
    return j_pack("[ss]", order[0] ? b->id : a->id, order[0] ? a->id : b->id);
}

static void ask_for_better(struct prompt *p)
{
    struct seat_call *c = p->call;
    json_t *names = j_array();
    for (size_t i = 0; i < 2; i++) {
        const char *id = json_string_value(json_array_get(c->presented_ids, i));
        prompt_answer(p, council_seat(c->council, id), ANSWER_BLIND);
        j_add(names, j_string(label_of(c->map, id)));
    }
    c->presented = names;
    char *text = xasprintf("Which of the two responses above answers the task better? Correctness "
                           "first. " PROMPT_NO_MERIT " Choose exactly \"%s\" or \"%s\".",
                           json_string_value(json_array_get(names, 0)),
                           json_string_value(json_array_get(names, 1)));
    prompt_instructions(p, text);
    free(text);
}

static struct seat_call *new_call(struct round *r, struct seat *judge, struct seat *first,
                                  struct seat *second, const char *slot, bool draw)
{
    struct prompt p;
    struct seat_call *c = call_new(r, judge, CALL_KIND_JUDGE, slot);
    const char *prefix = council_prefix(r->council, LABEL_PREFIX);
    c->presented_ids = in_order(c, first, second, draw);
    c->map = council_call_labels(r->council, c->id, prefix, c->presented_ids);
    form_init(&c->form, FORM_VOTE);
    c->form.map = c->map;
    c->form.presented = json_incref(c->presented_ids);
    form_build(&c->form);
    prompt_init(&p, c);
    ask_for_better(&p);
    prompt_finish(&p);
    round_add_call(r, c);
    return c;
}

/* Nobody judges itself, nor whom it may not. */
static bool may_judge(const struct seat *s, const struct match *m)
{
    json_t *recused = j_get(s->doc, "recuse");
    return s != m->a && s != m->b && !s->unavailable && !j_array_has(recused, m->a->id) &&
           !j_array_has(recused, m->b->id);
}

static void ask_seat(struct round *r, struct match *m, int nth)
{
    bool swap = need_bool(r->opts, "swap");
    for (int side = 0; side < (swap ? 2 : 1); side++) {
        char *slot = xasprintf("m%ds%d", nth, side);
        m->calls[m->n++] =
            new_call(r, judge_seat(r), side ? m->b : m->a, side ? m->a : m->b, slot, !swap);
        free(slot);
    }
}

static void ask_members(struct round *r, struct match *m, int nth)
{
    struct council *c = r->council;
    for (int i = 0; i < c->n; i++) {
        struct seat *voter = &c->members[i];
        if (!may_judge(voter, m))
            continue;
        char *slot = xasprintf("m%d", nth);
        m->calls[m->n++] = new_call(r, voter, m->a, m->b, slot, true);
        free(slot);
    }
}

static void open(struct round *r)
{
    struct council *c = r->council;
    int pairs[64], n = bracket_draw(c, r, pairs);
    struct bracket_level *level = xcalloc(1, sizeof *level);
    level->matches = xcalloc((size_t)n / 2 + 1, sizeof *level->matches);
    bracket_lots(r, level->lot);
    struct seat *judge = judge_word(r) == JUDGE_MEMBERS ? NULL : judge_seat(r);
    for (int i = 0; i + 1 < n; i += 2) {
        struct match *m = &level->matches[level->n];
        m->a = &c->members[pairs[i]];
        m->b = &c->members[pairs[i + 1]];
        m->by_members = !judge || !may_judge(judge, m);
        if (m->by_members)
            ask_members(r, m, level->n);
        else
            ask_seat(r, m, level->n);
        level->n++;
    }
    r->level = level;
}

/* ---- who wins ---- */

static struct seat *voted_for(const struct match *m, const struct seat_call *c)
{
    const char *choice = call_ok(c) ? j_str(c->reading.ballot, "choice", "") : "";
    return strcmp(choice, m->a->id) == 0 ? m->a : strcmp(choice, m->b->id) == 0 ? m->b : NULL;
}

static struct seat *by_rule(struct round *r, const struct match *m, int rule)
{
    if (rule == BRACKET_TIE_RANK) {
        int a = bracket_rank(r->council, m->a->id), b = bracket_rank(r->council, m->b->id);
        return a < 0 || b < 0 || a == b ? NULL : a < b ? m->a : m->b;
    }
    if (rule == BRACKET_TIE_CONFIDENCE) {
        double a = m->a->answer.confidence, b = m->b->answer.confidence;
        if (isnan(a) || isnan(b) || score_equal(a, b))
            return NULL;
        return score_compare(a, b) > 0 ? m->a : m->b;
    }
    const int *lot = r->level->lot;
    const struct seat *first = r->council->members;
    return lot[m->a - first] < lot[m->b - first] ? m->a : m->b;
}

static struct seat *by_rules(struct round *r, const struct match *m)
{
    static const int standard[] = {BRACKET_TIE_RANK, BRACKET_TIE_CONFIDENCE, BRACKET_TIE_LOT};
    json_t *rules = j_get(r->opts, "tie_break");
    size_t n = rules ? json_array_size(rules) : sizeof standard / sizeof standard[0];
    struct seat *winner = NULL;
    for (size_t i = 0; i < n && !winner; i++)
        winner = by_rule(r, m, rules ? j_word_at(rules, i, BRACKET_TIE_NAMES) : standard[i]);
    return winner ? winner : by_rule(r, m, BRACKET_TIE_LOT); /* a match cannot stay open */
}

static void note_failures(struct round *r, const struct match *m)
{
    for (int i = 0; i < m->n; i++)
        if (!call_ok(m->calls[i]))
            council_degrade(r->council, "judge_failed", r, m->calls[i]->seat->id,
                            m->calls[i]->reason);
}

/* The judges' word; NULL when they have none. */
static struct seat *judged(const struct match *m, bool *inconsistent)
{
    int a = 0, b = 0;
    for (int i = 0; i < m->n; i++) {
        struct seat *s = voted_for(m, m->calls[i]);
        a += s == m->a;
        b += s == m->b;
    }
    *inconsistent = !m->by_members && a == 1 && b == 1;
    if (!m->by_members && a + b < m->n)
        return NULL; /* one side of a swapped pair failed */
    return a > b ? m->a : b > a ? m->b : NULL;
}

static json_t *votes_json(const struct match *m)
{
    json_t *votes = j_array();
    for (int i = 0; i < m->n; i++) {
        struct seat *s = voted_for(m, m->calls[i]);
        json_t *o = j_object();
        j_set(o, "judge", j_string(m->calls[i]->seat->id));
        j_ref(o, "presented", m->calls[i]->presented_ids);
        j_set(o, "choice", j_string(s ? s->id : NULL));
        j_add(votes, o);
    }
    return votes;
}

static struct seat *settle(struct round *r, const struct match *m)
{
    bool inconsistent;
    json_t *o = j_object();
    note_failures(r, m);
    struct seat *winner = judged(m, &inconsistent);
    const char *method = winner ? (m->by_members ? "members" : "judge") : "tie_rule";
    if (!winner)
        winner = by_rules(r, m);
    j_set(o, "a", j_string(m->a->id));
    j_set(o, "b", j_string(m->b->id));
    j_set(o, "votes", votes_json(m));
    j_set(o, "winner", j_string(winner->id));
    j_set(o, "method", j_string(method));
    if (inconsistent)
        j_set(o, "flags", j_pack("[s]", "position_inconsistent"));
    j_add(r->matches, o);
    return winner;
}

static enum conclusion conclude(struct round *r)
{
    struct council *c = r->council;
    json_t *lost = j_array();
    r->matches = j_array();
    for (int i = 0; i < r->level->n && !council_cancelled(c); i++) {
        struct match *m = &r->level->matches[i];
        struct seat *winner = settle(r, m), *loser = winner == m->a ? m->b : m->a;
        loser->eliminated = true;
        j_add(lost, j_string(loser->id));
    }
    bracket_lost(c, lost);
    json_decref(lost);
    r->remaining = candidate_ids(c);
    r->aggregate = bracket_aggregate(c);
    r->by_members = true;
    return CONCLUDED;
}

static void release(struct round *r)
{
    if (!r->level)
        return;
    free(r->level->matches);
    free(r->level);
}

const struct round_type round_pairwise_elimination = {
    .kind = &ROUND_KINDS[ROUND_TYPE_PAIRWISE_ELIMINATION],
    .open = open,
    .conclude = conclude,
    .converged = converged_one_left,
    .own_end = true,
    .release = release,
};
