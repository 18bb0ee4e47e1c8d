/* Counting: what all aggregators share. Candidates are numbers 0 .. n-1; the caller knows their
 * names. Ballots are added in document order of their judges, then one rule makes a tally of them,
 * then the tie rules settle the winner (ties.h). Scores that do not exist are NAN. */
#ifndef RUNNER_DELIBERATION_COUNT_COUNT_H
#define RUNNER_DELIBERATION_COUNT_COUNT_H

#include <jansson.h>
#include <stdbool.h>

struct ballot {
    const char *judge; /* borrowed */
    double weight;
    double confidence; /* NAN: none told */
    bool *presented;   /* n */
    int choice;        /* single: the candidate, or -1 */
    int *place;        /* ranked: place from 0, or -1, for each candidate */
    int ranked;        /* how many have a place */
    bool *approved;    /* approval */
    double *score;     /* scores: NAN when none was given */
    bool silent;       /* nobody cast it: it stands for a seat without a ballot */
};

struct ballots {
    int candidates;
    int n;
    struct ballot *list;
    int size;
};

void ballots_init(struct ballots *b, int candidates);
void ballots_release(struct ballots *b);
/* Adds an empty ballot (weight 1, nothing presented or chosen); valid until the next one. */
struct ballot *ballots_add(struct ballots *b, const char *judge);
/* Puts a candidate on the next place of a ranked ballot. */
void ballot_rank(struct ballot *ballot, int candidate);
/* How many candidates the judge could choose from. */
int ballot_presented(const struct ballots *b, const struct ballot *ballot);
/* With one candidate alone there is nothing to choose. */
bool ballot_says_something(const struct ballots *b, const struct ballot *ballot);

struct tally {
    int candidates;
    double *score;
    int *group;   /* place in the order, from 0; equal numbers stand level */
    bool *leader; /* those who would win; several are a tie, none is no winner */
    int leaders;
    int winner;    /* -1 until settled, or none */
    double margin; /* between the first and the second score, NAN */
    json_t *raw;
};

void tally_init(struct tally *t, int candidates);
void tally_release(struct tally *t);
/* Fills group and leaders from the scores: greatest first, NAN last and never a leader. */
void tally_order(struct tally *t);
/* Only these lead. */
void tally_lead(struct tally *t, const bool *leader);
void tally_no_leader(struct tally *t);

/* How far two orders agree: Kendall's tau-b over the candidates that both rank (place >= 0; equal
 * places are ties). NAN below two common candidates or when one order is one single tie. */
double kendall_tau_b(const int *x, const int *y, int n);
/* Mean tau over all pairs of ballots, those without a tau left out; NAN for none. */
double ballots_mean_tau(const struct ballots *b);

#endif
