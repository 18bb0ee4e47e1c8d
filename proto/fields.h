/* Tables of fields: what a JSON object may hold, said once. From a table come the unpacking of
 * params into a C struct, the JSON Schema in `rpc.discover`, and the page of the protocol.
 *
 * Unpacking never stops at the first fault: the fields that are right are filled in even when
 * another one is wrong, so that a caller can check the council before it complains about an option.
 * Fields that are not there keep what the table gives as default (numbers, words, booleans), or
 * stay NULL. Strings count by length: they may hold NULs. */
#ifndef PROTO_FIELDS_H
#define PROTO_FIELDS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/json/json_span.h"
#include "rpc.h"

enum field_type {
    FIELD_STRING,     /* struct field_string; min..max bytes */
    FIELD_INT,        /* int64_t; min..max */
    FIELD_NUMBER,     /* results only: a real number */
    FIELD_BOOL,       /* bool */
    FIELD_WORD,       /* int: min + index into `words` */
    FIELD_OBJECT,     /* json_t *, any object; with `sub`: a C struct inside the struct */
    FIELD_ARRAY,      /* json_t *, any array; for results `sub` are the fields of its elements */
    FIELD_STRINGS,    /* json_t *: array of strings of at most `max` bytes */
    FIELD_STRING_MAP, /* json_t *: object whose values are strings of at most `max` bytes */
    FIELD_ANY,        /* json_t *, any value */
    FIELD_SPAN,       /* struct json_span, any value of at most `max` bytes, left as it is */
    FIELD_RUN_ID,     /* struct field_string: an id to look up, any string up to 128 bytes */
    FIELD_NEW_RUN_ID, /* struct field_string: an id to give (runid_valid) */
    FIELD_REF,        /* struct field_string: ref_valid */
    FIELD_SHUTDOWN,   /* int64_t: ms, or one of enum shutdown */
    FIELD_SUBSCRIBE,  /* int: enum subscribe. true, false, or {"deltas": bool} */
    FIELD_VERBOSE,    /* bool. false or "debug" */
    FIELD_TIME,       /* results only: RFC 3339 */
    FIELD_TYPE_COUNT
};

enum shutdown {
    SHUTDOWN_INFINITY = -1,
    SHUTDOWN_BRUTAL_KILL = -2,
    SHUTDOWN_DEFAULT = -3 /* not given */
};

enum subscribe { SUBSCRIBE_NONE, SUBSCRIBE_LIFECYCLE, SUBSCRIBE_DELTAS };

struct field_string {
    char *at; /* NUL-terminated; NULL: not given */
    size_t len;
};

enum field_flags {
    FIELD_REQUIRED = 1, /* must be there; in results: always is */
    FIELD_NULLABLE = 2, /* params: null counts as not given; results: may be null */
    FIELD_CLOSED = 4    /* an object with `sub` that has no other members */
};

struct field {
    const char *name;
    enum field_type type;
    unsigned flags;
    size_t offset; /* in the struct that is filled; params only */
    int64_t min;
    int64_t max;
    int64_t def;              /* for FIELD_INT, _BOOL, _WORD, _SHUTDOWN, _SUBSCRIBE, _VERBOSE */
    const char *const *words; /* FIELD_WORD: NULL-terminated */
    const struct field *sub;  /* ends with a field without name */
    const char *doc;          /* one line */
};

/* Fills the struct at `out`, which must be zeroed. The table ends with a field without name and has
 * 64 fields at most. 0; -EBADMSG: the first fault stands in *fault (reason invalid_parameter; id
 * untouched), the good fields are filled in; -ENOMEM. Missing fields, in the order of the table,
 * come before wrong ones. In every case fields_release is due. */
int fields_unpack(const struct field *table, const struct json_list *members, void *out,
                  struct rpc_fault *fault);
void fields_release(const struct field *table, void *out);

/* JSON Schema of an object with these fields, or of one field; new references, NULL: no memory.
 * `closed`: no other members are allowed. */
json_t *fields_schema(const struct field *table, bool closed);
json_t *field_schema(const struct field *field);
/* What kind of value a field takes, in a few words for a table in the docs: "string",
 * "integer 1..500", "`drain` or `now`". ret has `size` bytes; returns ret. */
char *field_type_text(const struct field *field, char *ret, size_t size);

#endif
