/* The aggregate of a round as a table. */
#ifndef STORY_TALLY_H
#define STORY_TALLY_H

#include <jansson.h>

#include "common/buf.h"

/* Candidates in the order of the aggregate, with score and, where there is a peer ranking report,
 * mean position and first places; then the winner or the tie. */
void tally_add(struct buf *to, const json_t *aggregate);

#endif
