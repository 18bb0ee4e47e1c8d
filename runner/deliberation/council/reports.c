#include "reports.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"

#include "common/jx.h"
#include "runner/deliberation/words/text.h"

/* ---- Spearman ---- */

/* Ranks with ties sharing their mean. */
static double rank_of(const double *x, int n, int i)
{
    double below = 0, equal = 0;
    for (int k = 0; k < n; k++) {
        int order = score_compare(x[k], x[i]);
        below += order < 0;
        equal += order == 0;
    }
    return below + (equal + 1) / 2;
}

double spearman_rho(const double *x, const double *y, int n)
{
    double mean = (n + 1) / 2.0, xy = 0, xx = 0, yy = 0;
    for (int i = 0; i < n; i++) {
        double a = rank_of(x, n, i) - mean, b = rank_of(y, n, i) - mean;
        xy += a * b;
        xx += a * a;
        yy += b * b;
    }
    return n >= 2 && xx > 0 && yy > 0 ? xy / sqrt(xx * yy) : (double)NAN;
}

/* ---- answers as they stood ---- */

static bool answers_round(const json_t *round)
{
    static const char *const types[] = {"independent_analysis", "debate", "critique",
                                        "peer_review"};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (strcmp(j_str(round, "type", ""), types[i]) == 0)
            return strcmp(j_str(round, "status", ""), "completed") == 0;
    return false;
}

/* What a result set as the member's answer; NULL when it set none. */
static const char *answer_in(const json_t *round, const json_t *result)
{
    const char *type = j_str(round, "type", ""), *content = j_str(result, "content", NULL);
    if (strcmp(j_str(result, "status", ""), "ok") != 0)
        return NULL;
    if (strcmp(type, "critique") == 0 || strcmp(type, "peer_review") == 0)
        return j_str(j_get(result, "parsed"), "revised_answer", NULL);
    return content;
}

/* Brings {member: text} up to date with one round. */
static void apply(json_t *answers, const json_t *round)
{
    const char *id;
    json_t *result;
    if (!answers_round(round))
        return;
    json_object_foreach (j_get(round, "member_results"), id, result) {
        const char *text = answer_in(round, result);
        if (text)
            j_set(answers, id, j_string(text));
    }
}

static int texts_of(const json_t *answers, const char *without, const char **texts)
{
    const char *id;
    json_t *text;
    int n = 0;
    json_object_foreach ((json_t *)answers, id, text) {
        if (!without || strcmp(id, without) != 0)
            texts[n++] = json_string_value(text);
    }
    return n;
}

/* ---- disagreement ---- */

static double vote_entropy(const json_t *round)
{
    const char *id;
    json_t *result, *heads = j_object(), *count;
    double cast = 0, h = 0;
    size_t options = json_object_size(j_get(j_get(round, "aggregate"), "scores"));
    json_object_foreach (j_get(round, "member_results"), id, result) {
        const char *choice = j_str(j_get(result, "ballot"), "choice", NULL);
        if (!choice || strcmp(choice, "abstain") == 0)
            continue;
        j_set(heads, choice, j_integer(j_int(heads, choice, 0) + 1));
        cast++;
    }
    json_object_foreach (heads, id, count) {
        double p = (double)json_integer_value(count) / cast;
        h -= p * log(p);
    }
    json_decref(heads);
    return cast > 0 && options > 1 ? h / log((double)options) : (double)NAN;
}

static double likeness(struct token_set *const *sets, size_t n, size_t of)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += i == of ? 0 : token_set_jaccard(sets[of], sets[i]);
    return sum;
}

/* The member whose answer is least like the others. */
static const char *outlier(const json_t *answers)
{
    const char *id, *worst = NULL;
    json_t *text;
    double least = 0;
    size_t n = 0, i = 0;
    struct token_set **sets = xcalloc(json_object_size(answers) + 1, sizeof *sets);
    json_object_foreach ((json_t *)answers, id, text) {
        sets[n++] = token_set_new(json_string_value(text));
    }
    json_object_foreach ((json_t *)answers, id, text) {
        double sum = likeness(sets, n, i++);
        if (!worst || score_compare(sum, least) < 0) {
            worst = id;
            least = sum;
        }
    }
    for (i = 0; i < n; i++)
        token_set_free(sets[i]);
    free(sets);
    return n > 2 ? worst : NULL;
}

