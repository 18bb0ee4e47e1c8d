/* The two halves of unpacking: objects and faults (fields.c), single values (fields_values.c). */
#ifndef PROTO_FIELDS_UNPACK_H
#define PROTO_FIELDS_UNPACK_H

#include "fields.h"

enum { UNPACK_PREFIX_MAX = 96 };

/* One object on its way into a struct. */
struct unpack {
    const struct field *table;
    char *out;
    const char *prefix; /* JSON Pointer from params to this object; "" for params itself */
    struct rpc_fault *fault;
    int error; /* 0, -EBADMSG, -ENOMEM */
    uint64_t seen;
};

/* One value into its place in the struct. Faults are noted in u. */
void unpack_value(struct unpack *u, const struct field *field, struct json_span value, void *slot);
int unpack_object(const struct field *table, struct json_span object, void *out, const char *prefix,
                  struct rpc_fault *fault);

/* Notes the first fault: that of the field `name` of the object at `prefix`. */
void unpack_wrong(struct unpack *u, const char *prefix, const char *name, const char *message);
/* Adds a name to a JSON Pointer, as far as it fits into size bytes. */
void unpack_add_token(char *to, size_t size, const char *name);

#endif
