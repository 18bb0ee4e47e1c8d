/* JSON Schemas in documents: the subset that the APIs of language models use,
 * and the built-in schemas. */
#ifndef PROTO_COUNCIL_CHECK_CHECK_SCHEMA_H
#define PROTO_COUNCIL_CHECK_CHECK_SCHEMA_H

#include "resolver.h"

/* Checks one schema; faults are `code`. `pattern` and `format` are warned of. */
bool schema_document_check(struct resolver *r, json_t *schema, const char *code,
                           const struct place *at);

/* A built-in schema by name (new reference) without the enums that only a round knows; NULL when
 * there is none of that name. */
json_t *schema_builtin(struct resolver *r, const char *name);

#endif
