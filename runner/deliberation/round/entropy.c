#include "entropy.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <utlist.h>

#include "common/jx.h"
#include "common/xalloc.h"
#include "proto/council/tables/words.h"

#include "answers.h"
#include "round_type.h"
#include "runner/deliberation/call/blocks.h"
#include "runner/deliberation/call/call.h"
#include "runner/deliberation/call/prompt.h"
#include "runner/deliberation/form/form.h"
#include "runner/deliberation/form/reading.h"
#include "runner/deliberation/state/council_data.h"
#include "runner/deliberation/state/round_state.h"
#include "runner/deliberation/state/seat.h"
#include "runner/deliberation/state/seat_call.h"
#include "runner/deliberation/state/state.h"
#include "runner/deliberation/words/need.h"
#include "runner/deliberation/words/strbuf.h"
#include "runner/deliberation/words/text.h"
#include "stage.h"

enum { SAMPLES_MAX = 10 };

/* The answer of a seat and its samples, those that were usable. */
struct samples {
    struct seat_call *calls[SAMPLES_MAX];
    int n;
};

double entropy_confidence(const int *sizes, int clusters)
{
    double m = 0, h = 0;
    for (int i = 0; i < clusters; i++)
        m += sizes[i];
    if (m < 2)
        return (double)NAN;
    for (int i = 0; i < clusters; i++)
        h -= sizes[i] > 0 ? sizes[i] / m * log(sizes[i] / m) : 0;
    return fmax(0, 1 - h / log(m));
}

static bool fits_all(const char *const *texts, const int *cluster, int upto, int which)
{
    for (int i = 0; i < upto; i++)
        if (cluster[i] == which && text_similarity(texts[i], texts[upto]) < 0.5 - 1e-12)
            return false;
    return true;
}

int entropy_lexical(const char *const *texts, int n, int *cluster)
{
    int count = 0;
    for (int i = 0; i < n; i++) {
        int which = 0;
        while (which < count && !fits_all(texts, cluster, i, which))
            which++;
        cluster[i] = which;
        count += which == count;
    }
    return count;
}

/* ---- the samples ---- */

static json_t *options_of(const struct seat_call *c)
{
    return j_get(seat_confidence(c->seat), "semantic_entropy");
}

/* Samples and judges, which come while the calls are gone through, are not measured themselves. */
static bool measured(const struct round *r, const struct seat_call *c)
{
    bool decides = r->type->samples || round_sets_answers(r);
    return c->kind == CALL_KIND_MEMBER && call_ok(c) && decides && options_of(c);
}

static struct seat_call *copy_call(struct round *r, struct seat_call *c, int nth)
{
    char slot[16];
    snprintf(slot, sizeof slot, "%d", nth);
    struct seat_call *s = call_new(r, c->seat, CALL_KIND_SAMPLE, slot);
    s->messages = json_incref(c->first_messages);
    s->presented = json_incref(c->presented);
    s->presented_ids = json_incref(c->presented_ids);
    s->map = c->map;
    form_share(&s->form, &c->form);
    s->least_temperature = 0.7;
    return s;
}

static bool ask_samples(struct round *r)
{
    struct seat_call *c;
    bool any = false;
    DL_FOREACH (r->calls, c) {
        int n = measured(r, c) ? (int)need_int(options_of(c), "samples") : 0;
        for (int i = 1; i < n && i < SAMPLES_MAX; i++) {
            round_add_call(r, copy_call(r, c, i));
            any = true;
        }
    }
    return any;
}

static struct samples samples_of(const struct round *r, struct seat_call *c)
{
    struct samples s = {.calls = {c}, .n = 1};
    struct seat_call *o;
    DL_FOREACH (r->calls, o)
        if (o->kind == CALL_KIND_SAMPLE && o->seat == c->seat && call_ok(o) && s.n < SAMPLES_MAX)
            s.calls[s.n++] = o;
    return s;
}

/* ---- the clusters ---- */

static int method_of(const struct seat_call *c)
{
    int asked = need_word(options_of(c), "cluster", ENTROPY_CLUSTER_NAMES);
    if (asked != ENTROPY_CLUSTER_AUTO)
        return asked;
    if (c->reading.ballot && c->form.schema)
        return ENTROPY_CLUSTER_EXACT;
    return c->council->chair ? ENTROPY_CLUSTER_JUDGE : ENTROPY_CLUSTER_LEXICAL;
}

static int by_ballot(const struct samples *s, int *cluster)
{
    int count = 0;
    for (int i = 0; i < s->n; i++) {
        cluster[i] = -1;
        for (int k = 0; k < i && cluster[i] < 0; k++) {
            const struct reading *a = &s->calls[i]->reading, *b = &s->calls[k]->reading;
            bool same = a->ballot ? b->ballot && json_equal(a->ballot, b->ballot)
                                  : strcmp(a->content, b->content) == 0;
            cluster[i] = same ? cluster[k] : -1;
        }
        if (cluster[i] < 0)
            cluster[i] = count++;
    }
    return count;
}

