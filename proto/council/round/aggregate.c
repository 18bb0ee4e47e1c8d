/* Aggregators: which ballots each counts, which opts it has a use for (deliberation 4). */
#include <string.h>

#include "common/cleanup.h"
#include "proto/json/json_tree.h"
#include "resolve_rounds.h"

enum { SINGLE = 1, RANKED = 2, APPROVAL = 4, SCORE = 8 };

enum {
    U_WEIGHTS = 1 << 0,
    U_THRESHOLD = 1 << 1,
    U_MIN_SHARE = 1 << 2,
    U_MIN_VOTES = 1 << 3,
    U_NORMALISE = 1 << 4,
    U_PARTIAL = 1 << 5,
    U_COMPLETION = 1 << 6,
    U_ONE_VOTE = 1 << 7,
    U_MISSING = 1 << 8,
    U_EARLY = 1 << 9,
    U_TRANSFORM = 1 << 10,
};

#define NO_TIE  "[\"none\"]"
#define BY_PAIR "[\"pairwise\",\"none\"]"

static const struct rule {
    const char *name;
    unsigned ballots;
    unsigned uses;
    const char *ties;
} RULES[] = {
    {"plurality", SINGLE, U_WEIGHTS | U_ONE_VOTE | U_MISSING | U_EARLY, NO_TIE},
    {"majority", SINGLE, U_WEIGHTS | U_ONE_VOTE | U_MISSING | U_EARLY | U_THRESHOLD, NO_TIE},
    {"borda", RANKED, U_WEIGHTS | U_ONE_VOTE | U_EARLY | U_PARTIAL, BY_PAIR},
    {"condorcet", RANKED, U_WEIGHTS | U_ONE_VOTE | U_EARLY | U_COMPLETION, BY_PAIR},
    {"approval", APPROVAL, U_WEIGHTS | U_ONE_VOTE | U_MISSING | U_EARLY | U_MIN_SHARE, NO_TIE},
    {"median_confidence", SINGLE, U_MIN_VOTES, "[\"votes\",\"none\"]"},
    {"confidence_weighted", SINGLE, U_ONE_VOTE | U_MISSING | U_EARLY, NO_TIE},
    {"reliability_weighted", SINGLE, U_ONE_VOTE | U_MISSING | U_EARLY | U_TRANSFORM, NO_TIE},
    {"mean_score", SCORE, U_WEIGHTS | U_ONE_VOTE | U_EARLY | U_NORMALISE, NO_TIE},
    {"peer_ranking", RANKED, U_WEIGHTS | U_ONE_VOTE | U_EARLY | U_PARTIAL, BY_PAIR},
    {"bracket", 0, 0, NO_TIE},
};

static const struct use {
    const char *opt;
    unsigned use;
} USES[] = {
    {"weights", U_WEIGHTS},       {"weight_transform", U_TRANSFORM},
    {"early_stop", U_EARLY},      {"threshold", U_THRESHOLD},
    {"of", U_THRESHOLD},          {"min_share", U_MIN_SHARE},
    {"min_votes", U_MIN_VOTES},   {"normalise", U_NORMALISE},
    {"partial", U_PARTIAL},       {"completion", U_COMPLETION},
    {"one_vote_per", U_ONE_VOTE}, {"missing_counts_as", U_MISSING},
};

static const struct rule *rule_find(const char *name)
{
    if (strcmp(name, "weighted_mean") == 0)
        name = "confidence_weighted";
    for (size_t i = 0; i < ARRAY_LEN(RULES); i++)
        if (strcmp(RULES[i].name, name) == 0)
            return &RULES[i];
    return NULL;
}

static unsigned ballot_bits(const char *ballot)
{
    static const char *const NAMES[] = {"single", "ranked", "approval", "score"};
    unsigned bits = 0;
    for (size_t i = 0; i < ARRAY_LEN(NAMES); i++)
        if (strstr(ballot, NAMES[i]))
            bits |= 1U << i;
    return bits;
}

static const char *default_rule(const struct round_info *info, unsigned bits)
{
    if (strcmp(info->type, "anonymized_peer_review") == 0)
        return "peer_ranking";
    if (strcmp(info->type, "ranking") == 0)
        return "borda";
    return bits & APPROVAL ? "approval" : bits & SCORE ? "mean_score" : "plurality";
}

static void mismatch(struct work *w, const struct round_info *info, const char *opt,
                     const struct rule *rule)
{
    struct place p = PLACE_AT_KEY(info->opts, opt);
    r_fault(w->r, &p, "aggregator_mismatch",
            "The aggregator %s has no use for %s: take it out, or choose another aggregator.",
            rule->name, opt);
}

static unsigned uses_of(const struct rule *rule, const json_t *opts)
{
    bool reliability = word_is(json_object_get(opts, "weights"), "reliability");
    return rule->uses | (rule->uses & U_WEIGHTS && reliability ? U_TRANSFORM : 0U);
}

static void uses_check(struct work *w, const struct round_info *info, json_t *opts,
                       const struct rule *rule)
{
    unsigned uses = uses_of(rule, opts);
    for (size_t i = 0; i < ARRAY_LEN(USES); i++)
        if (!(uses & USES[i].use) && json_object_get(opts, USES[i].opt))
            mismatch(w, info, USES[i].opt, rule);
    if (word_is(r_get(w->r, opts, "weights"), "member"))
        w->weights_used = true;
}

void aggregate_prune(json_t *opts)
{
    const char *name = json_string_value(json_object_get(opts, "aggregator"));
    const struct rule *rule = name ? rule_find(name) : NULL;
    unsigned uses = rule ? uses_of(rule, opts) : 0;
    for (size_t i = 0; rule && i < ARRAY_LEN(USES); i++)
        if (!(uses & USES[i].use))
            json_object_del(opts, USES[i].opt);
}

static void ties_check(struct work *w, const struct round_info *info, json_t *opts,
                       const struct rule *rule)
{
    struct place list = PLACE_AT_KEY(info->opts, "tie_break");
    size_t i;
    json_t *tie;
    if (!json_object_get(opts, "tie_break"))
        r_put(w->r, opts, "tie_break", r_new(w->r, json_load_constant(rule->ties)));
    json_array_foreach (r_get(w->r, opts, "tie_break"), i, tie) {
        struct place p = PLACE_AT_INDEX(&list, i);
        if (word_is(tie, "chair") && !w->has_chair)
            r_fault(w->r, &p, "chair_required",
                    "The chair would break the tie: add a chair, or use another rule.");
        if (word_is(tie, "pairwise") && !(rule->ballots & RANKED))
            r_fault(w->r, &p, "aggregator_mismatch",
                    "pairwise compares rankings, and %s does not count any.", rule->name);
    }
}

void aggregate_resolve(struct work *w, const struct round_info *info, json_t *opts,
                       const char *ballot)
{
    unsigned bits = ballot_bits(ballot);
    struct place p = PLACE_AT_KEY(info->opts, "aggregator");
    if (r_is_bad(w->r, json_object_get(opts, "aggregator")))
        return;
    const char *name = r_word(w->r, opts, "aggregator");
    const struct rule *rule = rule_find(name ? name : default_rule(info, bits));
    if (!rule)
        return;
    if (!(rule->ballots & bits)) {
        r_fault(w->r, &p, "aggregator_mismatch", "%s cannot count the ballots of this round (%s).",
                rule->name, ballot);
        return;
    }
    r_put(w->r, opts, "aggregator", json_string(rule->name));
    uses_check(w, info, opts, rule);
    ties_check(w, info, opts, rule);
}
