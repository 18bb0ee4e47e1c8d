#include "aggregate.h"

#include <string.h>

#include "common/cleanup.h"

/* The opts that only some aggregators have a use for. */
static const struct use {
    const char *opt;
    unsigned use;
} USES[] = {
    {"weights", USES_WEIGHTS},       {"weight_transform", USES_TRANSFORM},
    {"early_stop", USES_EARLY_STOP}, {"threshold", USES_THRESHOLD},
    {"of", USES_THRESHOLD},          {"min_share", USES_MIN_SHARE},
    {"min_votes", USES_MIN_VOTES},   {"normalise", USES_NORMALISE},
    {"partial", USES_PARTIAL},       {"completion", USES_COMPLETION},
    {"one_vote_per", USES_ONE_VOTE}, {"missing_counts_as", USES_MISSING},
};

static const char *ballots_text(unsigned ballots, char *buf, size_t size)
{
    size_t len = 0;
    for (size_t i = 0; BALLOT_NAMES[i]; i++)
        if (ballots & 1U << i && len < size)
            len += (size_t)snprintf(buf + len, size - len, "%s%s", len ? " " : "", BALLOT_NAMES[i]);
    return buf;
}

/* What counts when the document does not say. */
static enum aggregator_id usual(const struct round_info *info, unsigned ballots)
{
    if (info->kind->id == ROUND_TYPE_ANONYMIZED_PEER_REVIEW)
        return AGGREGATOR_PEER_RANKING;
    if (ballots & BALLOT_RANKED)
        return AGGREGATOR_BORDA;
    if (ballots & BALLOT_APPROVAL)
        return AGGREGATOR_APPROVAL;
    return ballots & BALLOT_SCORE ? AGGREGATOR_MEAN_SCORE : AGGREGATOR_PLURALITY;
}

static void mismatch(struct work *w, const struct round_info *info, const char *opt,
                     const struct aggregator_kind *rule)
{
    struct place p = PLACE_AT_KEY(info->opts, opt);
    r_fault(w->r, &p, "aggregator_mismatch",
            "The aggregator %s has no use for %s: take it out, or choose another aggregator.",
            rule->name, opt);
}

static unsigned uses_of(const struct aggregator_kind *rule, const json_t *opts)
{
    bool reliability =
        word_index(WEIGHTS_NAMES, json_string_value(json_object_get(opts, "weights"))) ==
        WEIGHTS_RELIABILITY;
    return rule->uses | (rule->uses & USES_WEIGHTS && reliability ? USES_TRANSFORM : 0U);
}

static void uses_check(struct work *w, const struct round_info *info, json_t *opts,
                       const struct aggregator_kind *rule)
{
    unsigned uses = uses_of(rule, opts);
    for (size_t i = 0; i < ARRAY_LEN(USES); i++)
        if (!(uses & USES[i].use) && json_object_get(opts, USES[i].opt))
            mismatch(w, info, USES[i].opt, rule);
    if (r_word_of(w->r, opts, "weights", WEIGHTS_NAMES) == WEIGHTS_MEMBER)
        w->weights_used = true;
}

void aggregate_prune(json_t *opts)
{
    const char *name = json_string_value(json_object_get(opts, "aggregator"));
    const struct aggregator_kind *rule = aggregator_kind_find(name);
    unsigned uses = rule ? uses_of(rule, opts) : 0;
    for (size_t i = 0; rule && i < ARRAY_LEN(USES); i++)
        if (!(uses & USES[i].use))
            json_object_del(opts, USES[i].opt);
}

/* Does a tie stay one, whatever the rules say? So it is with a completion that there is none of. */
static bool keeps_ties(struct work *w, const json_t *opts, const struct aggregator_kind *rule)
{
    int completion = r_word_of(w->r, opts, "completion", COMPLETION_NAMES);
    return rule->uses & USES_COMPLETION && (completion < 0 || completion == COMPLETION_NONE);
}

/* An opt that would be without effect is refused; a list that begins with `none` says the same. */
static void kept_check(struct work *w, const struct round_info *info, const json_t *opts,
                       const struct aggregator_kind *rule)
{
    struct place p = PLACE_AT_KEY(info->opts, "tie_break");
    const struct tie_kind *first =
        tie_kind_find(json_string_value(json_array_get(r_get(w->r, opts, "tie_break"), 0)));
    if (first && first->id != TIE_RULE_NONE)
        r_fault(w->r, &p, "aggregator_mismatch",
                "Without a completion %s has no winner when nobody beats all others: add one, or "
                "take the rules for ties out.",
                rule->name);
}

static json_t *usual_ties(struct work *w, const json_t *opts, const struct aggregator_kind *rule)
{
    json_t *list = r_new(w->r, json_array());
    if (rule->tie != TIE_RULE_NONE && !keeps_ties(w, opts, rule))
        r_append(w->r, list, json_string(TIE_KINDS[rule->tie].name));
    r_append(w->r, list, json_string(TIE_KINDS[TIE_RULE_NONE].name));
    return list;
}

static void ties_check(struct work *w, const struct round_info *info, json_t *opts,
                       const struct aggregator_kind *rule)
{
    struct place list = PLACE_AT_KEY(info->opts, "tie_break");
    size_t i;
    json_t *tie;
    if (!json_object_get(opts, "tie_break"))
        r_put(w->r, opts, "tie_break", usual_ties(w, opts, rule));
    else if (keeps_ties(w, opts, rule))
        kept_check(w, info, opts, rule);
    json_array_foreach (r_get(w->r, opts, "tie_break"), i, tie) {
        struct place p = PLACE_AT_INDEX(&list, i);
        const struct tie_kind *kind = tie_kind_find(json_string_value(tie));
        if (kind && kind->needs == TIE_NEEDS_CHAIR && !w->has_chair)
            r_fault(w->r, &p, "chair_required",
                    "The chair would break the tie: add a chair, or use another rule.");
        if (kind && kind->needs == TIE_NEEDS_RANKED && !(rule->ballots & BALLOT_RANKED))
            r_fault(w->r, &p, "aggregator_mismatch",
                    "%s compares rankings, and %s does not count any.", kind->name, rule->name);
    }
}

void aggregate_resolve(struct work *w, const struct round_info *info, json_t *opts,
                       unsigned ballots)
{
    struct place p = PLACE_AT_KEY(info->opts, "aggregator");
    char text[64];
    if (r_is_bad(w->r, json_object_get(opts, "aggregator")))
        return;
    const char *name = r_word(w->r, opts, "aggregator");
    const struct aggregator_kind *rule =
        name ? aggregator_kind_find(name) : &AGGREGATOR_KINDS[usual(info, ballots)];
    if (!rule) /* out of memory: its table has checked the word */
        return;
    if (!(rule->ballots & ballots)) {
        r_fault(w->r, &p, "aggregator_mismatch", "%s cannot count the ballots of this round (%s).",
                rule->name, ballots_text(ballots, text, sizeof(text)));
        return;
    }
    r_put(w->r, opts, "aggregator", json_string(rule->name));
    uses_check(w, info, opts, rule);
    ties_check(w, info, opts, rule);
}
