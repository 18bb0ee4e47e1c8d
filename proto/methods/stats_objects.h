/* The parts of supervisor.stats that are one number for each of a set of words. */
#ifndef PROTO_METHODS_STATS_OBJECTS_H
#define PROTO_METHODS_STATS_OBJECTS_H

#include "proto/field.h"

extern const struct object OBJECT_START_REFUSALS; /* each for which run.start is refused */
extern const struct object OBJECT_END_REASONS;    /* of those that a run can end for */
extern const struct object OBJECT_END_OUTCOMES;

#endif
