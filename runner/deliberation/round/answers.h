/* Current answers: which rounds set them, and when. */
#ifndef RUNNER_DELIBERATION_ROUND_ANSWERS_H
#define RUNNER_DELIBERATION_ROUND_ANSWERS_H

#include <stdbool.h>

#include "stage.h"

struct council;
struct round;
struct seat_call;

/* Is it an answer round, with its opts? */
bool round_sets_answers(const struct round *r);
/* One member's answer, at once (sequential rounds). */
void round_set_answer(struct round *r, struct seat_call *c);
/* Sets those of all members when all have answered or failed. */
extern const struct round_stage answers_stage;
/* Mean similarity of the current answers; NAN below two. */
double council_text_agreement(const struct council *c);

#endif
