/* Fields in words. */
#ifndef PROTO_FIELD_TEXT_H
#define PROTO_FIELD_TEXT_H

#include "field.h"

/* What kind of value a field takes, for a table in the docs and for "must be ...": "string",
 * "integer 1..500", "\"drain\", \"now\"". ret has `size` bytes; returns ret. */
char *field_type_text(const struct field *field, char *ret, size_t size);

#endif
