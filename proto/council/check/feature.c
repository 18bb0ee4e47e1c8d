#include "feature.h"

#include <string.h>

/* The switch: one line for each thing that the engine does. Add the line when the engine can. */
static const char *const ON[][2] = {
    {"round", "independent_analysis"},
    {"round", "anonymized_peer_review"},
    {"round", "synthesis"},
    {"round", "peer_review"},
    {"round", "critique"},
    {"round", "debate"},
    {"round", "vote"},
    {"round", "ranking"},
    {"round", "pairwise_elimination"},
    {"round", "iterate"},
    {"round", "weighted_synthesis"},
    {"aggregator", "peer_ranking"},
    {"aggregator", "plurality"},
    {"aggregator", "majority"},
    {"aggregator", "borda"},
    {"aggregator", "condorcet"},
    {"aggregator", "approval"},
    {"aggregator", "median_confidence"},
    {"aggregator", "confidence_weighted"},
    {"aggregator", "weighted_mean"},
    {"aggregator", "mean_score"},
    {"aggregator", "reliability_weighted"},
    {"aggregator", "bracket"},
    {"template", "parallel_panel"},
    {"template", "voting"},
    {"template", "specialist"},
    {"template", "peer_review"},
    {"template", "karpathy"},
    {"template", "tournament"},
    {"template", "consensus"},
    {"template", "weighted_consensus"},
    {"template", "jury_with_retry"},
    {"template", "debate"},
    {"router", "all"},
    {"router", "rules"},
    {"router", "sample"},
    {"router", "llm"},
    {"router", "reliability"},
    {"confidence", "self_report"},
    {"confidence", "logprob"},
    {"confidence", "semantic_entropy"},
    {"scope", "run"},
    {"scope", "round"},
    {"scope", "reviewer"},
    {"grounding", "none"},
    {"grounding", "all"},
    {"grounding", "top_k"},
    {"mode", "synthesize"},
    {"mode", "select"},
    {"mode", "verdict"},
    {"source", "static"},
    {"source", "confidence"},
    {"source", "equal"},
    {"source", "reliability"},
    {"weights", "equal"},
    {"weights", "member"},
    {"weights", "confidence"},
    {"weights", "reliability"},
    {"tie_break", "pairwise"},
    {"tie_break", "votes"},
    {"tie_break", "confidence"},
    {"tie_break", "first"},
    {"tie_break", "lot"},
    {"tie_break", "chair"},
    {"tie_break", "none"},
    {"early_stop", "shadow"},
    {"early_stop", "stop"},
    {"early_stop", "off"},
    {"one_vote_per", "seat"},
    {"one_vote_per", "model"},
    {"one_vote_per", "provider"},
    {"field", "history"},
    {"field", "tools"},
    {"field", "auto"},
    {"strategy", "rules"},
    {"strategy", "cascade"},
    {"strategy", "llm_classify"},
    {"strategy", "llm_build"},
    {"strategy", "embedding"},
    {"field", "documents"},
    {"field", "output_schema"},
    {"field", "rubric"},
    {"field", "extract_dissent"},
    {"field", "resume"},
    {"field", "input_mapper"},
    {"field", "reports"},
    {"field", "features"},
    {"field", "sub_council"},
};

bool feature_on(const struct council_context *context, const char *kind, const char *name)
{
    if (context->all_features)
        return true;
    for (size_t i = 0; i < sizeof(ON) / sizeof(ON[0]); i++)
        if (strcmp(ON[i][0], kind) == 0 && strcmp(ON[i][1], name) == 0)
            return true;
    return false;
}

bool field_known(const struct council_context *context, const struct field *field)
{
    return !field->feature || feature_on(context, "field", field->feature);
}

bool record_known(const struct council_context *context, const struct record *record)
{
    const struct field *f;
    for (size_t i = 0; (f = record_field(record, i)); i++)
        if (field_known(context, f))
            return true;
    return false;
}
