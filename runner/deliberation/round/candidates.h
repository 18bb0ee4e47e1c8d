/* Whose answers a round is about, and how they are shown. */
#ifndef RUNNER_DELIBERATION_ROUND_CANDIDATES_H
#define RUNNER_DELIBERATION_ROUND_CANDIDATES_H

#include <jansson.h>

struct council;
struct prompt;
struct round;
struct seat;

/* Ids of the members with a current answer that are not eliminated, in document order; new. */
json_t *candidate_ids(struct council *c);
/* Those of them that a reader may judge; new. */
json_t *judged_by(const struct round *r, const struct seat *reader);
/* Shows these candidates in the names of the call and notes them in it as presented. notes: enum
 * answer_notes (call/prompt.h), nothing where the reader judges. */
void present_answers(struct prompt *p, json_t *ids, unsigned notes);

#endif
