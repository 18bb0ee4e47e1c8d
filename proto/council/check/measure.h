/* Size of a JSON value, and what a document may have. */
#ifndef PROTO_COUNCIL_CHECK_MEASURE_H
#define PROTO_COUNCIL_CHECK_MEASURE_H

#include <stddef.h>

#include <jansson.h>

enum {
    COUNCIL_VALUES_MAX = 20000, /* JSON values in one document */
    COUNCIL_DEPTH_MAX = 48,     /* levels of objects and arrays */
};

struct measure {
    size_t values; /* every scalar, array and object counts one */
    size_t depth;  /* levels of arrays and objects */
};

struct measure measure_value(const json_t *value);

#endif
