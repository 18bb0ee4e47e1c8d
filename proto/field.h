/* The row language for an object with typed members: name, type, bounds, default, whether it has to
 * be there, and a line of documentation. A table is an array of rows and ends with FIELDS_END. From
 * one table come unpacking into a C struct (fields.h), the JSON Schema (field_schema.h) and the
 * text for people (field_text.h). The params and results of methods, the keys of the configuration,
 * the entries of providers and the limits of a run are such tables. */
#ifndef PROTO_FIELD_H
#define PROTO_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum field_type {
    FIELD_STRING,     /* struct field_string: min..max bytes, of `form` if there is one */
    FIELD_TEXT,       /* char *: the same without a NUL inside */
    FIELD_INT,        /* int64_t; min..max */
    FIELD_BOUND,      /* int64_t: the same, or null for FIELD_UNBOUNDED */
    FIELD_NUMBER,     /* results only: a real number */
    FIELD_BOOL,       /* bool */
    FIELD_WORD,       /* int: min + index into `words` */
    FIELD_WORDS,      /* int: array of words of `words`, a bit for each that is there */
    FIELD_OBJECT,     /* json_t *, any object; with `sub`: a C struct inside the struct; for results
                         with `of`: that object */
    FIELD_ARRAY,      /* json_t *, any array; for results its elements are `of` or `item` */
    FIELD_MAP,        /* results only: an object whose members are each `of` or `item` */
    FIELD_STRINGS,    /* json_t *: array of strings of at most `max` bytes (0: any) */
    FIELD_STRING_MAP, /* json_t *: object of strings, they and the names of at most `max` */
    FIELD_ANY,        /* json_t *, any value */
    FIELD_SPAN,       /* struct json_span, any value of at most `max` bytes, left as it is */
    FIELD_SHUTDOWN,   /* int64_t: ms, or one of enum shutdown */
    FIELD_SUBSCRIBE,  /* int: enum subscribe. true, false, or {"deltas": bool} */
    FIELD_VERBOSE,    /* bool. false or "debug" */
    FIELD_TIME,       /* results only: RFC 3339 */
    FIELD_ONE_OR_MORE, /* results only: a string, or an array of them */
    FIELD_TYPE_COUNT
};

enum shutdown {
    SHUTDOWN_INFINITY = -1,
    SHUTDOWN_BRUTAL_KILL = -2,
    SHUTDOWN_DEFAULT = -3 /* not given */
};

enum subscribe { SUBSCRIBE_NONE, SUBSCRIBE_LIFECYCLE, SUBSCRIBE_DELTAS };

enum { FIELD_UNBOUNDED = -1 };

struct field_string {
    char *at; /* NUL-terminated; NULL: not given */
    size_t len;
};

enum field_flags {
    FIELD_REQUIRED = 1, /* must be there; in results: always is */
    FIELD_NULLABLE = 2, /* params: null counts as not given; results: may be null */
    FIELD_CLOSED = 4,   /* an object with `sub` that has no other members */
    FIELD_OWN = 1 << 8  /* from here on the bits mean what the table's owner says */
};

/* What a string has to look like. */
struct field_form {
    const char *text;    /* for people: "string, a ref" */
    const char *pattern; /* for machines: ECMA 262; NULL: there is none */
    bool (*valid)(const char *text, size_t len);
};

struct field {
    const char *name;
    enum field_type type;
    unsigned flags;
    size_t offset; /* in the struct that is filled; params only */
    int64_t min;
    int64_t max;
    int64_t def;              /* for FIELD_INT, _BOUND, _BOOL, _WORD, _WORDS, _SHUTDOWN, ... */
    const char *const *words; /* FIELD_WORD, FIELD_WORDS: NULL-terminated */
    const struct field_form *form;
    const struct field *sub; /* ends with a field without name */
    const struct object *of; /* results: what it is, or what each of its parts is */
    const struct field *item;
    const char *doc; /* one line */
};

/* An object that is told once, under a name, and referred to wherever it stands. */
struct object {
    const char *title;                    /* an identifier: generated clients have it as a type */
    const char *doc;                      /* one line */
    const struct field *fields;           /* NULL: it is one of `variants` */
    const struct object *const *variants; /* ends with NULL */
    bool told_by_runs;                    /* it stands on the page of the events */
};

enum {
    FIELDS_MAX = 64, /* of one table; the bits of what was seen */
    FIELD_FAULT_NAME_MAX = 160
};

/* What is wrong: told of the first that is. */
struct field_fault {
    enum field_fault_kind { FIELD_FAULT_MISSING, FIELD_FAULT_UNKNOWN, FIELD_FAULT_WRONG } kind;
    char field[FIELD_FAULT_NAME_MAX]; /* a bare name, or a JSON Pointer from the outer object on */
    char message[200];                /* for people, with the name */
};

#define FIELDS_END                                                                                 \
    {                                                                                              \
        .name = NULL                                                                               \
    }

#endif
