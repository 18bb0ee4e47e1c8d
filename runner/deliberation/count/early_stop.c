#include "early_stop.h"

#include <stdlib.h>

#include "count.h"
#include "runner/deliberation/words/text.h"

/* Weight of the outstanding ballots in which a candidate can still make a difference. */
static double outstanding(const struct early_stop *e, int c)
{
    double sum = 0;
    for (int i = 0; i < e->out->n; i++) {
        const struct ballot *v = &e->out->list[i];
        if (ballot_presented(e->out, v) >= 2 && v->presented[c])
            sum += v->weight;
    }
    return sum;
}

static double all_outstanding(const struct early_stop *e)
{
    double sum = 0;
    for (int i = 0; i < e->out->n; i++)
        sum += e->out->list[i].weight;
    return sum;
}

/* In a vote with free words anything can be named on any ballot. */
static double can_gain(const struct early_stop *e, int c)
{
    return e->free ? all_outstanding(e) : outstanding(e, c);
}

static double votes(const struct early_stop *e, int c)
{
    double sum = 0;
    for (int i = 0; i < e->cast->n; i++)
        if (e->cast->list[i].choice == c)
            sum += e->cast->list[i].weight;
    return sum;
}

static bool plurality_safe(const struct early_stop *e, int leader)
{
    double s = votes(e, leader);
    if (e->free && score_compare(s, all_outstanding(e)) <= 0)
        return false;
    for (int o = 0; o < e->cast->candidates; o++)
        if (o != leader && score_compare(s, votes(e, o) + can_gain(e, o)) <= 0)
            return false;
    return true;
}

static bool passes(const struct early_stop *e, double sum, double denominator)
{
    int order = score_compare(sum, e->threshold * denominator);
    return score_equal(e->threshold, 0.5) ? order > 0 : order >= 0;
}

static double cast_weight(const struct early_stop *e)
{
    double sum = 0;
    for (int i = 0; i < e->cast->n; i++)
        sum += e->cast->list[i].choice >= 0 ? e->cast->list[i].weight : 0;
    return sum;
}

static int majority(const struct early_stop *e)
{
    bool of_seats = e->rule == EARLY_MAJORITY_SEATS;
    double cast = cast_weight(e), rest = all_outstanding(e);
    double against = of_seats ? e->seats : cast + rest;
    bool possible = e->free && passes(e, rest, of_seats ? e->seats : cast + rest);
    for (int o = 0; o < e->cast->candidates; o++) {
        double gain = can_gain(e, o);
        if (passes(e, votes(e, o), against) && plurality_safe(e, o))
            return o;
        possible |= passes(e, votes(e, o) + gain, of_seats ? e->seats : cast + gain);
    }
    return possible ? EARLY_OPEN : EARLY_NEGATIVE;
}

static bool mean_safe(const struct early_stop *e, int leader)
{
    double least = e->weight[leader] + outstanding(e, leader);
    if (least <= 0)
        return false;
    least = e->sum[leader] / least;
    for (int o = 0; o < e->cast->candidates; o++) {
        double out = outstanding(e, o), most = e->weight[o] + out;
        if (o != leader && most > 0 && score_compare(least, (e->sum[o] + out) / most) <= 0)
            return false;
    }
    return true;
}

static double both_out(const struct early_stop *e, int a, int b)
{
    double sum = 0;
    for (int i = 0; i < e->out->n; i++)
        if (e->out->list[i].presented[a] && e->out->list[i].presented[b])
            sum += e->out->list[i].weight;
    return sum;
}

static double lead_over(const struct early_stop *e, int a, int b)
{
    double lead = 0;
    for (int i = 0; i < e->cast->n; i++) {
        const struct ballot *v = &e->cast->list[i];
        if (!v->presented[a] || !v->presented[b])
            continue;
        int p = v->place[a], q = v->place[b];
        if (p >= 0 && (q < 0 || p < q))
            lead += v->weight;
        else if (q >= 0 && (p < 0 || q < p))
            lead -= v->weight;
    }
    return lead;
}

static bool condorcet_safe(const struct early_stop *e, int leader)
{
    for (int o = 0; o < e->cast->candidates; o++)
        if (o != leader && score_compare(lead_over(e, leader, o), both_out(e, leader, o)) <= 0)
            return false;
    return true;
}

int early_stop_leader(const struct early_stop *e)
{
    if (e->rule == EARLY_MAJORITY_SEATS || e->rule == EARLY_MAJORITY_CAST)
        return majority(e);
    for (int c = 0; c < e->cast->candidates; c++) {
        bool safe = e->rule == EARLY_PLURALITY ? plurality_safe(e, c)
                    : e->rule == EARLY_MEAN    ? mean_safe(e, c)
                                               : condorcet_safe(e, c);
        if (safe)
            return c;
    }
    return EARLY_OPEN;
}
