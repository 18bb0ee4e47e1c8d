/* Checking a council: what council.validate and run.start have in common. Forks nothing, writes
 * nothing, reserves nothing. */
#ifndef DAEMON_ADMIT_H
#define DAEMON_ADMIT_H

#include "dispatch.h"
#include "proto/council/council.h"

/* 0 with *ret; -EINVAL with faults; -ENOMEM. `values` is how many JSON values the council has: too
 * many are refused before any of them becomes a tree. */
int admit_council(struct call *call, struct json_span council, size_t values, const json_t *options,
                  size_t input_bytes, struct council_plan *ret, struct council_faults *faults);
/* invalid_council with all of them. */
int admit_refuse_council(struct call *call, const struct council_faults *faults);

#endif
