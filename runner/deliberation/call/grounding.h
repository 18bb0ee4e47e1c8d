/* Grounding: documents of the council that stand under the task. */
#ifndef RUNNER_DELIBERATION_CALL_GROUNDING_H
#define RUNNER_DELIBERATION_CALL_GROUNDING_H

struct prompt;

void prompt_grounding(struct prompt *p);

#endif
