/* The rules of counting beside Borda's (borda.h), each in a file of its own name, so that who plays
 * several needs one header; pairwise.c and completion.c are Condorcet's. Each
 * initialises the tally and fills scores, order, leaders and raw; who of several leaders wins is
 * for the tie rules (ties.h). `names` are the candidates' ids, for raw. Where no ballot was cast
 * nobody leads. */
#ifndef RUNNER_DELIBERATION_COUNT_COUNT_RULES_H
#define RUNNER_DELIBERATION_COUNT_COUNT_RULES_H

#include "proto/council/tables/words.h"

#include "count.h"

/* Sum of the weights of those who chose a candidate. */
void plurality_count(const struct ballots *b, struct tally *t);

struct majority {
    double threshold;   /* 0.5: more than half; above: at least so much */
    double seat_weight; /* of all seats, or of the cast ballots: the denominator */
};

/* Plurality whose winner also needs its share; raw {reached, threshold, denominator}. Without it
 * nobody leads, whatever the tie rules say. */
void majority_count(const struct ballots *b, struct majority m, struct tally *t);

/* Share of the weight of those who could approve a candidate. */
void approval_count(const struct ballots *b, double min_share, struct tally *t);

/* Median of the confidences of a candidate's voters; fewer votes than min_votes cannot win. */
void median_confidence_count(const struct ballots *b, int min_votes, const char *const *names,
                             struct tally *t);

/* Weighted mean of the scores; zscore: each judge's scores are normalised first. */
void mean_score_count(const struct ballots *b, bool zscore, struct tally *t);

/* Who beats all others; else by the completion. lot: place of each candidate in the lot order
 * (ranked pairs). raw {pairwise, cycle, pairwise_tie, smith_set}. */
void condorcet_count(const struct ballots *b, enum completion_word completion, const int *lot,
                     const char *const *names, struct tally *t);

/* Pairwise figures, n x n, row over column. */
struct pairwise {
    int n;
    double *over;   /* d: weight of ballots that put row above column */
    double *weight; /* weight of ballots that present both */
};

void pairwise_init(struct pairwise *p, const struct ballots *b);
void pairwise_release(struct pairwise *p);
double pairwise_over(const struct pairwise *p, int a, int b);
bool pairwise_beats(const struct pairwise *p, int a, int b);
/* Share of the ballots with both that put a above b, where a beats b; else 0. */
double pairwise_strength(const struct pairwise *p, int a, int b);

/* Both fill `before` (n x n): does row stand before column? */
void schulze_order(const struct pairwise *p, bool *before);
void ranked_pairs_order(const struct pairwise *p, const int *lot, bool *before);

#endif
