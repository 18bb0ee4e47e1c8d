/* Parts of a resolved seat that do not depend on what answers in it. */
#ifndef PROTO_COUNCIL_SEAT_SEAT_PARTS_H
#define PROTO_COUNCIL_SEAT_SEAT_PARTS_H

#include "proto/council/check/work.h"

/* Timeouts with their defaults, none longer than total_ms; a new reference. */
json_t *timeouts_filled(struct work *w, const json_t *given);

/* Fills in reliability_key where there is none. */
void reliability_key(struct work *w, json_t *out, const char *provider, const char *model);

#endif
