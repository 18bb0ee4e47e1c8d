/* Tools: names and inline tools become objects with name, kind, description and parameters. */
#ifndef PROTO_COUNCIL_SEAT_TOOL_H
#define PROTO_COUNCIL_SEAT_TOOL_H

#include "proto/council/check/work.h"

/* An inline or named tool as an object (new reference), or bad. */
json_t *tool_resolve(struct work *w, json_t *tool, const struct place *at);
/* Resolves a list; tools named twice are a fault. */
json_t *tools_resolve(struct work *w, json_t *tools, const struct place *at);

/* Documents of one list have different ids. */
bool documents_ids_check(struct work *w, const json_t *documents, const struct place *at);

#endif
