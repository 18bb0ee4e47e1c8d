/* What the engine of this version can run. A word or field of the tables that is not switched on
 * is refused as if it did not exist, so that nothing is accepted that would not run. */
#ifndef PROTO_COUNCIL_CHECK_FEATURE_H
#define PROTO_COUNCIL_CHECK_FEATURE_H

#include <stdbool.h>

#include "proto/council/document.h"
#include "proto/council/tables/table.h"

/* `kind` is what the tables name: "round", "aggregator", "template", "router", "confidence",
 * "field" ... */
bool feature_on(const struct council_context *context, const char *kind, const char *name);

/* Is the field known to this version? Does the record have any that is? */
bool field_known(const struct council_context *context, const struct field *field);
bool record_known(const struct council_context *context, const struct record *record);

#endif