static const char *method_of(const json_t *round)
{
    if (!j_get(round, "aggregate"))
        return "texts";
    return isnan(vote_entropy(round)) ? "rankings" : "votes";
}

static json_t *disagreement_in(const json_t *round, const json_t *answers)
{
    const char **texts = xcalloc(json_object_size(answers) + 1, sizeof *texts);
    int n = texts_of(answers, NULL, texts);
    json_t *o = j_object(), *score = j_object();
    j_ref(o, "index", j_get(round, "index"));
    j_ref(o, "iteration", j_get(round, "iteration"));
    j_ref(o, "agreement", j_get(round, "agreement"));
    j_set(o, "baseline", j_real(1 - text_mean_similarity(texts, n)));
    j_set(o, "vote_entropy", j_real(vote_entropy(round)));
    j_set(o, "outlier", j_string(outlier(answers)));
    j_ref(score, "value", j_get(round, "agreement"));
    j_set(score, "method", j_string(j_get(round, "agreement") ? method_of(round) : NULL));
    j_set(o, "consensus_score", score);
    free(texts);
    return o;
}

json_t *report_disagreement(const struct report_facts *f)
{
    size_t i;
    json_t *round, *list = j_array(), *answers = j_object();
    json_array_foreach (f->rounds, i, round) {
        apply(answers, round);
        if (strcmp(j_str(round, "status", ""), "completed") == 0 &&
            strstr(j_str(round, "type", ""), "synthesis") == NULL)
            j_add(list, disagreement_in(round, answers));
    }
    json_decref(answers);
    return list;
}

/* ---- judge bias ---- */

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
        apply(answers, round);
    }
    json_t *o = bias_json(&b);
    free(b.pairs.rank);
    free(b.pairs.position);
    free(b.pairs.bytes);
    free(b.pairs.label);
    json_decref(answers);
    return o;
}

/* ---- flips ---- */

/* Is the new answer nearer than the old one to what the others held before? */
static bool toward_majority(const json_t *before, const char *id, const char *now)
{
    const char **texts = xcalloc(json_object_size(before) + 1, sizeof *texts);
    int n = texts_of(before, id, texts), middle = text_medoid(texts, n);
    const char *old = j_str(before, id, "");
    bool nearer = middle >= 0 && score_compare(text_similarity(now, texts[middle]),
                                               text_similarity(old, texts[middle])) > 0;
    free(texts);
    return nearer;
}

static int said_changed(const json_t *result)
{
    json_t *word = json_object_get(j_get(result, "parsed"), "changed");
    if (!word)
        word = json_object_get(result, "changed");
    return json_is_boolean(word) ? json_is_true(word) : -1;
}

static void flips_in(const json_t *round, const json_t *before, json_t *list, int *changed,
                     int *toward)
{
    const char *id;
    json_t *result;
    json_object_foreach (j_get(round, "member_results"), id, result) {
        const char *now = answer_in(round, result), *old = j_str(before, id, NULL);
        int said = said_changed(result);
        if (!now || !old)
            continue;
        bool flip = said >= 0 ? said : text_similarity(old, now) < 0.9 - 1e-12;
        bool near = flip && toward_majority(before, id, now);
        json_t *o = j_object();
        j_ref(o, "index", j_get(round, "index"));
        j_ref(o, "iteration", j_get(round, "iteration"));
        j_set(o, "member_id", j_string(id));
        j_set(o, "changed", json_boolean(flip));
        j_set(o, "toward_majority", json_boolean(near));
        j_add(list, o);
        *changed += flip;
        *toward += near;
    }
}

json_t *report_flips(const struct report_facts *f)
{
    size_t i;
    json_t *round, *list = j_array(), *before = j_object(), *o = j_object();
    int changed = 0, toward = 0;
    json_array_foreach (f->rounds, i, round) {
        const char *type = j_str(round, "type", "");
        if (strcmp(type, "debate") == 0 || strcmp(type, "critique") == 0)
            flips_in(round, before, list, &changed, &toward);
        apply(before, round);
    }
    j_set(o, "members", list);
    j_set(o, "changed", j_integer(changed));
    j_set(o, "toward_majority", j_integer(toward));
    j_set(o, "capitulation", j_real(changed ? (double)toward / changed : (double)NAN));
    json_decref(before);
    return o;
}
