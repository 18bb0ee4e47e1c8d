/* Which names of models a document may give. It chooses a model, never a path, a query or a host:
 * in some wire formats the name stands in the URL. */
#ifndef PROTO_COUNCIL_SEAT_MODEL_NAME_H
#define PROTO_COUNCIL_SEAT_MODEL_NAME_H

#include <jansson.h>
#include <stdbool.h>

#include "proto/council/tables/format_kinds.h"

enum { MODEL_NAME_BYTES = 200 };

/* config: of the provider that is asked, or NULL. */
bool model_name_fits(enum format_id format, const json_t *config, const char *name);
/* What such a name may be, for people: "a name of ...". */
const char *model_name_rule(enum format_id format, const json_t *config);

#endif
