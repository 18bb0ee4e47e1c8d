/* What the rounds of a chair share: it is shown what the members said and what was counted, and
 * writes, chooses or gives a verdict; when it fails, its fallbacks are asked in turn. */
#ifndef RUNNER_DELIBERATION_TYPES_CHAIRING_H
#define RUNNER_DELIBERATION_TYPES_CHAIRING_H

#include <jansson.h>

#include "runner/deliberation/round/stage.h"

struct prompt;
struct round;
struct seat_call;

struct chairing {
    const char *instructions;                    /* behind those that all have; "" for none */
    void (*note)(struct prompt *p, json_t *ids); /* more on the candidates shown, or NULL */
};

void chairing_prepare(struct round *r, struct seat_call *c, const struct chairing *k);
/* Asks the chair or the next fallback until one has answered. */
enum conclusion chairing_conclude(struct round *r);

#endif
