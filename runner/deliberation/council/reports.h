/* Reports over a finished run: reported, never corrected for. They read the
 * RoundResults only. report_disagreement.c, report_flips.c,
 * report_judge_bias.c. */
#ifndef RUNNER_DELIBERATION_COUNCIL_REPORTS_H
#define RUNNER_DELIBERATION_COUNCIL_REPORTS_H

#include <jansson.h>

struct report_facts {
    const json_t *rounds;    /* RoundResults */
    const json_t *providers; /* {member: provider} */
    const json_t *labels;    /* {label: member}, in the order of labels */
};

/* [{index, iteration, agreement, baseline, vote_entropy, outlier, consensus_score}] */
json_t *report_disagreement(const struct report_facts *f);
/* {position, length, label, same_provider, position_inconsistent}: each {value, n, flagged} */
json_t *report_judge_bias(const struct report_facts *f);
/* [{index, iteration, member_id, changed, toward_majority}], with {changed, toward, capitulation}
 */
json_t *report_flips(const struct report_facts *f);

#endif
