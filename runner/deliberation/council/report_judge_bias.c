/* What judges look at beside the answers: position, length, label, their own provider. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/jx.h"
#include "common/xalloc.h"

#include "report_answers.h"
#include "reports.h"
#include "spearman.h"

struct pairs {
    double *rank, *position, *bytes, *label;
    int n, size;
};

struct bias {
    struct pairs pairs;
    double same, others; /* sums of Borda points given to the own provider and to others */
    int n_same, n_others;
    int matches, inconsistent;
};

static void add_pair(struct pairs *p, double rank, double position, double bytes, double label)
{
    if (p->n == p->size) {
        p->size = p->size ? p->size * 2 : 32;
        p->rank = xrealloc(p->rank, (size_t)p->size * sizeof(double));
        p->position = xrealloc(p->position, (size_t)p->size * sizeof(double));
        p->bytes = xrealloc(p->bytes, (size_t)p->size * sizeof(double));
        p->label = xrealloc(p->label, (size_t)p->size * sizeof(double));
    }
    p->rank[p->n] = rank;
    p->position[p->n] = position;
    p->bytes[p->n] = bytes;
    p->label[p->n++] = label;
}

static int place_in(const json_t *list, const char *id)
{
    size_t i;
    json_t *one;
    json_array_foreach (list, i, one) {
        if (strcmp(json_string_value(one), id) == 0)
            return (int)i;
    }
    return -1;
}

static const char *label_of_member(const json_t *labels, const char *id, int *ret_index)
{
    const char *label;
    json_t *member;
    *ret_index = 0;
    json_object_foreach ((json_t *)labels, label, member) {
        if (strcmp(json_string_value(member), id) == 0)
            return label;
        ++*ret_index;
    }
    return NULL;
}

static void look_at_ballot(const struct report_facts *f, struct bias *b, const char *judge,
                           const json_t *result, const json_t *answers)
{
    size_t i;
    json_t *id, *order = j_get(j_get(result, "ballot"), "ordering");
    int n = (int)json_array_size(j_get(result, "presented"));
    const char *mine = j_str(f->providers, judge, "");
    json_array_foreach (order, i, id) {
        int index;
        const char *name = json_string_value(id), *label = label_of_member(f->labels, name, &index);
        int position = label ? place_in(j_get(result, "presented"), label) : -1;
        const char *text = j_str(answers, name, NULL);
        if (n < 2 || !text || position < 0)
            continue;
        add_pair(&b->pairs, (double)i, position, log((double)strlen(text) + 1), index);
        double points = (double)(n - 1 - (int)i) / (n - 1);
        bool same = strcmp(j_str(f->providers, name, "?"), mine) == 0;
        b->same += same ? points : 0;
        b->others += same ? 0 : points;
        b->n_same += same;
        b->n_others += !same;
    }
}

static json_t *measure(double value, int n, double limit)
{
    json_t *o = j_object();
    j_set(o, "value", j_real(value));
    j_set(o, "n", j_integer(n));
    j_set(o, "flagged", json_boolean(n >= 10 && !isnan(value) && fabs(value) >= limit - 1e-12));
    return o;
}

static json_t *bias_json(const struct bias *b)
{
    json_t *o = j_object();
    const struct pairs *p = &b->pairs;
    int n = b->n_same < b->n_others ? b->n_same : b->n_others;
    double gap = n > 0 ? b->same / b->n_same - b->others / b->n_others : (double)NAN;
    double share = b->matches ? (double)b->inconsistent / b->matches : (double)NAN;
    j_set(o, "position", measure(spearman_rho(p->position, p->rank, p->n), p->n, 0.5));
    j_set(o, "length", measure(spearman_rho(p->bytes, p->rank, p->n), p->n, 0.5));
    j_set(o, "label", measure(spearman_rho(p->label, p->rank, p->n), p->n, 0.5));
    j_set(o, "same_provider", measure(gap, n, 0.25));
    j_set(o, "position_inconsistent", measure(share, b->matches, 0.3));
    return o;
}

static void look_at_matches(struct bias *b, const json_t *round)
{
    size_t i;
    json_t *match;
    json_array_foreach (j_get(round, "matches"), i, match) {
        b->matches++;
        b->inconsistent += j_array_has(j_get(match, "flags"), "position_inconsistent");
    }
}

json_t *report_judge_bias(const struct report_facts *f)
{
    size_t i;
    const char *id;
    json_t *round, *result, *answers = j_object();
    struct bias b = {0};
    json_array_foreach (f->rounds, i, round) {
        json_object_foreach (j_get(round, "member_results"), id, result) {
            if (j_get(j_get(result, "ballot"), "ordering"))
                look_at_ballot(f, &b, id, result, answers);
        }
        look_at_matches(&b, round);
        report_apply(answers, round);
    }
    json_t *o = bias_json(&b);
    free(b.pairs.rank);
    free(b.pairs.position);
    free(b.pairs.bytes);
    free(b.pairs.label);
    json_decref(answers);
    return o;
}
