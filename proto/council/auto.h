/* AutoCouncil documents. */
#ifndef PROTO_COUNCIL_AUTO_H
#define PROTO_COUNCIL_AUTO_H

#include "proto/council/check/work.h"

/* `council` is {"auto": name or document}. The resolved auto document (new reference), or NULL
 * after faults. */
json_t *auto_build(struct resolver *r, const json_t *council);

#endif
