/* `options` of run.start. */
#ifndef PROTO_COUNCIL_OPTIONS_H
#define PROTO_COUNCIL_OPTIONS_H

#include "council_faults.h"
#include "proto/council/check/resolver.h"

/* A checked copy (new reference). The first fault, if any, goes into ret->option_field and
 * ret->option_message, and the answer is NULL. */
json_t *options_check(struct resolver *r, const json_t *options, struct council_faults *ret);

/* What only the council can tell: overrides of seats that it does not have. */
bool options_seats_check(const json_t *options, const json_t *resolved, struct council_faults *ret);

#endif
