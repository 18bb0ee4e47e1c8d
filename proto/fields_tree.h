/* fields_update from a tree instead of a scanned text, for what is small and read once: a
 * configuration. Spans in the struct would point into nowhere: the table must have no FIELD_SPAN.
 */
#ifndef PROTO_FIELDS_TREE_H
#define PROTO_FIELDS_TREE_H

#include <jansson.h>

#include "field.h"

/* `object` is an object, borrowed. As fields_update; what is nested deeper than JSON_DEPTH_MAX is a
 * fault without a field. */
int fields_update_tree(const struct field *table, const json_t *object, void *out,
                       struct field_fault *fault);

#endif
