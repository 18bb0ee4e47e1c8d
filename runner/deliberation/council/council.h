/* The course of a council: its rounds in order, its deadlines, its end.
 *
 *     c = council_new(e, path, doc, input, material)
 *     council_start(c)
 *     while (council_step(c)) ;     until c->done; facts and timers move it
 *     council_free(c) */
#ifndef RUNNER_DELIBERATION_COUNCIL_COUNCIL_H
#define RUNNER_DELIBERATION_COUNCIL_COUNCIL_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct council;
struct engine;

/* path and doc are borrowed and must outlive it. */
struct council *council_new(struct engine *e, const char *path, json_t *doc, json_t *input,
                            json_t *material);
void council_free(struct council *c);
void council_start(struct council *c);
/* An outer limit ends it earlier than its own. */
void council_shorten(struct council *c, int64_t end_ms);
bool council_step(struct council *c); /* true when something moved */

#endif
