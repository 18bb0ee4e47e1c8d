/* All objects that tables refer to, each once: what the components of an OpenRPC document, and the
 * pages of objects, are made from. */
#ifndef PROTO_OBJECT_SET_H
#define PROTO_OBJECT_SET_H

#include "field.h"

enum { OBJECT_SET_MAX = 160 };

struct object_set {
    const struct object *at[OBJECT_SET_MAX]; /* those that refer before those referred to */
    size_t n;
};

/* What the table refers to, and what that refers to; NULL: nothing. What has no room is left out.
 */
void object_set_add_fields(struct object_set *set, const struct field *table);
void object_set_add(struct object_set *set, const struct object *object);

#endif
