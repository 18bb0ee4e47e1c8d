/* Limits in force: the smallest that operator, options, auto document and council give. */
#ifndef PROTO_COUNCIL_BUDGET_H
#define PROTO_COUNCIL_BUDGET_H

#include "proto/council/check/work.h"

/* Fills w->budget and w->unknown_price from the document and, outermost, the others. */
void budget_fill(struct work *w);

#endif
