#include "bm25.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"

#include "common/jx.h"
#include "text.h"

static const double K1 = 1.2, B = 0.75;

/* In the order of bytes. */
static const char *const stop_words[] = {
    "about", "after", "all",  "also",  "am",   "an",   "and",   "any",  "are",  "as",
    "at",    "be",    "been", "but",   "by",   "can",  "did",   "do",   "does", "for",
    "from",  "had",   "has",  "have",  "he",   "her",  "his",   "how",  "if",   "in",
    "into",  "is",    "it",   "its",   "me",   "my",   "no",    "not",  "of",   "on",
    "or",    "our",   "she",  "so",    "that", "the",  "their", "them", "then", "there",
    "these", "they",  "this", "those", "to",   "was",  "we",    "were", "what", "when",
    "where", "which", "who",  "why",   "will", "with", "you",   "your"};

struct bag {
    char **tokens; /* sorted */
    size_t n, size;
};

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int word_against(const void *key, const void *word)
{
    return strcmp(key, *(const char *const *)word);
}

static void put(void *arg, char *token)
{
    struct bag *b = arg;
    size_t words = sizeof stop_words / sizeof stop_words[0];
    if (strlen(token) < 2 || bsearch(token, stop_words, words, sizeof(char *), word_against)) {
        free(token);
        return;
    }
    if (b->n == b->size) {
        b->size = b->size ? b->size * 2 : 64;
        b->tokens = xrealloc(b->tokens, b->size * sizeof *b->tokens);
    }
    b->tokens[b->n++] = token;
}

static void bag_sort(struct bag *b)
{
    if (b->n > 1)
        qsort(b->tokens, b->n, sizeof *b->tokens, by_bytes);
}

static void bag_release(struct bag *b)
{
    for (size_t i = 0; i < b->n; i++)
        free(b->tokens[i]);
    free(b->tokens);
}

static size_t count(const struct bag *b, const char *token)
{
    size_t low = 0, high = b->n, n = 0;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (strcmp(b->tokens[mid], token) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    while (low + n < b->n && strcmp(b->tokens[low + n], token) == 0)
        n++;
    return n;
}

static double idf(const struct bag *docs, size_t n_docs, const char *token)
{
    double n = 0;
    for (size_t i = 0; i < n_docs; i++)
        n += count(&docs[i], token) > 0;
    return log(1 + ((double)n_docs - n + 0.5) / (n + 0.5));
}

static void score_all(const struct bag *docs, size_t n_docs, const struct bag *query, double *ret)
{
    double length = 0;
    for (size_t i = 0; i < n_docs; i++)
        length += (double)docs[i].n;
    double mean = length / (double)n_docs;
    for (size_t q = 0; q < query->n; q++) {
        const char *token = query->tokens[q];
        if (q > 0 && strcmp(token, query->tokens[q - 1]) == 0)
            continue;
        double weight = idf(docs, n_docs, token);
        for (size_t i = 0; i < n_docs; i++) {
            double tf = (double)count(&docs[i], token), own = (double)docs[i].n;
            if (tf > 0)
                ret[i] += weight * tf * (K1 + 1) / (tf + K1 * (1 - B + B * own / mean));
        }
    }
}

static json_t *hit(json_t *document, double score)
{
    json_t *o = j_object();
    j_set(o, "id", j_string(j_str(document, "id", NULL)));
    j_set(o, "title", j_string(j_str(document, "title", NULL)));
    j_set(o, "text", j_string(j_str(document, "text", "")));
    j_set(o, "score", j_real(score));
    j_ref(o, "meta", j_get(document, "meta"));
    return o;
}

static json_t *best(json_t *documents, double *scores, size_t n, int top_k)
{
    json_t *list = j_array();
    while ((int)json_array_size(list) < top_k) {
        size_t at = n;
        for (size_t i = 0; i < n; i++)
            if (scores[i] > 0 && (at == n || score_compare(scores[i], scores[at]) > 0))
                at = i;
        if (at == n)
            break;
        j_add(list, hit(json_array_get(documents, at), scores[at]));
        scores[at] = 0;
    }
    return list;
}

json_t *bm25_search(json_t *documents, const char *query, int top_k)
{
    size_t n = json_array_size(documents);
    struct bag *docs = xcalloc(n + 1, sizeof *docs), asked = {0};
    double *scores = xcalloc(n + 1, sizeof *scores);
    for (size_t i = 0; i < n; i++) {
        json_t *document = json_array_get(documents, i);
        text_tokens(j_str(document, "title", ""), put, &docs[i]);
        text_tokens(j_str(document, "text", ""), put, &docs[i]);
        bag_sort(&docs[i]);
    }
    text_tokens(query, put, &asked);
    bag_sort(&asked);
    score_all(docs, n, &asked, scores);
    json_t *list = best(documents, scores, n, top_k);
    for (size_t i = 0; i < n; i++)
        bag_release(&docs[i]);
    bag_release(&asked);
    free(docs);
    free(scores);
    return list;
}
