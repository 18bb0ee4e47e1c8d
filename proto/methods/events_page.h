/* The part of docs/events.md that is made from the tables: what runs tell, in Markdown, with an
 * example of each event. `make docs` puts it between the two marker lines; a unit test says when it
 * is stale. */
#ifndef PROTO_METHODS_EVENTS_PAGE_H
#define PROTO_METHODS_EVENTS_PAGE_H

#include <jansson.h>

#include "common/buf.h"
#include "common/error.h"

#define EVENTS_PAGE_BEGIN "<!-- made by `make docs` from the tables of events: begin -->\n"
#define EVENTS_PAGE_END   "<!-- made by `make docs` from the tables of events: end -->\n"

/* `examples` has an event under the name of each type. Adds the text: 0, -ENOMEM or -EMSGSIZE;
 * -EINVAL: there is no example of a type. */
int events_page(struct buf *to, const json_t *examples);
/* As methods_page_update. */
int events_page_update(struct buf *to, const char *page, const json_t *examples, struct error *err);

#endif
