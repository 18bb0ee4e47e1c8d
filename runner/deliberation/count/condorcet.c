#include <stdlib.h>

#include "common/jx.h"
#include "common/xalloc.h"
#include "proto/council/tables/kinds.h"
#include "proto/council/tables/words.h"

#include "aggregator.h"
#include "count.h"
#include "count_rules.h"
#include "early_stop.h"
#include "runner/deliberation/words/need.h"
#include "runner/deliberation/words/text.h"

/* Transitive closure of the relation, in place. */
static void close_over(bool *reach, int n)
{
    for (int via = 0; via < n; via++)
        for (int a = 0; a < n; a++)
            for (int b = 0; b < n; b++)
                if (reach[a * n + via] && reach[via * n + b])
                    reach[a * n + b] = true;
}

/* The smallest set whose members beat everyone outside: those that nobody outside of it stands up
 * to. A candidate reaches another when it is not beaten by it; the set are those that reach all. */
static void smith_set(const struct pairwise *p, bool *in)
{
    int n = p->n;
    bool *reach = xcalloc((size_t)n * (size_t)n + 1, sizeof *reach);
    for (int a = 0; a < n; a++)
        for (int b = 0; b < n; b++)
            reach[a * n + b] = a != b && !pairwise_beats(p, b, a);
    close_over(reach, n);
    for (int a = 0; a < n; a++) {
        in[a] = true;
        for (int b = 0; b < n; b++)
            if (a != b && !reach[a * n + b])
                in[a] = false;
    }
    free(reach);
}

static bool has_cycle(const struct pairwise *p)
{
    int n = p->n;
    bool *reach = xcalloc((size_t)n * (size_t)n + 1, sizeof *reach), cycle = false;
    for (int a = 0; a < n; a++)
        for (int b = 0; b < n; b++)
            reach[a * n + b] = a != b && pairwise_beats(p, a, b);
    close_over(reach, n);
    for (int a = 0; a < n; a++)
        cycle |= reach[a * n + a];
    free(reach);
    return cycle;
}

static int condorcet_winner(const struct pairwise *p)
{
    for (int a = 0; a < p->n; a++) {
        bool all = true;
        for (int b = 0; b < p->n; b++)
            all = all && (a == b || pairwise_beats(p, a, b));
        if (all)
            return a;
    }
    return -1;
}

static json_t *matrix(const struct pairwise *p, const char *const *names)
{
    json_t *rows = j_object();
    for (int a = 0; a < p->n; a++) {
        json_t *row = j_object();
        for (int b = 0; b < p->n; b++)
            if (a != b)
                j_set(row, names[b], j_real(pairwise_over(p, a, b)));
        j_set(rows, names[a], row);
    }
    return rows;
}

/* Scores: by how many candidates fewer than all one is preceded, or beats minus defeats. */
static void score(const struct pairwise *p, const bool *before, struct tally *t)
{
    for (int c = 0; c < p->n; c++) {
        t->score[c] = 0;
        for (int o = 0; o < p->n; o++) {
            if (before)
                t->score[c] -= before[o * p->n + c];
            else if (o != c)
                t->score[c] += pairwise_beats(p, c, o) - pairwise_beats(p, o, c);
        }
    }
}

static void add_raw(const struct pairwise *p, int winner, const bool *smith,
                    const char *const *names, struct tally *t)
{
    bool cycle = winner < 0 && has_cycle(p);
    json_t *set = j_array();
    for (int c = 0; c < p->n; c++)
        if (smith[c])
            j_add(set, j_string(names[c]));
    j_set(t->raw, "pairwise", matrix(p, names));
    j_set(t->raw, "cycle", json_boolean(cycle));
    j_set(t->raw, "pairwise_tie", json_boolean(winner < 0 && !cycle));
    j_set(t->raw, "smith_set", set);
}

static void complete(const struct pairwise *p, enum completion_word completion, const int *lot,
                     struct tally *t)
{
    bool *before = xcalloc((size_t)p->n * (size_t)p->n + 1, sizeof *before);
    if (completion == COMPLETION_SCHULZE)
        schulze_order(p, before);
    else
        ranked_pairs_order(p, lot, before);
    score(p, before, t);
    tally_order(t);
    for (int c = 0; c < p->n; c++)
        t->leader[c] = score_equal(t->score[c], 0); /* nobody stands before it */
    tally_lead(t, t->leader);
    free(before);
}

void condorcet_count(const struct ballots *b, enum completion_word completion, const int *lot,
                     const char *const *names, struct tally *t)
{
    struct pairwise p;
    bool *smith = xcalloc((size_t)b->candidates + 1, sizeof *smith);
    bool *lead = xcalloc((size_t)b->candidates + 1, sizeof *lead);
    tally_init(t, b->candidates);
    pairwise_init(&p, b);
    smith_set(&p, smith);
    int winner = condorcet_winner(&p);
    if (completion != COMPLETION_NONE && b->n > 0) {
        complete(&p, completion, lot, t);
    } else {
        score(&p, NULL, t);
        if (winner >= 0)
            lead[winner] = true;
        tally_order(t);
        tally_lead(t, winner >= 0 || b->n == 0 ? lead : smith);
    }
    add_raw(&p, winner, smith, names, t);
    pairwise_release(&p);
    free(lead);
    free(smith);
}

static enum completion_word completion_of(const struct count_facts *f)
{
    return (enum completion_word)need_word(f->opts, "completion", COMPLETION_NAMES);
}

static void count(const struct ballots *b, const struct count_facts *f, struct tally *t)
{
    condorcet_count(b, completion_of(f), f->lot, f->names, t);
}

static bool early(const struct count_facts *f, enum early_rule *ret)
{
    (void)f;
    *ret = EARLY_CONDORCET;
    return true;
}

const struct aggregator aggregator_condorcet = {
    .kind = &AGGREGATOR_KINDS[AGGREGATOR_CONDORCET],
    .weights = WEIGHTS_OF_OPTS,
    .count = count,
    .early = early,
};
