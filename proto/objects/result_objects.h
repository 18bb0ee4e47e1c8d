/* What a run has come to, as it tells it. */
#ifndef PROTO_OBJECTS_RESULT_OBJECTS_H
#define PROTO_OBJECTS_RESULT_OBJECTS_H

#include "proto/field.h"

extern const struct object OBJECT_RESULT;
extern const struct object OBJECT_SELECTION_STEP;

/* clang-format off */
/* Who chose a council, and how. */
#define ROWS_SELECTION(MARKS)                                                                      \
    {"strategy", FIELD_STRING, FIELD_REQUIRED, .doc = "that chose, or was the last to try"},       \
    {"kind", FIELD_WORD, (MARKS), .words = WORDS_SELECTED_KIND, .doc = "where it comes from"},     \
    {"catalog_id", FIELD_STRING, FIELD_REQUIRED | FIELD_NULLABLE, .doc = "of the list to choose from"}, \
    {"reason", FIELD_STRING, FIELD_REQUIRED | FIELD_NULLABLE, .doc = "why, in the words of who chose"}, \
    {"score", FIELD_NUMBER, FIELD_REQUIRED | FIELD_NULLABLE, .doc = "how well it fits"},           \
    {"latency_ms", FIELD_INT, FIELD_REQUIRED, .doc = "how long it took"},                          \
    {"steps", FIELD_ARRAY, FIELD_REQUIRED, .of = &OBJECT_SELECTION_STEP, .doc = "what was tried"}
/* clang-format on */
extern const char *const WORDS_SELECTED_KIND[];

#endif
