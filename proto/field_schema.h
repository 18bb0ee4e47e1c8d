/* Fields as JSON Schema. New references, NULL: no memory. */
#ifndef PROTO_FIELD_SCHEMA_H
#define PROTO_FIELD_SCHEMA_H

#include <jansson.h>

#include "field.h"

/* Of an object with these fields. `closed`: no other members are allowed. */
json_t *fields_schema(const struct field *table, bool closed);
/* Objects with a title are referred to, as components of an OpenRPC document. */
json_t *field_schema(const struct field *field);
json_t *object_schema(const struct object *object);

#endif
