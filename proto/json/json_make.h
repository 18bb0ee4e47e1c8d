/* Building trees when memory may be out: a step that fails gives NULL or false, and everything
 * handed to it is released.
 *
 * Memory is treated in two ways, and each part of the tree has one of them:
 *
 * common, proto, serve, client, daemon: running out is an error like any other. A function returns
 * -ENOMEM, NULL or false, what it had begun is released or taken back (a buffer is as it was
 * before), and the caller passes it on, until somebody can answer for it: a client gets
 * internal_error, a connection whose answer cannot even be queued is closed, a run whose runner
 * cannot be served is stopped. The supervisor itself goes on. Trees are made with the helpers below
 * and json_pack; the rule of both is that references are taken over, also on failure:
 *
 *     json_t *list = json_array();
 *     bool ok = list != NULL;
 *     for (...; ok && ...; ...)
 *         ok = json_append(list, json_pack("{s:s}", "name", name));
 *     return json_done(list, ok);
 *
 * jansson's json_object_update, json_deep_copy and json_copy do not tell when memory runs out in
 * the middle: they are not used here without a look at what came out.
 * Nor is its reader, for which there are json_tree.h and json_read.h.
 *
 * runner, story, ctl: running out ends the process. A runner that ends is a run that failed, which
 * its supervisor tells; a command that ends says so. Their helpers (common/jx.h, common/xalloc.h)
 * never return without what was asked for, so their callers have nothing to check. What they call
 * in proto still returns errors. */
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
