/* Conditions of routers and of entries of auto documents, and the until of iterate. */
#ifndef PROTO_COUNCIL_ROUND_RESOLVE_CONDITION_H
#define PROTO_COUNCIL_ROUND_RESOLVE_CONDITION_H

#include "proto/council/check/work.h"

void condition_check(struct work *w, json_t *condition, const struct place *at);
/* A copy with its judges' seats resolved (new reference), or bad. */
json_t *until_resolve(struct work *w, json_t *until, const struct place *at);

#endif
