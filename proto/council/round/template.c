#include "template.h"

#include <string.h>

#include "common/cleanup.h"
#include "proto/council/check/shape.h"

/* {type, opts} as a new reference; `opts` is taken. */
static json_t *round_of(struct work *w, enum round_type_id type, json_t *opts)
{
    json_t *round = r_new(w->r, json_object());
    r_put(w->r, round, "type", json_string(ROUND_KINDS[type].name));
    r_put(w->r, round, "opts", opts);
    return round;
}

/* Those opts of the template that the round type has too, except what the expansion itself uses. */
static json_t *opts_for(struct work *w, enum round_type_id type, const json_t *opts,
                        const char *const *without)
{
    json_t *some = r_new(w->r, json_object());
    const char *key;
    json_t *value;
    json_object_foreach ((json_t *)opts, key, value) {
        bool skip = !doc_field_find(ROUND_KINDS[type].opts, key);
        for (size_t i = 0; without && without[i]; i++)
            skip |= strcmp(without[i], key) == 0;
        if (!skip)
            r_put(w->r, some, key, json_incref(value));
    }
    return some;
}

/* What the template was given, or the default of its table. */
static json_t *opt_of(struct work *w, enum template_id id, const json_t *opts, const char *key)
{
    return doc_given_or_default(w->r, TEMPLATE_KINDS[id].opts, opts, key);
}

static json_t *loop_of(struct work *w, enum template_id id, json_t *wrapped, const json_t *opts,
                       json_t *until)
{
    json_t *loop = r_new(w->r, json_object());
    r_put(w->r, loop, "wrap", wrapped);
    r_put(w->r, loop, "max_iterations", opt_of(w, id, opts, "max_iterations"));
    if (until)
        r_put(w->r, loop, "until", until);
    return loop;
}

static json_t *given_until(const json_t *opts)
{
    return json_incref(json_object_get(opts, "until"));
}

/* The first round is all. */
static void expand_parallel_panel(struct work *w, const json_t *opts, json_t *rounds)
{
    (void)w;
    (void)opts;
    (void)rounds;
}

static void expand_voting(struct work *w, const json_t *opts, json_t *rounds)
{
    r_append(w->r, rounds, round_of(w, ROUND_TYPE_VOTE, opts_for(w, ROUND_TYPE_VOTE, opts, NULL)));
}

static void expand_specialist(struct work *w, const json_t *opts, json_t *rounds)
{
    r_append(w->r, rounds,
             round_of(w, ROUND_TYPE_PEER_REVIEW, opts_for(w, ROUND_TYPE_PEER_REVIEW, opts, NULL)));
}

static void expand_peer_review(struct work *w, const json_t *opts, json_t *rounds)
{
    r_append(w->r, rounds,
             round_of(w, ROUND_TYPE_ANONYMIZED_PEER_REVIEW,
                      opts_for(w, ROUND_TYPE_ANONYMIZED_PEER_REVIEW, opts, NULL)));
}

static void expand_tournament(struct work *w, const json_t *opts, json_t *rounds)
{
    json_t *inner = round_of(w, ROUND_TYPE_PAIRWISE_ELIMINATION,
                             opts_for(w, ROUND_TYPE_PAIRWISE_ELIMINATION, opts, NULL));
    r_append(w->r, rounds,
             round_of(w, ROUND_TYPE_ITERATE, loop_of(w, TEMPLATE_TOURNAMENT, inner, opts, NULL)));
    if (w->has_chair)
        r_append(w->r, rounds,
                 round_of(w, ROUND_TYPE_SYNTHESIS,
                          r_new(w->r, json_pack("{s:s}", "scope", "remaining"))));
}

static void expand_consensus(struct work *w, const json_t *opts, json_t *rounds)
{
    json_t *inner = round_of(w, ROUND_TYPE_CRITIQUE, r_new(w->r, json_object()));
    r_append(w->r, rounds,
             round_of(w, ROUND_TYPE_ITERATE,
                      loop_of(w, TEMPLATE_CONSENSUS, inner, opts, given_until(opts))));
}

