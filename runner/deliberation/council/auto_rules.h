/* rules: the first entry of the catalogue whose condition holds for the input. */
#ifndef RUNNER_DELIBERATION_COUNCIL_AUTO_RULES_H
#define RUNNER_DELIBERATION_COUNCIL_AUTO_RULES_H

#include "auto_choice.h"

enum auto_answer auto_rules(struct auto_stage *s, json_t *options, struct auto_pick *pick);

#endif
