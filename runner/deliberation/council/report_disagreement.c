/* How far the members were apart in each round. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/jx.h"
#include "common/xalloc.h"
#include "proto/council/tables/kinds.h"

#include "report_answers.h"
#include "reports.h"
#include "runner/deliberation/words/text.h"

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
    int n = report_texts(answers, NULL, texts);
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
        report_apply(answers, round);
        if (strcmp(j_str(round, "status", ""), "completed") == 0 &&
            report_section(round) != SECTION_NONE)
            j_add(list, disagreement_in(round, answers));
    }
    json_decref(answers);
    return list;
}
