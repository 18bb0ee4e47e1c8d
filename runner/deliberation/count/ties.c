#include "ties.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "proto/council/tables/kinds.h"

#include "count.h"
#include "runner/deliberation/words/text.h"
#include "runner/deliberation/words/unknown.h"

/* Keeps the leaders with the greatest value; NAN has no place unless all are NAN. */
static void keep_best(struct tally *t, const double *value)
{
    double best = NAN;
    for (int c = 0; c < t->candidates; c++)
        if (t->leader[c] && !isnan(value[c]) && (isnan(best) || score_compare(value[c], best) > 0))
            best = value[c];
    if (isnan(best))
        return;
    for (int c = 0; c < t->candidates; c++) {
        if (t->leader[c] && (isnan(value[c]) || !score_equal(value[c], best))) {
            t->leader[c] = false;
            t->leaders--;
        }
    }
}

/* Does a beat b, counted over the ballots that present both? */
static bool beats(const struct ballots *b, int x, int y)
{
    double over = 0, under = 0;
    for (int i = 0; i < b->n; i++) {
        const struct ballot *v = &b->list[i];
        if (!v->presented[x] || !v->presented[y])
            continue;
        int p = v->place[x], q = v->place[y];
        if (p >= 0 && (q < 0 || p < q))
            over += v->weight;
        else if (q >= 0 && (p < 0 || q < p))
            under += v->weight;
    }
    return score_compare(over, under) > 0;
}

static void by_pairwise(struct tally *t, const struct tie_facts *f)
{
    const struct ballots *b = f->ballots;
    for (int c = 0; c < t->candidates; c++) {
        bool all = t->leader[c];
        for (int o = 0; all && o < t->candidates; o++)
            if (o != c && t->leader[o] && !beats(b, c, o))
                all = false;
        if (all) {
            ties_choose(t, c);
            return;
        }
    }
}

/* Does the ballot have this candidate as its first choice? */
static bool supports(const struct ballots *b, const struct ballot *v, int c)
{
    if (!ballot_says_something(b, v))
        return false;
    if (v->choice == c || v->place[c] == 0 || v->approved[c])
        return true;
    if (isnan(v->score[c]))
        return false;
    for (int o = 0; o < b->candidates; o++)
        if (!isnan(v->score[o]) && score_compare(v->score[o], v->score[c]) > 0)
            return false;
    return true;
}

static void by_supporters(struct tally *t, const struct ballots *b, bool confidence)
{
    double *value = xcalloc((size_t)t->candidates + 1, sizeof *value);
    for (int c = 0; c < t->candidates; c++) {
        double votes = 0, sum = 0;
        int told = 0;
        for (int i = 0; i < b->n; i++) {
            if (!supports(b, &b->list[i], c))
                continue;
            votes += 1;
            if (isnan(b->list[i].confidence))
                continue;
            sum += b->list[i].confidence;
            told++;
        }
        value[c] = confidence ? (told ? sum / told : (double)NAN) : votes;
    }
    keep_best(t, value);
    free(value);
}

static void by_votes(struct tally *t, const struct tie_facts *f)
{
    by_supporters(t, f->ballots, false);
}

static void by_confidence(struct tally *t, const struct tie_facts *f)
{
    by_supporters(t, f->ballots, true);
}

static void by_first(struct tally *t, const struct tie_facts *f)
{
    const char *const *names = f->names;
    int first = -1;
    for (int c = 0; c < t->candidates; c++)
        if (t->leader[c] && (first < 0 || strcmp(names[c], names[first]) < 0))
            first = c;
    ties_choose(t, first);
}

static void by_lot(struct tally *t, const struct tie_facts *f)
{
    const int *lot = f->lot;
    int first = -1;
    for (int c = 0; lot && c < t->candidates; c++)
        if (t->leader[c] && (first < 0 || lot[c] < lot[first]))
            first = c;
    ties_choose(t, first);
}

void ties_choose(struct tally *t, int candidate)
{
    if (candidate < 0)
        return;
    memset(t->leader, 0, (size_t)t->candidates * sizeof *t->leader);
    t->leader[candidate] = true;
    t->leaders = 1;
}

/* ---- the rules ---- */

/* The chair is asked, and none ends the rules: neither narrows anything. */
#define by_chair NULL
#define by_none  NULL

#define ROW(ID, name, ...) [TIE_RULE_##ID] = by_##name,
static void (*const narrow[])(struct tally *t, const struct tie_facts *f) = {TIE_RULE_ROWS(ROW)};

static enum tie_rule_id rule_at(const json_t *rules, size_t at)
{
    const char *name = json_string_value(json_array_get(rules, at));
    const struct tie_kind *kind = tie_kind_find(name);
    if (!kind)
        kind_unknown("tie rule", name);
    return kind->id;
}

enum tie_state ties_run(struct tally *t, json_t *rules, size_t *next, const struct tie_facts *f)
{
    while (t->leaders > 1 && *next < json_array_size(rules)) {
        enum tie_rule_id rule = rule_at(rules, *next);
        if (rule == TIE_RULE_NONE)
            break;
        ++*next;
        if (rule == TIE_RULE_CHAIR)
            return TIE_CHAIR;
        narrow[rule](t, f);
    }
    t->winner = -1;
    for (int c = 0; t->leaders == 1 && c < t->candidates; c++)
        if (t->leader[c])
            t->winner = c;
    return TIE_SETTLED;
}
