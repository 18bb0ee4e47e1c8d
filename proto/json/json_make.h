/* Building trees when memory may be out: a step that fails gives NULL or false, and everything
 * handed to it is released. */
#ifndef PROTO_JSON_JSON_MAKE_H
#define PROTO_JSON_JSON_MAKE_H

#include <jansson.h>
#include <stdbool.h>

/* Sets a member; takes the reference to value in every case. False when either is NULL. */
static inline bool json_put(json_t *object, const char *name, json_t *value)
{
    return json_object_set_new(object, name, value) == 0;
}

static inline bool json_append(json_t *array, json_t *value)
{
    return json_array_append_new(array, value) == 0;
}

/* The tree, or NULL (released) when a step failed. */
static inline json_t *json_done(json_t *json, bool ok)
{
    if (ok)
        return json;
    json_decref(json);
    return NULL;
}

#endif
