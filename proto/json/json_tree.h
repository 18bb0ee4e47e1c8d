/* From spans to trees, for what is kept or changed. */
#ifndef PROTO_JSON_JSON_TREE_H
#define PROTO_JSON_JSON_TREE_H

#include "json_span.h"

/* The value as a tree, a new reference: 0 or -ENOMEM. */
int json_span_load(struct json_span value, json_t **ret);
/* A tree from a text of ours that is known to be good JSON; NULL: out of memory. */
json_t *json_load_constant(const char *text);

#endif
