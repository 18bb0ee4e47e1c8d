#include "peer_report.h"

#include <math.h>

#include "common/jx.h"

#include "count.h"

static json_t *judge_order(const struct ballots *b, const struct ballot *v,
                           const char *const *names)
{
    json_t *order = j_array();
    for (int p = 0; p < v->ranked; p++)
        for (int c = 0; c < b->candidates; c++)
            if (v->place[c] == p)
                j_add(order, j_string(names[c]));
    return order;
}

static void add_candidate(const struct ballots *b, int c, const char *name, json_t *position,
                          json_t *votes, json_t *first)
{
    double sum = 0;
    int ranked = 0, firsts = 0;
    for (int i = 0; i < b->n; i++) {
        const struct ballot *v = &b->list[i];
        if (v->place[c] < 0 || ballot_presented(b, v) < 2)
            continue;
        sum += v->place[c] + 1;
        firsts += v->place[c] == 0;
        ranked++;
    }
    j_set(position, name, j_real(ranked ? sum / ranked : (double)NAN));
    j_set(votes, name, j_integer(ranked));
    j_set(first, name, j_integer(firsts));
}

json_t *peer_report(const struct ballots *b, const struct tally *t, const char *const *names)
{
    json_t *report = j_object(), *position = j_object(), *votes = j_object(), *first = j_object();
    json_t *orders = j_object(), *taus = j_object();
    int uninformative = 0;
    for (int c = 0; c < b->candidates; c++)
        add_candidate(b, c, names[c], position, votes, first);
    for (int i = 0; i < b->n; i++) {
        const struct ballot *v = &b->list[i];
        j_set(orders, v->judge, judge_order(b, v, names));
        j_set(taus, v->judge, j_real(kendall_tau_b(v->place, t->group, b->candidates)));
        uninformative += ballot_presented(b, v) < 2;
    }
    j_set(report, "avg_position", position);
    j_set(report, "votes", votes);
    j_set(report, "first_places", first);
    j_set(report, "judge_ballots", orders);
    j_set(report, "agreement", j_real(ballots_mean_tau(b)));
    j_set(report, "judge_tau", taus);
    j_set(report, "uninformative", j_integer(uninformative));
    return report;
}
