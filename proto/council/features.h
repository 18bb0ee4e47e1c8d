/* What the engine of this version can run. A word or field of the tables that is not switched on
 * is refused as if it did not exist, so that nothing is accepted that would not run. */
#ifndef PROTO_COUNCIL_FEATURES_H
#define PROTO_COUNCIL_FEATURES_H

#include <stdbool.h>

#include "council.h"

/* `kind` is what the tables name: "round", "aggregator", "template", "router", "confidence",
 * "field" ... */
bool feature_on(const struct council_context *context, const char *kind, const char *name);

#endif
