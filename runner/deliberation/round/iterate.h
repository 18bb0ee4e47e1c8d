/* iterate: a wrapped round again and again until its condition holds.
 *
 *     l = iterate_new(c, doc); iterate_take_type(l, type of iterate_round_doc(l))
 *     for each iteration: a round of that document with iterate_stage, r->iterate = l;
 *     iterate_keep(l) before it starts; iterate_next(l, r) when it has closed
 *     iterate_free(l) */
#ifndef RUNNER_DELIBERATION_ROUND_ITERATE_H
#define RUNNER_DELIBERATION_ROUND_ITERATE_H

#include <jansson.h>
#include <stdbool.h>

#include "stage.h"

struct council;
struct iterate;
struct round;
struct round_type;

/* From the document of an iterate round. */
struct iterate *iterate_new(struct council *c, json_t *doc);
void iterate_free(struct iterate *l);
/* The type of the wrapped round; once, before the first iteration. */
void iterate_take_type(struct iterate *l, const struct round_type *type);
/* The wrapped round as a round of its own. Belongs to the loop. */
json_t *iterate_round_doc(const struct iterate *l);
int iterate_iteration(const struct iterate *l);
/* Converged? A judge may have to be asked first. */
extern const struct round_stage iterate_stage;
/* After the round closed: true when another iteration follows. */
bool iterate_next(struct iterate *l, struct round *r);

#endif
