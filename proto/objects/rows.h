/* Rows of what runs tell: how sure it is that a member is there, and rows that many objects have.
 */
#ifndef PROTO_OBJECTS_ROWS_H
#define PROTO_OBJECTS_ROWS_H

#include "proto/field.h"

enum {
    SOMETIMES = 0,
    ALWAYS = FIELD_REQUIRED,
    OR_NULL = FIELD_REQUIRED | FIELD_NULLABLE, /* always there */
};

extern const struct field ITEM_ID, ITEM_IDS, ITEM_COUNT, ITEM_NUMBER, ITEM_SCORE, ITEM_SCORES,
    ITEM_LABELS;

/* clang-format off */
#define ROW_INDEX {"index", FIELD_INT, ALWAYS, .doc = "of the round in the council, from 0"}
#define ROW_ITERATION {"iteration", FIELD_INT, ALWAYS, .doc = "of the loop, from 0"}
#define ROW_MEMBER {"member_id", FIELD_STRING, ALWAYS, .doc = "the seat"}
#define ROW_CALL {"call_id", FIELD_STRING, ALWAYS, .doc = "the call"}
#define ROW_ATTEMPT {"attempt", FIELD_INT, ALWAYS, .doc = "of the call, from 1"}
#define ROW_PROVIDER {"provider", FIELD_STRING, ALWAYS, .doc = "that was asked"}
#define ROW_MODEL {"model", FIELD_STRING, ALWAYS, .doc = "that was asked for"}
#define ROW_USAGE(DOC) {"usage", FIELD_OBJECT, OR_NULL, .of = &OBJECT_USAGE, .doc = DOC}
#define ROW_COST {"cost", FIELD_NUMBER, OR_NULL, .doc = "in USD; null: not known"}
#define ROW_LATENCY {"latency_ms", FIELD_INT, ALWAYS, .doc = "how long it took"}
/* clang-format on */

#define OBJECT(NAME, TITLE, FIELDS, DOC)                                                           \
    const struct object NAME = {                                                                   \
        .title = (TITLE), .doc = (DOC), .fields = (FIELDS), .told_by_runs = true}

#endif
