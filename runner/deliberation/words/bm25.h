/* Search in documents by Okapi BM25: k1 1.2, b 0.75,
 * idf = ln(1 + (N - n + 0.5) / (n + 0.5)). A document is searched by its title and its text. Tokens
 * are those of text.h; tokens of one byte and the stop words of bm25.c are dropped on both sides.
 * Each different token of the query counts once. */
#ifndef RUNNER_DELIBERATION_WORDS_BM25_H
#define RUNNER_DELIBERATION_WORDS_BM25_H

#include <jansson.h>

/* documents: [{id, title?, text, meta?}]. The best top_k that share a token with the query, as
 * [{id, title, text, score, meta}], best first, ties in the order of the documents; new. */
json_t *bm25_search(json_t *documents, const char *query, int top_k);

#endif
