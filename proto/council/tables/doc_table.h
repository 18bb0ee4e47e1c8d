/* The form of a council document as data. A doc_record is an object type: a table of fields; a
 * doc_shape is what one value may be. Checking (check/shape.h), defaults, the two hashes,
 * docs/council.md and the published JSON Schema are all made from these tables (records.h). */
#ifndef PROTO_COUNCIL_TABLES_DOC_TABLE_H
#define PROTO_COUNCIL_TABLES_DOC_TABLE_H

#include <stdbool.h>
#include <stddef.h>

/* doc_shape.types */
enum {
    T_STRING = 1 << 0,
    T_INTEGER = 1 << 1,
    T_NUMBER = 1 << 2, /* integer or real */
    T_BOOLEAN = 1 << 3,
    T_OBJECT = 1 << 4,
    T_ARRAY = 1 << 5,
    T_NULL = 1 << 6,
    T_ANY = (1 << 7) - 1,
};

/* doc_shape.flags */
enum {
    S_ID = 1 << 0,       /* the string has the id pattern */
    S_ABOVE = 1 << 1,    /* the number is above min, not equal to it */
    S_FREE = 1 << 2,     /* any content; only its strings are looked at (NUL, credentials) */
    S_UNSEEN = 1 << 3,   /* any content, never looked at: metadata */
    S_RAW = 1 << 4,      /* an object whose form is checked by code of its own, later */
    S_ID_KEYS = 1 << 5,  /* map: the names have the id pattern */
    S_FILLED = 1 << 6,   /* strings, arrays and maps: not empty */
    S_TEMPLATE = 1 << 7, /* text with placeholders */
    S_SPARSE = 1 << 8,   /* an object whose absent fields mean "not given": never filled */
};

/* doc_field.flags */
enum {
    F_REQUIRED = 1 << 0,
    F_NOT_ASKED = 1 << 1,  /* cannot change what a seat is asked: left out of ask_sha256 */
    F_NOT_HASHED = 1 << 2, /* left out of both hashes */
};

/* What the tables do not go into: its form is checked by code of its own. ROW(ID, words) */
#define RAW_ROWS(ROW)                                                                              \
    ROW(SCHEMA, "schema")                                                                          \
    ROW(ROUND_OPTS, "round opts")                                                                  \
    ROW(TEMPLATE_OPTS, "template opts")                                                            \
    ROW(STRATEGY_OPTIONS, "strategy options")                                                      \
    ROW(COUNCIL, "council")                                                                        \
    ROW(CONDITION, "condition")                                                                    \
    ROW(ROUTER, "router")                                                                          \
    ROW(UNTIL, "until")                                                                            \
    ROW(MAPPER, "mapper")                                                                          \
    ROW(POINTERS, "pointers")
#define RAW_ID(ID, words) RAW_##ID,
enum doc_raw { RAW_NOTHING, RAW_ROWS(RAW_ID) };
#undef RAW_ID

/* In a few words, for the reference: "round opts". */
const char *doc_raw_words(enum doc_raw raw);

struct doc_record;

struct doc_shape {
    unsigned types;
    unsigned flags;
    double min, max;                 /* numbers; both 0: any */
    size_t max_length;               /* strings, in characters; 0: no limit of its own */
    size_t max_bytes;                /* S_FREE objects, as compact JSON; 0: no limit of its own */
    size_t max_items;                /* arrays, and members of maps; 0: no limit */
    const char *const *words;        /* strings: the allowed ones, NULL at the end */
    const char *word_code;           /* the code for another word; NULL: bad_enum */
    const struct doc_record *record; /* objects */
    const struct doc_shape *items;   /* elements of arrays; values of objects without a record */
    enum doc_raw raw;                /* S_RAW: what it is */
};

struct doc_field {
    const char *name;
    struct doc_shape shape;
    const char *fallback; /* default as JSON text; NULL: absent, or computed */
    unsigned flags;
    const char *doc;
};

struct doc_record {
    const char *name; /* for headings and the JSON Schema */
    const struct doc_record *base[3];
    const struct doc_field *fields;
    size_t count;
};

#define DOC_FIELDS(table) .fields = (table), .count = sizeof(table) / sizeof((table)[0])

/* The i-th field, those of the bases first; NULL behind the last. */
const struct doc_field *doc_field_at(const struct doc_record *record, size_t i);
const struct doc_field *doc_field_find(const struct doc_record *record, const char *name);

#endif
