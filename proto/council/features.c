#include "features.h"

#include <string.h>

/* The switch: one line for each thing that the engine does. Add the line when the engine can. */
static const char *const ON[][2] = {
    {"round", "independent_analysis"},
    {"round", "anonymized_peer_review"},
    {"round", "synthesis"},
    {"aggregator", "peer_ranking"},
    {"template", "parallel_panel"},
    {"template", "peer_review"},
    {"template", "karpathy"},
    {"router", "all"},
    {"confidence", "self_report"},
    {"scope", "run"},
    {"scope", "round"},
    {"scope", "reviewer"},
    {"grounding", "none"},
    {"mode", "synthesize"},
    {"weights", "equal"},
    {"weights", "member"},
    {"weights", "confidence"},
    {"tie_break", "pairwise"},
    {"tie_break", "votes"},
    {"tie_break", "confidence"},
    {"tie_break", "first"},
    {"tie_break", "lot"},
    {"tie_break", "none"},
    {"early_stop", "shadow"},
    {"early_stop", "off"},
    {"one_vote_per", "seat"},
    {"field", "history"},
    {"field", "output_schema"},
    {"field", "rubric"},
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
