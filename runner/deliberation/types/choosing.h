/* What vote and ranking share: members choose among options or answers, or in words of their own.
 */
#ifndef RUNNER_DELIBERATION_TYPES_CHOOSING_H
#define RUNNER_DELIBERATION_TYPES_CHOOSING_H

#include <stdbool.h>

#include "runner/deliberation/form/form.h"
#include "runner/deliberation/round/stage.h"

struct round;
struct seat;
struct seat_call;

/* What a type makes of its round. */
struct choosing {
    enum form_kind form;
    bool abstain;    /* may be a choice */
    double min, max; /* of score ballots */
};

bool choosing_over_answers(const struct round *r);
bool choosing_free(const struct round *r); /* any words are a choice */
bool choosing_can_ask(struct round *r, struct seat *s);
void choosing_prepare(struct round *r, struct seat_call *c, const struct choosing *k,
                      const char *instructions);
enum conclusion choosing_conclude(struct round *r);
void choosing_watch(struct round *r);

#endif