static void expand_weighted_consensus(struct work *w, const json_t *opts, json_t *rounds)
{
    r_append(w->r, rounds,
             round_of(w, ROUND_TYPE_WEIGHTED_SYNTHESIS,
                      opts_for(w, ROUND_TYPE_WEIGHTED_SYNTHESIS, opts, NULL)));
}

/* The whole jury is asked again and never sees an answer, so that the votes stay independent. */
static void expand_jury_with_retry(struct work *w, const json_t *opts, json_t *rounds)
{
    static const char *const OWN[] = {"threshold", NULL};
    bool vote = json_object_get(opts, "options") != NULL;
    enum round_type_id type = vote ? ROUND_TYPE_VOTE : ROUND_TYPE_INDEPENDENT_ANALYSIS;
    json_t *inner_opts = opts_for(w, type, opts, OWN);
    if (vote && !json_object_get(inner_opts, "show"))
        r_put(w->r, inner_opts, "show", json_string("none"));
    json_t *until = r_new(w->r, json_object());
    r_put(w->r, until, "mean_confidence", opt_of(w, TEMPLATE_JURY_WITH_RETRY, opts, "threshold"));
    json_t *loop = loop_of(w, TEMPLATE_JURY_WITH_RETRY, round_of(w, type, inner_opts), opts, until);
    r_put(w->r, loop, "blind", json_true());
    r_put(w->r, loop, "retain", json_string(vote ? "pool" : "last"));
    r_append(w->r, rounds, round_of(w, ROUND_TYPE_ITERATE, loop));
}

static void expand_debate(struct work *w, const json_t *opts, json_t *rounds)
{
    json_t *inner = round_of(w, ROUND_TYPE_DEBATE, opts_for(w, ROUND_TYPE_DEBATE, opts, NULL));
    r_append(w->r, rounds,
             round_of(w, ROUND_TYPE_ITERATE,
                      loop_of(w, TEMPLATE_DEBATE, inner, opts, given_until(opts))));
    if (json_object_get(opts, "options"))
        r_append(w->r, rounds,
                 round_of(w, ROUND_TYPE_VOTE, opts_for(w, ROUND_TYPE_VOTE, opts, NULL)));
}

/* Each puts what follows the first round. */
#define ROW(ID, name, ...) [TEMPLATE_##ID] = expand_##name,
#define ALIAS(...)
static void (*const EXPANSIONS[TEMPLATE_COUNT])(struct work *w, const json_t *opts,
                                                json_t *rounds) = {TEMPLATE_ROWS(ROW, ALIAS)};
#undef ROW
#undef ALIAS

static void unknown(struct work *w, const char *name, const struct place *at)
{
    char list[300];
    r_fault(w->r, at, "unknown_template", "There is no template \"%.80s\". Known are %s.", name,
            words_join(TEMPLATE_NAMES, list, sizeof(list)));
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
    const struct template_kind *kind = template_kind_find(name);
    if (name && !kind)
        unknown(w, name, &name_at);
    if (!kind || r_is_bad(w->r, json_object_get(template, "opts")))
        return NULL;
    json_t *raw = json_object_get(template, "opts");
    json_t *opts = raw ? doc_check(w->r, kind->opts, raw, &opts_at) : r_new(w->r, json_object());
    json_t *rounds = r_new(w->r, json_array());
    if (kind->flags & TEMPLATE_ANALYSIS)
        r_append(w->r, rounds,
                 round_of(w, ROUND_TYPE_INDEPENDENT_ANALYSIS, r_new(w->r, json_object())));
    EXPANSIONS[kind->id](w, opts, rounds);
    w->self_report = kind->flags & TEMPLATE_SELF_REPORT;
    put_on_each(w, opts, rounds);
    json_decref(opts);
    return rounds;
}
