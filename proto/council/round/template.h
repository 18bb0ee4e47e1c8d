/* Templates: each is replaced by the rounds that it stands for. */
#ifndef PROTO_COUNCIL_ROUND_TEMPLATE_H
#define PROTO_COUNCIL_ROUND_TEMPLATE_H

#include "proto/council/check/work.h"

/* The rounds as a document would write them (a new reference; NULL after a fault). Called before
 * the seats are resolved, since some templates ask for confidences. */
json_t *template_expand(struct work *w, const json_t *template, const struct place *at);

#endif
