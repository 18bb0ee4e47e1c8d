/* The JSON Schema of the council document, for editors (docs/council.schema.json), made from the
 * tables. `make docs` writes it; a unit test says when it is stale. */
#ifndef PROTO_COUNCIL_JSON_SCHEMA_H
#define PROTO_COUNCIL_JSON_SCHEMA_H

#include <jansson.h>

/* A new reference, NULL when out of memory. */
json_t *council_json_schema(void);
/* Its text as it stands in the file; malloc'ed, NULL when out of memory. */
char *council_json_schema_text(void);

#endif
