/* The answers of members as they stood before and after each round, out of RoundResults. */
#ifndef RUNNER_DELIBERATION_COUNCIL_REPORT_ANSWERS_H
#define RUNNER_DELIBERATION_COUNCIL_REPORT_ANSWERS_H

#include <jansson.h>

#include "proto/council/tables/kinds.h"

/* What of the round stands in the reports. */
enum round_section report_section(const json_t *round);
/* Brings {member: text} up to date with one round. */
void report_apply(json_t *answers, const json_t *round);
/* What a result set as the member's answer; NULL when it set none. */
const char *report_answer_in(const json_t *round, const json_t *result);
/* The texts, without one member's (NULL: of all); room for all. Returns how many. Borrowed. */
int report_texts(const json_t *answers, const char *without, const char **texts);

#endif
