/* The opts of each round type: their defaults, and what their tables cannot say. */
#ifndef PROTO_COUNCIL_ROUND_OPTS_H
#define PROTO_COUNCIL_ROUND_OPTS_H

#include "round_info.h"

/* `opts` is checked by the table of its type, and is changed. All that is missing is filled in;
 * opts without a use in this round are left out. A new reference. */
json_t *opts_resolve(struct work *w, const struct round_info *info, json_t *opts);

#endif
