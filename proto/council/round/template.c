/* Templates: each is replaced by the rounds that it stands for (deliberation 5). */
#include <string.h>

#include "common/cleanup.h"
#include "proto/council/check/feature.h"
#include "proto/council/check/shape.h"
#include "proto/council/check/work.h"

/* {type, opts} as a new reference; `opts` is taken. */
static json_t *round_of(struct work *w, const char *type, json_t *opts)
{
    json_t *round = r_new(w->r, json_object());
    r_put(w->r, round, "type", json_string(type));
    r_put(w->r, round, "opts", opts);
    return round;
}

/* Those opts of the template that the round type has too, except what the expansion itself uses. */
static json_t *opts_for(struct work *w, const char *type, const json_t *opts,
                        const char *const *without)
{
    json_t *some = r_new(w->r, json_object());
    const char *key;
    json_t *value;
    json_object_foreach ((json_t *)opts, key, value) {
        bool skip = !record_find(variant_find(ROUND_TYPES, type), key);
        for (size_t i = 0; without && without[i]; i++)
            skip |= strcmp(without[i], key) == 0;
        if (!skip)
            r_put(w->r, some, key, json_incref(value));
    }
    return some;
}

static json_t *loop_of(struct work *w, json_t *wrapped, const json_t *opts, json_t *until, int most)
{
    json_t *max = json_object_get(opts, "max_iterations");
    json_t *loop = r_new(w->r, json_object());
    r_put(w->r, loop, "wrap", wrapped);
    r_put(w->r, loop, "max_iterations", max ? json_incref(max) : r_new(w->r, json_integer(most)));
    if (until)
        r_put(w->r, loop, "until", until);
    return loop;
}

static json_t *given_until(const json_t *opts)
{
    return json_incref(json_object_get(opts, "until"));
}

static void voting(struct work *w, const json_t *opts, json_t *rounds)
{
    r_append(w->r, rounds, round_of(w, "vote", opts_for(w, "vote", opts, NULL)));
}

static void specialist(struct work *w, const json_t *opts, json_t *rounds)
{
    r_append(w->r, rounds, round_of(w, "peer_review", opts_for(w, "peer_review", opts, NULL)));
}

static void karpathy(struct work *w, const json_t *opts, json_t *rounds)
{
    r_append(
        w->r, rounds,
        round_of(w, "anonymized_peer_review", opts_for(w, "anonymized_peer_review", opts, NULL)));
}

static void tournament(struct work *w, const json_t *opts, json_t *rounds)
{
    json_t *inner =
        round_of(w, "pairwise_elimination", opts_for(w, "pairwise_elimination", opts, NULL));
    r_append(w->r, rounds, round_of(w, "iterate", loop_of(w, inner, opts, NULL, 16)));
    if (w->has_chair)
        r_append(w->r, rounds,
                 round_of(w, "synthesis", r_new(w->r, json_pack("{s:s}", "scope", "remaining"))));
}

static void consensus(struct work *w, const json_t *opts, json_t *rounds)
{
    json_t *inner = round_of(w, "critique", r_new(w->r, json_object()));
    r_append(w->r, rounds, round_of(w, "iterate", loop_of(w, inner, opts, given_until(opts), 3)));
}

static void weighted_consensus(struct work *w, const json_t *opts, json_t *rounds)
{
    r_append(w->r, rounds,
             round_of(w, "weighted_synthesis", opts_for(w, "weighted_synthesis", opts, NULL)));
}

/* The whole jury is asked again and never sees an answer, so that the votes stay independent. */
static void jury_with_retry(struct work *w, const json_t *opts, json_t *rounds)
{
    static const char *const OWN[] = {"threshold", NULL};
    json_t *threshold = json_object_get(opts, "threshold");
    bool vote = json_object_get(opts, "options") != NULL;
    const char *type = vote ? "vote" : "independent_analysis";
    json_t *inner_opts = opts_for(w, type, opts, OWN);
    if (vote && !json_object_get(inner_opts, "show"))
        r_put(w->r, inner_opts, "show", json_string("none"));
    json_t *until = r_new(w->r, json_object());
    r_put(w->r, until, "mean_confidence",
          threshold ? json_incref(threshold) : r_new(w->r, json_real(0.7)));
    json_t *loop = loop_of(w, round_of(w, type, inner_opts), opts, until, 2);
    r_put(w->r, loop, "blind", json_true());
    r_put(w->r, loop, "retain", json_string(vote ? "pool" : "last"));
    r_append(w->r, rounds, round_of(w, "iterate", loop));
}

