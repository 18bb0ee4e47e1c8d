#include "common/jx.h"
#include "proto/council/tables/kinds.h"

#include "auto_choice.h"
#include "runner/deliberation/round/condition.h"
#include "runner/deliberation/state/state.h"

static enum auto_answer auto_rules(struct auto_stage *s, json_t *options, struct auto_pick *pick)
{
    (void)options;
    size_t i;
    json_t *entry, *match;
    int64_t steps = CONDITION_STEPS;
    struct condition_facts f = {.input = s->e->input, .iteration = -1, .steps = &steps};
    json_array_foreach (s->entries, i, entry) {
        if (!(match = j_get(entry, "match")) || !condition_holds(match, &f))
            continue;
        pick->entry = entry;
        return AUTO_MATCH;
    }
    return AUTO_NO_MATCH;
}

const struct strategy strategy_rules = {
    .kind = &STRATEGY_KINDS[STRATEGY_RULES],
    .try = auto_rules,
};
