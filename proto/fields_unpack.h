/* The two halves of unpacking: objects and faults (fields.c), single values (fields_values.c). */
#ifndef PROTO_FIELDS_UNPACK_H
#define PROTO_FIELDS_UNPACK_H

#include <jansson.h>

#include "field.h"
#include "proto/json/json_span.h"

enum { UNPACK_PREFIX_MAX = 96 };

/* One object on its way into a struct. */
struct unpack {
    const struct field *table;
    char *out;          /* NULL: values are only checked */
    const char *prefix; /* JSON Pointer from the outer object to this one; "" for itself */
    struct field_fault *fault;
    int error; /* 0, -EBADMSG, -ENOMEM */
    uint64_t seen;
};

/* One value into its place in the struct; slot NULL: only checked. Faults are noted in u. */
void unpack_value(struct unpack *u, const struct field *field, struct json_span value, void *slot);
int unpack_object(const struct field *table, struct json_span object, void *out, const char *prefix,
                  struct field_fault *fault);

/* Notes the first fault: that of the field `name` of the object at `prefix`. */
void unpack_note(struct unpack *u, enum field_fault_kind kind, const char *prefix, const char *name,
                 const char *message);
/* Frees what one field holds; for an object with fields of its own, what those hold. */
void unpack_drop(const struct field *field, void *slot);
/* Adds a name to a JSON Pointer, as far as it fits into size bytes. */
void unpack_add_token(char *to, size_t size, const char *name);

#endif
