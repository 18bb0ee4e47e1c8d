/* llm_classify and llm_build: a model chooses a council, or designs one. */
#ifndef RUNNER_DELIBERATION_COUNCIL_AUTO_CLASSIFY_H
#define RUNNER_DELIBERATION_COUNCIL_AUTO_CLASSIFY_H

#include "auto_choice.h"

enum auto_answer auto_classify(struct auto_stage *s, json_t *options, struct auto_pick *pick);
enum auto_answer auto_design(struct auto_stage *s, json_t *options, struct auto_pick *pick);

#endif
