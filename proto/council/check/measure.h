/* Size of a JSON value. */
#ifndef PROTO_COUNCIL_CHECK_MEASURE_H
#define PROTO_COUNCIL_CHECK_MEASURE_H

#include <stddef.h>

#include <jansson.h>

struct measure {
    size_t values; /* every scalar, array and object counts one */
    size_t depth;  /* levels of arrays and objects */
};

struct measure measure_value(const json_t *value);

#endif
