/* Strategies of auto documents, and their options. */
#ifndef PROTO_COUNCIL_STRATEGY_H
#define PROTO_COUNCIL_STRATEGY_H

#include "proto/council/check/work.h"

/* The options of the document's strategy, checked and filled in (a new reference), or bad.
 * `catalog` are the resolved entries. */
json_t *strategy_resolve(struct work *w, const json_t *catalog);

#endif
