/* What is made from the tables for readers: the reference part of docs/council.md. It tells what
 * this version can do. `make docs` writes it; a unit test says when it is stale. */
#ifndef PROTO_COUNCIL_PAGE_H
#define PROTO_COUNCIL_PAGE_H

#include "common/buf.h"
#include "common/error.h"

#define COUNCIL_PAGE_BEGIN "<!-- made by `make docs` from the tables: begin -->\n"
#define COUNCIL_PAGE_END   "<!-- made by `make docs` from the tables: end -->\n"

/* The page with what stands between its markers replaced: adds all of it to `to`. -EINVAL when the
 * markers are not there, -ENOMEM, -EMSGSIZE. */
int council_page_update(struct buf *to, const char *page, struct error *err);

#endif
