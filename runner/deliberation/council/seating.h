/* The seats of a council, from its document: members, chair, fallback chairs. */
#ifndef RUNNER_DELIBERATION_COUNCIL_SEATING_H
#define RUNNER_DELIBERATION_COUNCIL_SEATING_H

struct council;

void seating_make(struct council *c);
void seating_free(struct council *c);

#endif
