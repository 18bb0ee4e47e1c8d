/* embedding: the entry whose description is nearest to the input, by vectors of a model or by
 * tf-idf over the descriptions. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/jx.h"
#include "common/xalloc.h"
#include "proto/council/auto_host.h"
#include "proto/council/tables/kinds.h"
#include "proto/council/tables/words.h"

#include "auto_choice.h"
#include "runner/deliberation/state/seat_call.h"
#include "runner/deliberation/state/state.h"
#include "runner/deliberation/words/need.h"
#include "runner/deliberation/words/text.h"

/* The best by score, when it is near enough and far enough ahead. */
static enum auto_answer nearest(struct auto_stage *s, const json_t *options, const double *scores,
                                struct auto_pick *pick)
{
    size_t n = json_array_size(s->entries), best = n;
    double second = NAN;
    for (size_t i = 0; i < n; i++)
        if (!isnan(scores[i]) && (best == n || score_compare(scores[i], scores[best]) > 0))
            best = i;
    for (size_t i = 0; i < n; i++)
        if (i != best && !isnan(scores[i]) && !(scores[i] <= second))
            second = scores[i];
    if (best == n)
        return AUTO_NO_MATCH;
    pick->score = scores[best];
    bool near = score_compare(scores[best], need_num(options, "threshold")) >= 0;
    bool ahead =
        isnan(second) || score_compare(scores[best] - second, need_num(options, "min_margin")) >= 0;
    if (near && ahead)
        pick->entry = json_array_get(s->entries, best);
    return near && ahead ? AUTO_MATCH : AUTO_NO_MATCH;
}

/* ---- lexical ---- */

/* {token: count} */
static void count_token(void *arg, char *token)
{
    json_t *bag = arg;
    j_set(bag, token, j_integer(j_int(bag, token, 0) + 1));
    free(token);
}

static json_t *bag_of(const char *text)
{
    json_t *bag = j_object();
    text_tokens(text, count_token, bag);
    return bag;
}

static double idf(const json_t *bags, const char *token)
{
    size_t i;
    json_t *bag;
    double n = 0, all = (double)json_array_size(bags);
    json_array_foreach (bags, i, bag)
        n += json_object_get(bag, token) != NULL;
    return n > 0 ? log(1 + (all - n + 0.5) / (n + 0.5)) : 0; /* no description knows it */
}

static double weight(const json_t *bags, const json_t *bag, const char *token)
{
    int64_t count = j_int(bag, token, 0);
    return count > 0 ? (1 + log((double)count)) * idf(bags, token) : 0;
}

static double lexical_cosine(const json_t *bags, json_t *a, json_t *b)
{
    const char *token;
    json_t *count;
    double dot = 0, aa = 0, bb = 0;
    json_object_foreach (a, token, count) {
        double x = weight(bags, a, token);
        aa += x * x;
        dot += x * weight(bags, b, token);
    }
    json_object_foreach (b, token, count) {
        double y = weight(bags, b, token);
        bb += y * y;
    }
    return aa > 0 && bb > 0 ? dot / sqrt(aa * bb) : NAN;
}

static char *input_text(const struct auto_stage *s)
{
    const json_t *input = s->e->input;
    return json_is_string(input) ? xstrdup(json_string_value(input)) : j_dump(input);
}

static enum auto_answer lexical(struct auto_stage *s, const json_t *options, struct auto_pick *pick)
{
    size_t i, n = json_array_size(s->entries);
    json_t *entry, *bags = j_array();
    double *scores = xcalloc(n + 1, sizeof *scores);
    char *text = input_text(s);
    json_t *input = bag_of(text);
    json_array_foreach (s->entries, i, entry)
        j_add(bags, bag_of(need_str(entry, "desc")));
    for (i = 0; i < n; i++)
        scores[i] = lexical_cosine(bags, input, json_array_get(bags, i));
    enum auto_answer answer = nearest(s, options, scores, pick);
    json_decref(input);
    json_decref(bags);
    free(scores);
    free(text);
    return answer;
}

/* ---- vectors of a model ---- */

static json_t *vector_of(const json_t *entry)
{
    json_t *v = j_get(entry, "vector");
    return json_array_size(v) > 0 ? v : NULL;
}

/* The input, then each different description that has no vector. */
static json_t *texts_to_embed(const struct auto_stage *s)
{
    size_t i;
    json_t *entry, *texts = j_array();
    char *text = input_text(s);
    j_add(texts, j_string(text));
    free(text);
    json_array_foreach (s->entries, i, entry) {
        const char *desc = need_str(entry, "desc");
        if (!vector_of(entry) && *desc && !j_array_has(texts, desc))
            j_add(texts, j_string(desc));
    }
    return texts;
}

static void ask_vectors(struct auto_stage *s, json_t *options)
{
    json_t *m = j_object(), *embedder = auto_host_embedder(options);
    j_add(s->embedders, embedder);
    struct seat_call *c = auto_call(s, embedder);
    c->embed = texts_to_embed(s);
    j_set(m, "role", j_string("user"));
    j_ref(m, "content", c->embed);
    c->messages = j_array();
    j_add(c->messages, m);
}

static double cosine(const json_t *a, const json_t *b)
{
    double dot = 0, aa = 0, bb = 0;
    size_t n = json_array_size(a);
    if (n == 0 || json_array_size(b) != n)
        return NAN;
    for (size_t i = 0; i < n; i++) {
        double x = json_number_value(json_array_get(a, i));
        double y = json_number_value(json_array_get(b, i));
        dot += x * y;
        aa += x * x;
        bb += y * y;
    }
    return aa > 0 && bb > 0 ? dot / sqrt(aa * bb) : NAN;
}

static const json_t *told_vector(const struct seat_call *c, const char *desc)
{
    size_t i;
    json_t *text, *vectors = j_get(c->vectors, "vectors");
    json_array_foreach (c->embed, i, text) {
        if (i > 0 && strcmp(json_string_value(text), desc) == 0)
            return json_array_get(vectors, i);
    }
    return NULL;
}

static enum auto_answer auto_embedding(struct auto_stage *s, json_t *options,
                                       struct auto_pick *pick)
{
    size_t i, n = json_array_size(s->entries);
    json_t *entry;
    if (need_word(options, "backend", EMBEDDING_BACKEND_NAMES) == EMBEDDING_BACKEND_LEXICAL)
        return lexical(s, options, pick);
    if (!s->call) {
        ask_vectors(s, options);
        return AUTO_PENDING;
    }
    if (!call_ok(s->call)) {
        pick->reason = s->call->reason ? xstrdup(s->call->reason) : NULL;
        return AUTO_NO_MATCH;
    }
    double *scores = xcalloc(n + 1, sizeof *scores);
    const json_t *input = json_array_get(j_get(s->call->vectors, "vectors"), 0);
    json_array_foreach (s->entries, i, entry) {
        const json_t *own = vector_of(entry);
        scores[i] = cosine(input, own ? own : told_vector(s->call, need_str(entry, "desc")));
    }
    enum auto_answer answer = nearest(s, options, scores, pick);
    free(scores);
    return answer;
}

const struct strategy strategy_embedding = {
    .kind = &STRATEGY_KINDS[STRATEGY_EMBEDDING],
    .try = auto_embedding,
};
