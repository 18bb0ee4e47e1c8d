/* Fields of the request body that an adapter writes itself, so that provider_options may not name
 * them. */
#ifndef PROTO_COUNCIL_SEAT_RESERVED_H
#define PROTO_COUNCIL_SEAT_RESERVED_H

#include "proto/council/tables/format_kinds.h"

/* NULL at the end. "a.b" is field b inside a; then a itself may be named, and is merged. */
const char *const *reserved_fields(enum format_id format);

#endif
