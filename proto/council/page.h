/* What is made from the tables for readers: the reference part of docs/council.md, and the JSON
 * Schema of the document for editors (docs/council.schema.json). Both tell what this version can
 * do. `make docs` writes them; a unit test says when they are stale. */
#ifndef PROTO_COUNCIL_PAGE_H
#define PROTO_COUNCIL_PAGE_H

#include <jansson.h>

#include "common/buf.h"
#include "common/error.h"

#define COUNCIL_PAGE_BEGIN "<!-- made by `make docs` from the tables: begin -->\n"
#define COUNCIL_PAGE_END   "<!-- made by `make docs` from the tables: end -->\n"

/* The page with what stands between its markers replaced: adds all of it to `to`. -EINVAL when the
 * markers are not there, -ENOMEM, -EMSGSIZE. */
int council_page_update(struct buf *to, const char *page, struct error *err);

/* A new reference, NULL when out of memory. */
json_t *council_json_schema(void);
/* Its text as it stands in the file; malloc'ed, NULL when out of memory. */
char *council_json_schema_text(void);

#endif
