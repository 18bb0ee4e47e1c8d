/* What one seat was asked and gave, as runs tell it. */
#ifndef PROTO_OBJECTS_CALL_OBJECTS_H
#define PROTO_OBJECTS_CALL_OBJECTS_H

#include "proto/field.h"

extern const struct object OBJECT_CALL_ERROR;
extern const struct object OBJECT_CHARGE;
extern const struct object OBJECT_FINAL;
extern const struct object OBJECT_MEMBER_RESULT;
extern const struct object OBJECT_MESSAGE;
extern const struct object OBJECT_RESERVATION;
extern const struct object OBJECT_TOOL_REQUEST;
extern const struct object OBJECT_USAGE;

extern const char *const WORDS_OUTCOME[]; /* in the order of enum outcome, from complete on */

#endif
