/* The part of docs/protocol.md that is made from the tables: methods, notifications and errors, in
 * Markdown. `make docs` puts it between the two marker lines; a unit test says when it is stale. */
#ifndef PROTO_METHODS_METHODS_PAGE_H
#define PROTO_METHODS_METHODS_PAGE_H

#include "common/buf.h"
#include "common/error.h"

#define METHODS_PAGE_BEGIN "<!-- made by `make docs` from the method table: begin -->\n"
#define METHODS_PAGE_END   "<!-- made by `make docs` from the method table: end -->\n"

/* Adds the text: 0, -ENOMEM or -EMSGSIZE. */
int methods_page(struct buf *to);
/* The page with what stands between its markers replaced: adds all of it to `to`. -EINVAL when the
 * markers are not there. */
int methods_page_update(struct buf *to, const char *page, struct error *err);

#endif
