/* Unpacking an object into a C struct, by a table of fields (field.h).
 *
 * Unpacking never stops at the first fault: the fields that are right are filled in even when
 * another one is wrong, so that a caller can check the council before it complains about an option.
 * Fields that are not there keep what the table gives as default (numbers, words, booleans), or
 * stay NULL. Strings count by length: they may hold NULs. */
#ifndef PROTO_FIELDS_H
#define PROTO_FIELDS_H

#include <jansson.h>

#include "field.h"
#include "proto/json/json_span.h"

/* Fills the struct at `out`, which must be zeroed. The table has FIELDS_MAX fields at most. 0;
 * -EBADMSG: the first fault stands in *fault, the good fields are filled in; -ENOMEM. Wrong
 * members, in the order of the list, come before missing ones (inside of an object it is the other
 * way round). In every case fields_release is due. */
int fields_unpack(const struct field *table, const struct json_list *members, void *out,
                  struct field_fault *fault);
void fields_release(const struct field *table, void *out);

/* The two steps of it, for a struct that is filled from several objects, the later over the
 * earlier: defaults into a zeroed struct, then what stands in an object over what the struct holds.
 * With out == NULL values are only checked. */
void fields_defaults(const struct field *table, void *out);
int fields_update(const struct field *table, const struct json_list *members, void *out,
                  struct field_fault *fault);

#endif
