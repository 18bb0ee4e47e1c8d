/* A tournament over several levels: seeding, byes, who lost when. */
#ifndef RUNNER_DELIBERATION_TYPES_BRACKET_H
#define RUNNER_DELIBERATION_TYPES_BRACKET_H

#include <jansson.h>

struct council;
struct round;

/* The pairs of the next level as member numbers, two by two; room for 64. A level outside a loop
 * and the first one of a loop begin a new tournament. Returns how many numbers, always even. */
int bracket_draw(struct council *c, struct round *r, int *pairs);
/* Place before the tournament, from 0; -1 when there was no ranking or it lacks this member. */
int bracket_rank(const struct council *c, const char *id);
/* The place in the lot order of this level by the number of the member, of those who stand as it
 * begins; room for 64. */
void bracket_lots(const struct round *r, int *place);
/* Notes the losers of a level (ids). */
void bracket_lost(struct council *c, json_t *ids);
/* {aggregator: bracket, ...}: those who remain, then the losers, the latest first. New. */
json_t *bracket_aggregate(struct council *c);

struct tournament;
void tournament_free(struct tournament *t);

#endif
