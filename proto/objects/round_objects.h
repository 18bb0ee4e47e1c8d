/* What a round has come to, as runs tell it. */
#ifndef PROTO_OBJECTS_ROUND_OBJECTS_H
#define PROTO_OBJECTS_ROUND_OBJECTS_H

#include "proto/field.h"

extern const struct object OBJECT_AGGREGATE;
extern const struct object OBJECT_QUORUM_MET;
extern const struct object OBJECT_QUORUM_NEED;
extern const struct object OBJECT_ROUND_RESULT;
extern const struct object OBJECT_SKIPPED_SEAT;

extern const char *const WORDS_ROUND_STATUS[];

/* clang-format off */
#define ROWS_EARLY_STOP                                                                            \
    {"mode", FIELD_WORD, FIELD_REQUIRED, .words = WORDS_EARLY_STOP,                                \
     .doc = "`shadow`: it is only told"},                                                          \
    {"leader", FIELD_STRING, FIELD_REQUIRED | FIELD_NULLABLE,                                      \
     .doc = "who cannot be passed; null: nobody can win any more"},                                \
    {"margin", FIELD_NUMBER, FIELD_REQUIRED | FIELD_NULLABLE, .doc = "before the next"},           \
    {"cast", FIELD_INT, FIELD_REQUIRED, .doc = "ballots that were counted"},                       \
    {"outstanding", FIELD_INT, FIELD_REQUIRED, .doc = "ballots that could still come"}
/* clang-format on */
extern const char *const WORDS_EARLY_STOP[];

#endif
