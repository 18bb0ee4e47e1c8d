/* What a run's spec says about resolving: written by councild, read by the runner, which resolves
 * the same council again with it. */
#ifndef PROTO_COUNCIL_COUNCIL_SPEC_H
#define PROTO_COUNCIL_COUNCIL_SPEC_H

#include <jansson.h>

#include "common/error.h"
#include "document.h"
#include "proto/council/check/context.h"

/* Adds what the runner needs to resolve again to a spec (link.md): catalogue, providers, prices,
 * defaults, tools, allow_options. Not council, input, options and keys. 0 or -ENOMEM. */
int council_spec_fill(json_t *spec, const struct council_context *context,
                      const struct council_plan *plan);
/* The way back, in the runner. The context borrows from the spec and owns its catalogue, which
 * council_context_release frees. -EINVAL for another form, -ENOMEM. */
int council_context_from_spec(const json_t *spec, struct council_context *ret, struct error *err);
void council_context_release(struct council_context *context);

#endif
