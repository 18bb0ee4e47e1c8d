/* Input mappers, and placeholders in texts. */
#ifndef PROTO_COUNCIL_SEAT_RESOLVE_MAPPER_H
#define PROTO_COUNCIL_SEAT_RESOLVE_MAPPER_H

#include "proto/council/check/work.h"

/* A mapper by name or in place as an object (new reference), or bad. */
json_t *mapper_resolve(struct work *w, json_t *mapper, const struct place *at);

/* False after a fault: a placeholder that does not exist. `text` may be anything but a string. */
bool placeholders_check(struct resolver *r, const json_t *text, const struct place *at);

#endif
