/* embedding: the entry whose description is nearest to the input. */
#ifndef RUNNER_DELIBERATION_COUNCIL_AUTO_EMBEDDING_H
#define RUNNER_DELIBERATION_COUNCIL_AUTO_EMBEDDING_H

#include "auto_choice.h"

enum auto_answer auto_embedding(struct auto_stage *s, json_t *options, struct auto_pick *pick);

#endif
