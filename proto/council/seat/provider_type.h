/* What the document's checks know of each wire format: which request fields its adapter writes
 * itself, and whether it can hold a model to a JSON Schema. */
#ifndef PROTO_COUNCIL_SEAT_PROVIDER_TYPE_H
#define PROTO_COUNCIL_SEAT_PROVIDER_TYPE_H

#include <stdbool.h>

struct provider_type {
    const char *name;
    bool schema;            /* structured output by schema in the provider's own way */
    bool schema_with_tools; /* also when tools are offered */
    /* Fields of the request body that provider_options may not name. "a.b" is field b inside a;
     * then a itself may be named, and is merged. NULL at the end. */
    const char *const *reserved;
};

/* NULL for a type that is not known. */
const struct provider_type *provider_type_find(const char *name);

#endif