static int by_words(const struct samples *s, int *cluster)
{
    const char *texts[SAMPLES_MAX];
    for (int i = 0; i < s->n; i++)
        texts[i] = s->calls[i]->reading.content;
    return entropy_lexical(texts, s->n, cluster);
}

/* Every number exactly once, or the judge's word is of no use: -1. */
static int by_groups(const json_t *groups, int n, int *cluster)
{
    size_t g, i;
    json_t *group, *number;
    int seen = 0;
    for (int k = 0; k < n; k++)
        cluster[k] = -1;
    json_array_foreach (groups, g, group) {
        json_array_foreach (group, i, number) {
            json_int_t k = json_is_integer(number) ? json_integer_value(number) : 0;
            if (k < 1 || k > n || cluster[k - 1] >= 0)
                return -1;
            cluster[k - 1] = (int)g;
            seen++;
        }
    }
    return seen == n ? (int)json_array_size(groups) : -1;
}

static struct seat_call *judge_of(const struct round *r, const struct seat_call *c)
{
    struct seat_call *o;
    size_t n = strlen(c->seat->id);
    DL_FOREACH (r->calls, o) {
        size_t len = strlen(o->id);
        if (o->kind == CALL_KIND_JUDGE && len > n && o->id[len - n - 1] == ':' &&
            strcmp(o->id + len - n, c->seat->id) == 0)
            return o;
    }
    return NULL;
}

static void ask_judge(struct round *r, struct seat_call *c, const struct samples *s)
{
    struct prompt p;
    struct seat_call *judge = call_new(r, r->council->chair, CALL_KIND_JUDGE, c->seat->id);
    form_init(&judge->form, FORM_GROUPS);
    form_build(&judge->form);
    prompt_init(&p, judge);
    for (int i = 0; i < s->n; i++) {
        char number[16];
        snprintf(number, sizeof number, "%d", i + 1);
        prompt_block(&p, "text", number, NULL, s->calls[i]->reading.content);
    }
    strbuf_str(&p.part, "Group the texts that say the same in substance; give lists of their "
                        "numbers, every number once.");
    prompt_finish(&p);
    round_add_call(r, judge);
}

static int cluster_them(struct round *r, const struct seat_call *c, const struct samples *s,
                        int *cluster)
{
    int method = method_of(c);
    if (method == ENTROPY_CLUSTER_EXACT)
        return by_ballot(s, cluster);
    struct seat_call *judge = method == ENTROPY_CLUSTER_JUDGE ? judge_of(r, c) : NULL;
    int count = judge && call_ok(judge)
                    ? by_groups(j_get(judge->reading.parsed, "groups"), s->n, cluster)
                    : -1;
    return count >= 0 ? count : by_words(s, cluster);
}

static void set_confidence(struct round *r, struct seat_call *c)
{
    int cluster[SAMPLES_MAX], sizes[SAMPLES_MAX + 1] = {0};
    struct samples s = samples_of(r, c);
    int count = cluster_them(r, c, &s, cluster);
    for (int i = 0; i < s.n; i++)
        sizes[cluster[i]]++;
    c->reading.confidence = entropy_confidence(sizes, count);
    if (isnan(c->reading.confidence))
        return;
    json_t *told = xcheck(json_copy(c->result));
    json_decref(c->result);
    c->result = told;
    c->seat->confidence = c->reading.confidence;
    j_set(told, "confidence", j_real(c->reading.confidence));
    j_set(told, "confidence_method", j_string("semantic_entropy"));
}

static bool ask_judges(struct round *r)
{
    struct seat_call *c;
    bool any = false;
    DL_FOREACH (r->calls, c) {
        if (measured(r, c) && method_of(c) == ENTROPY_CLUSTER_JUDGE && r->council->chair) {
            struct samples s = samples_of(r, c);
            if (s.n > 1)
                ask_judge(r, c, &s);
            any |= s.n > 1;
        }
    }
    return any;
}

static enum conclusion conclude(struct round *r)
{
    struct seat_call *c;
    bool over = r->stopping || r->council->e->cancel || !r->calls;
    if (r->step == 0 && !over && ask_samples(r)) {
        r->step = 1;
        return MORE_CALLS;
    }
    if (r->step == 1 && !over && ask_judges(r)) {
        r->step = 2;
        return MORE_CALLS;
    }
    if (r->step == 1 || r->step == 2) {
        DL_FOREACH (r->calls, c)
            if (measured(r, c))
                set_confidence(r, c);
    }
    return CONCLUDED;
}

const struct round_stage entropy_stage = {.after = conclude};
