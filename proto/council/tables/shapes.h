/* Short ways to write shapes; used by the tables only. */
#ifndef PROTO_COUNCIL_TABLES_SHAPES_H
#define PROTO_COUNCIL_TABLES_SHAPES_H

#include "doc_table.h"

#define NONE     0
#define NULLABLE T_NULL
#define TEXT(n, max)                                                                               \
    {                                                                                              \
        .types = T_STRING | (n), .max_length = (max)                                               \
    }
#define FILLED(n, max)                                                                             \
    {                                                                                              \
        .types = T_STRING | (n), .max_length = (max), .flags = S_FILLED                            \
    }
#define PROMPT(n)                                                                                  \
    {                                                                                              \
        .types = T_STRING | (n), .flags = S_TEMPLATE                                               \
    }
#define ID(n)                                                                                      \
    {                                                                                              \
        .types = T_STRING | (n), .flags = S_ID                                                     \
    }
#define WORD(n, list)                                                                              \
    {                                                                                              \
        .types = T_STRING | (n), .words = (list)                                                   \
    }
#define KNOWN(n, list, code)                                                                       \
    {                                                                                              \
        .types = T_STRING | (n), .words = (list), .word_code = (code)                              \
    }
#define INTEGER(n, least, most)                                                                    \
    {                                                                                              \
        .types = T_INTEGER | (n), .min = (least), .max = (most)                                    \
    }
#define NUMBER(n, least, most)                                                                     \
    {                                                                                              \
        .types = T_NUMBER | (n), .min = (least), .max = (most)                                     \
    }
#define BOOLEAN(n)                                                                                 \
    {                                                                                              \
        .types = T_BOOLEAN | (n)                                                                   \
    }
#define OBJECT(n, of)                                                                              \
    {                                                                                              \
        .types = T_OBJECT | (n), .record = &(of)                                                   \
    }
#define LIST(n, of, most)                                                                          \
    {                                                                                              \
        .types = T_ARRAY | (n), .items = &(of), .max_items = (most)                                \
    }
#define MAP(n, of, most)                                                                           \
    {                                                                                              \
        .types = T_OBJECT | (n), .items = &(of), .max_items = (most), .flags = S_ID_KEYS           \
    }
#define RAW(more, form)                                                                            \
    {                                                                                              \
        .types = T_OBJECT | (more), .flags = S_RAW, .raw = RAW_##form                              \
    }
/* A member id, or a seat written in place. */
#define SEAT_OR_NAME(n)                                                                            \
    {                                                                                              \
        .types = T_STRING | T_OBJECT | (n), .flags = S_FILLED, .record = &MEMBER                   \
    }
#define METADATA                                                                                   \
    {                                                                                              \
        .types = T_OBJECT, .flags = S_UNSEEN                                                       \
    }
#define FREE(n)                                                                                    \
    {                                                                                              \
        .types = (n), .flags = S_FREE                                                              \
    }

#endif
