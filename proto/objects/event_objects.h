/* What runs tell: an object for each type of event. */
#ifndef PROTO_OBJECTS_EVENT_OBJECTS_H
#define PROTO_OBJECTS_EVENT_OBJECTS_H

#include "proto/event.h"
#include "proto/field.h"

extern const struct object OBJECT_EVENT; /* any of them */

const struct object *event_object(enum event_type type);

#endif
