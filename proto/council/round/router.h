/* Routers: who of the pool takes part in a round. */
#ifndef PROTO_COUNCIL_ROUND_ROUTER_H
#define PROTO_COUNCIL_ROUND_ROUTER_H

#include "proto/council/check/work.h"

/* A name or an object as a filled object (new reference), or bad. */
json_t *router_resolve(struct work *w, json_t *router, const struct place *at);

#endif
