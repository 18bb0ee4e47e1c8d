/* Checks values against the tables and fills in defaults. */
#ifndef PROTO_COUNCIL_CHECK_SHAPE_H
#define PROTO_COUNCIL_CHECK_SHAPE_H

#include "resolver.h"

/* A checked copy (new reference): scalars and free-form parts are shared with the original,
 * unknown members are left out, what failed is `bad`. Faults are added at places below `at`. */
json_t *shape_check(struct resolver *r, const struct doc_shape *shape, json_t *value,
                    const struct place *at);
json_t *doc_check(struct resolver *r, const struct doc_record *record, json_t *value,
                  const struct place *at);

/* Looks at every string of a free-form value. False when one was faulty. */
bool free_check(struct resolver *r, json_t *value, const struct place *at);

/* A copy with every field of the record, in the order of the table: what `object` (which may be
 * NULL) has, else the default; fields without a default are left out. */
json_t *doc_fill(struct resolver *r, const struct doc_record *record, const json_t *object);
json_t *doc_default(struct resolver *r, const struct doc_field *field);
/* What `object` has of that field, as it stands there, else the default: a new reference. */
json_t *doc_given_or_default(struct resolver *r, const struct doc_record *record,
                             const json_t *object, const char *key);

/* The parts of an array or object that its check needs, for messages: "auto, required, none". */
char *words_join(const char *const *words, char *buf, size_t size);

#endif
