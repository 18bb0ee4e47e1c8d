/* Objects of the protocol that several methods and notifications tell. */
#ifndef PROTO_METHODS_SHARED_OBJECTS_H
#define PROTO_METHODS_SHARED_OBJECTS_H

#include "proto/field.h"

extern const struct object
    OBJECT_COUNCIL; /* a document; docs/council.schema.json has its members */
extern const struct object OBJECT_COUNCIL_WARNING;
extern const struct object OBJECT_REASON; /* struct reason */
extern const struct object OBJECT_RUN_USAGE;
extern const struct object OBJECT_RUSAGE;
extern const struct object OBJECT_SANDBOX; /* struct sandbox_state */
extern const struct object OBJECT_STARTED_BY;

#endif