static void debate(struct work *w, const json_t *opts, json_t *rounds)
{
    json_t *inner = round_of(w, "debate", opts_for(w, "debate", opts, NULL));
    r_append(w->r, rounds, round_of(w, "iterate", loop_of(w, inner, opts, given_until(opts), 2)));
    if (json_object_get(opts, "options"))
        r_append(w->r, rounds, round_of(w, "vote", opts_for(w, "vote", opts, NULL)));
}

static const struct expansion {
    const char *name;
    void (*expand)(struct work *w, const json_t *opts, json_t *rounds); /* NULL: nothing more */
    bool no_analysis; /* otherwise independent_analysis comes first */
    bool self_report;
} EXPANSIONS[] = {
    {"parallel_panel", NULL, false, false},
    {"voting", voting, false, false},
    {"specialist", specialist, false, false},
    {"peer_review", karpathy, false, false},
    {"karpathy", karpathy, false, false},
    {"tournament", tournament, false, false},
    {"consensus", consensus, false, false},
    {"weighted_consensus", weighted_consensus, false, true},
    {"jury_with_retry", jury_with_retry, true, true},
    {"debate", debate, false, false},
};

static const struct expansion *expansion_find(const struct work *w, const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(EXPANSIONS); i++)
        if (strcmp(EXPANSIONS[i].name, name) == 0 && feature_on(w->r->context, "template", name))
            return &EXPANSIONS[i];
    return NULL;
}

static void unknown(struct work *w, const char *name, const struct place *at)
{
    const char *known[ARRAY_LEN(EXPANSIONS) + 1];
    size_t n = 0;
    char list[300];
    for (size_t i = 0; i < ARRAY_LEN(EXPANSIONS); i++)
        if (feature_on(w->r->context, "template", EXPANSIONS[i].name))
            known[n++] = EXPANSIONS[i].name;
    known[n] = NULL;
    r_fault(w->r, at, "unknown_template", "There is no template \"%.80s\". Known are %s.", name,
            words_join(known, list, sizeof(list)));
}

/* quorum and failure_mode of the template are put on each round. */
static void put_on_each(struct work *w, const json_t *opts, json_t *rounds)
{
    static const char *const EACH[] = {"quorum", "failure_mode"};
    size_t i;
    json_t *round;
    json_array_foreach (rounds, i, round) {
        for (size_t k = 0; k < ARRAY_LEN(EACH); k++) {
            json_t *value = json_object_get(opts, EACH[k]);
            if (value)
                r_put(w->r, round, EACH[k], json_incref(value));
        }
    }
}

json_t *template_expand(struct work *w, const json_t *template, const struct place *at)
{
    const char *name = r_word(w->r, template, "name");
    struct place name_at = PLACE_AT_KEY(at, "name"), opts_at = PLACE_AT_KEY(at, "opts");
    const struct expansion *e = name ? expansion_find(w, name) : NULL;
    if (name && !e)
        unknown(w, name, &name_at);
    if (!e || r_is_bad(w->r, json_object_get(template, "opts")))
        return NULL;
    json_t *raw = json_object_get(template, "opts");
    json_t *opts = raw ? record_check(w->r, variant_find(TEMPLATES, name), raw, &opts_at)
                       : r_new(w->r, json_object());
    json_t *rounds = r_new(w->r, json_array());
    if (!e->no_analysis)
        r_append(w->r, rounds, round_of(w, "independent_analysis", r_new(w->r, json_object())));
    if (e->expand)
        e->expand(w, opts, rounds);
    w->self_report = e->self_report;
    put_on_each(w, opts, rounds);
    json_decref(opts);
    return rounds;
}
