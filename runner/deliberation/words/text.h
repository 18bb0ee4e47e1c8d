/* Measures and small operations on texts. Texts are UTF-8. */
#ifndef RUNNER_DELIBERATION_WORDS_TEXT_H
#define RUNNER_DELIBERATION_WORDS_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Calls take for each token of a text, in order: ASCII lower case, split at ASCII
 * non-alphanumerics; each code point from U+2E80 is a token of its own, other non-ASCII bytes
 * belong to words. The token is the callee's to free. */
void text_tokens(const char *text, void (*take)(void *arg, char *token), void *arg);

/* The set of tokens of a text. */
struct token_set;

struct token_set *token_set_new(const char *text);
void token_set_free(struct token_set *t);
/* |A and B| / |A or B|; 1 when both are empty. */
double token_set_jaccard(const struct token_set *a, const struct token_set *b);

double text_similarity(const char *a, const char *b);

/* Index of the text with the greatest mean similarity to the others, ties to the first; -1 for
 * none. */
int text_medoid(const char *const *texts, int n);
/* Mean similarity over all pairs; NAN below two texts. */
double text_mean_similarity(const char *const *texts, int n);

/* Two scores count as equal when they agree to 1e-9; from 9e9 on, when they are. */
bool score_equal(double a, double b);
/* -1, 0, 1 as a is less than, equal to or greater than b under score_equal. */
int score_compare(double a, double b);

/* The text cut in the middle to about max bytes (two thirds head, one third tail, at UTF-8
 * boundaries) with a line that says how much is missing; NULL when it fits. Caller frees. */
char *text_cut_middle(const char *text, size_t max);

/* Equal without ASCII case. */
bool text_equal_case(const char *a, const char *b);

/* Trimmed, white space collapsed, ASCII lower case, a final full stop dropped. Caller frees. */
char *text_normalise_choice(const char *text);

#endif
