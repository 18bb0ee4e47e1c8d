#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/utf8.h"
#include "common/xalloc.h"

#include "text.h"

struct token_set {
    char **tokens; /* sorted, unique */
    size_t n, size;
};

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool word_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c & 0x80);
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void text_tokens(const char *text, void (*take)(void *arg, char *token), void *arg)
{
    char *all = xstrdup(text);
    size_t len = strlen(all), start = 0, i = 0;
    for (char *p = all; *p; p++)
        *p = lower(*p);
    while (i <= len) {
        uint32_t code = 0;
        size_t step = i < len ? utf8_sequence(all + i, len - i, &code) : 1;
        bool alone = step > 1 && code >= 0x2e80;
        if (step == 0)
            step = 1;
        if (alone || !word_byte(all[i])) {
            if (i > start)
                take(arg, xstrndup(all + start, i - start));
            if (alone)
                take(arg, xstrndup(all + i, step));
            start = i + step;
        }
        i += step;
    }
    free(all);
}

static void add_token(void *arg, char *token)
{
    struct token_set *t = arg;
    if (t->n == t->size) {
        t->size = t->size ? t->size * 2 : 64;
        t->tokens = xrealloc(t->tokens, t->size * sizeof *t->tokens);
    }
    t->tokens[t->n++] = token;
}

struct token_set *token_set_new(const char *text)
{
    struct token_set *t = xcalloc(1, sizeof *t);
    text_tokens(text, add_token, t);
    if (t->n > 1)
        qsort(t->tokens, t->n, sizeof *t->tokens, by_bytes);
    size_t kept = 0;
    for (size_t i = 0; i < t->n; i++) {
        if (kept > 0 && strcmp(t->tokens[kept - 1], t->tokens[i]) == 0)
            free(t->tokens[i]);
        else
            t->tokens[kept++] = t->tokens[i];
    }
    t->n = kept;
    return t;
}

void token_set_free(struct token_set *t)
{
    if (!t)
        return;
    for (size_t i = 0; i < t->n; i++)
        free(t->tokens[i]);
    free(t->tokens);
    free(t);
}

double token_set_jaccard(const struct token_set *a, const struct token_set *b)
{
    size_t i = 0, k = 0, both = 0;
    if (a->n == 0 && b->n == 0)
        return 1;
    while (i < a->n && k < b->n) {
        int order = strcmp(a->tokens[i], b->tokens[k]);
        both += order == 0;
        i += order <= 0;
        k += order >= 0;
    }
    return (double)both / (double)(a->n + b->n - both);
}

double text_similarity(const char *a, const char *b)
{
    struct token_set *x = token_set_new(a), *y = token_set_new(b);
    double similarity = token_set_jaccard(x, y);
    token_set_free(x);
    token_set_free(y);
    return similarity;
}

static struct token_set **all_sets(const char *const *texts, int n)
{
    struct token_set **sets = xcalloc((size_t)n + 1, sizeof *sets);
    for (int i = 0; i < n; i++)
        sets[i] = token_set_new(texts[i]);
    return sets;
}

static void free_sets(struct token_set **sets, int n)
{
    for (int i = 0; i < n; i++)
        token_set_free(sets[i]);
    free(sets);
}

int text_medoid(const char *const *texts, int n)
{
    struct token_set **sets = all_sets(texts, n);
    int best = -1;
    double best_mean = 0;
    for (int i = 0; i < n; i++) {
        double sum = 0;
        for (int k = 0; k < n; k++)
            sum += k == i ? 0 : token_set_jaccard(sets[i], sets[k]);
        double mean = n > 1 ? sum / (n - 1) : 0;
        if (best < 0 || score_compare(mean, best_mean) > 0) {
            best = i;
            best_mean = mean;
        }
    }
    free_sets(sets, n);
    return best;
}

double text_mean_similarity(const char *const *texts, int n)
{
    if (n < 2)
        return NAN;
    struct token_set **sets = all_sets(texts, n);
    double sum = 0;
    for (int i = 0; i < n; i++)
        for (int k = i + 1; k < n; k++)
            sum += token_set_jaccard(sets[i], sets[k]);
    free_sets(sets, n);
    return sum / (n * (n - 1) / 2.0);
}

/* From here on a double has no ninth decimal, and its billionfold is no integer any more. */
static const double COMPARED_EXACTLY = 9e9;

int score_compare(double a, double b)
{
    if (!(fabs(a) < COMPARED_EXACTLY && fabs(b) < COMPARED_EXACTLY))
        return (a > b) - (a < b);
    long long x = llround(a * 1e9), y = llround(b * 1e9);
    return (x > y) - (x < y);
}

bool score_equal(double a, double b)
{
    return score_compare(a, b) == 0;
}

char *text_cut_middle(const char *text, size_t max)
{
    size_t len = strlen(text);
    if (len <= max)
        return NULL;
    size_t head = utf8_cut(text, max - max / 3);
    size_t tail = len - max / 3;
    while (tail < len && ((unsigned char)text[tail] & 0xc0) == 0x80)
        tail++;
    return xasprintf("%.*s\n[... %zu bytes left out ...]\n%s", (int)head, text, tail - head,
                     text + tail);
}

bool text_equal_case(const char *a, const char *b)
{
    while (*a && lower(*a) == lower(*b)) {
        a++;
        b++;
    }
    return lower(*a) == lower(*b);
}

static bool blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

char *text_normalise_choice(const char *text)
{
    char *out = xmalloc(strlen(text) + 1), *to = out;
    for (; *text; text++) {
        if (!blank(*text))
            *to++ = lower(*text);
        else if (to > out && to[-1] != ' ')
            *to++ = ' ';
    }
    while (to > out && to[-1] == ' ')
        to--;
    if (to > out && to[-1] == '.')
        to--;
    while (to > out && to[-1] == ' ')
        to--;
    *to = '\0';
    return out;
}
