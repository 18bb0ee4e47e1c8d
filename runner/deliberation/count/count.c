#include "count.h"

#include <math.h>
#include <stdlib.h>

#include "common/jx.h"
#include "common/xalloc.h"

#include "runner/deliberation/words/text.h"

void ballots_init(struct ballots *b, int candidates)
{
    *b = (struct ballots){.candidates = candidates};
}

void ballots_release(struct ballots *b)
{
    for (int i = 0; i < b->n; i++) {
        free(b->list[i].presented);
        free(b->list[i].place);
        free(b->list[i].approved);
        free(b->list[i].score);
    }
    free(b->list);
    *b = (struct ballots){.candidates = b->candidates};
}

struct ballot *ballots_add(struct ballots *b, const char *judge)
{
    if (b->n == b->size) {
        b->size = b->size ? b->size * 2 : 8;
        b->list = xrealloc(b->list, (size_t)b->size * sizeof *b->list);
    }
    struct ballot *ballot = &b->list[b->n++];
    size_t n = (size_t)b->candidates + 1;
    *ballot = (struct ballot){
        .judge = judge,
        .weight = 1,
        .confidence = NAN,
        .presented = xcalloc(n, sizeof(bool)),
        .choice = -1,
        .place = xcalloc(n, sizeof(int)),
        .approved = xcalloc(n, sizeof(bool)),
        .score = xcalloc(n, sizeof(double)),
    };
    for (size_t i = 0; i < n; i++) {
        ballot->place[i] = -1;
        ballot->score[i] = NAN;
    }
    return ballot;
}

void ballot_rank(struct ballot *ballot, int candidate)
{
    ballot->place[candidate] = ballot->ranked++;
}

int ballot_presented(const struct ballots *b, const struct ballot *ballot)
{
    int n = 0;
    for (int c = 0; c < b->candidates; c++)
        n += ballot->presented[c];
    return n;
}

bool ballot_says_something(const struct ballots *b, const struct ballot *ballot)
{
    return ballot_presented(b, ballot) >= 2;
}

void tally_init(struct tally *t, int candidates)
{
    size_t n = (size_t)candidates + 1;
    *t = (struct tally){
        .candidates = candidates,
        .score = xcalloc(n, sizeof(double)),
        .group = xcalloc(n, sizeof(int)),
        .leader = xcalloc(n, sizeof(bool)),
        .winner = -1,
        .margin = NAN,
        .raw = j_object(),
    };
    for (size_t i = 0; i < n; i++)
        t->score[i] = NAN;
}

void tally_release(struct tally *t)
{
    free(t->score);
    free(t->group);
    free(t->leader);
    json_decref(t->raw);
    *t = (struct tally){.winner = -1};
}

/* Is the score of a before that of b? A score comes before none. */
static bool before(double a, double b)
{
    if (isnan(a) || isnan(b))
        return !isnan(a) && isnan(b);
    return score_compare(a, b) > 0;
}

static void number_groups(struct tally *t)
{
    int placed = 0, group = 0;
    for (int c = 0; c < t->candidates; c++)
        t->group[c] = -1;
    while (placed < t->candidates) {
        int best = -1;
        for (int c = 0; c < t->candidates; c++)
            if (t->group[c] < 0 && (best < 0 || before(t->score[c], t->score[best])))
                best = c;
        double top = t->score[best];
        for (int c = 0; c < t->candidates; c++) {
            if (t->group[c] >= 0 || before(top, t->score[c]))
                continue;
            t->group[c] = group;
            placed++;
        }
        group++;
    }
}

void tally_order(struct tally *t)
{
    double first = NAN, second = NAN;
    number_groups(t);
    t->leaders = 0;
    for (int c = 0; c < t->candidates; c++) {
        t->leader[c] = t->group[c] == 0 && !isnan(t->score[c]);
        t->leaders += t->leader[c];
        if (t->leader[c])
            first = t->score[c];
        else if (t->group[c] == 1)
            second = t->score[c];
    }
    t->margin = t->leaders > 1 ? 0 : first - second;
}

void tally_lead(struct tally *t, const bool *leader)
{
    t->leaders = 0;
    for (int c = 0; c < t->candidates; c++) {
        t->leader[c] = leader[c];
        t->leaders += leader[c];
    }
}

void tally_no_leader(struct tally *t)
{
    for (int c = 0; c < t->candidates; c++)
        t->leader[c] = false;
    t->leaders = 0;
}

double kendall_tau_b(const int *x, const int *y, int n)
{
    double concordant = 0, discordant = 0, only_x = 0, only_y = 0;
    for (int i = 0; i < n; i++) {
        for (int k = i + 1; k < n; k++) {
            if (x[i] < 0 || x[k] < 0 || y[i] < 0 || y[k] < 0)
                continue;
            int dx = (x[i] > x[k]) - (x[i] < x[k]), dy = (y[i] > y[k]) - (y[i] < y[k]);
            concordant += dx * dy > 0;
            discordant += dx * dy < 0;
            only_x += dx != 0 && dy == 0;
            only_y += dy != 0 && dx == 0;
        }
    }
    double a = concordant + discordant + only_x, b = concordant + discordant + only_y;
    return a > 0 && b > 0 ? (concordant - discordant) / sqrt(a * b) : (double)NAN;
}

double ballots_mean_tau(const struct ballots *b)
{
    double sum = 0;
    int pairs = 0;
    for (int i = 0; i < b->n; i++) {
        for (int k = i + 1; k < b->n; k++) {
            double tau = kendall_tau_b(b->list[i].place, b->list[k].place, b->candidates);
            if (isnan(tau))
                continue;
            sum += tau;
            pairs++;
        }
    }
    return pairs > 0 ? sum / pairs : (double)NAN;
}
