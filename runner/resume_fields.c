#include "resume_fields.h"

#include <stdlib.h>
#include <string.h>

#include "common/jx.h"
#include "common/xalloc.h"
#include "proto/council/check/place.h"
#include "proto/council/document_hash.h"

enum { POINTER_MAX = 512 };

static void compare(json_t *list, struct buf *path, json_t *a, json_t *b);

static void tell(json_t *list, const struct buf *path)
{
    j_add(list, xcheck(json_stringn(path->at, path->len)));
}

/* Where names are endless the pointer ends before them. */
static void compare_member(json_t *list, struct buf *path, const char *name, json_t *a, json_t *b)
{
    size_t len = path->len;
    if (a && b && json_equal(a, b))
        return;
    if (len + 2 * strlen(name) + 1 > POINTER_MAX) {
        tell(list, path);
        return;
    }
    if (place_add_key(path, name) < 0)
        xcheck(NULL);
    compare(list, path, a, b);
    buf_truncate(path, len);
}

static void compare_objects(json_t *list, struct buf *path, json_t *a, json_t *b)
{
    const char *key;
    json_t *value;
    json_object_foreach (a, key, value)
        compare_member(list, path, key, value, json_object_get(b, key));
    json_object_foreach (b, key, value) {
        if (!json_object_get(a, key))
            compare_member(list, path, key, NULL, value);
    }
}

static void compare_arrays(json_t *list, struct buf *path, json_t *a, json_t *b)
{
    size_t n = json_array_size(a) > json_array_size(b) ? json_array_size(a) : json_array_size(b);
    for (size_t i = 0; i < n; i++) {
        char *index = xasprintf("%zu", i);
        compare_member(list, path, index, json_array_get(a, i), json_array_get(b, i));
        free(index);
    }
}

static void compare(json_t *list, struct buf *path, json_t *a, json_t *b)
{
    if ((a && b && json_equal(a, b)) || (!a && !b) || json_array_size(list) >= RESUME_FIELDS_MAX)
        return;
    if (json_is_object(a) && json_is_object(b))
        compare_objects(list, path, a, b);
    else if (json_is_array(a) && json_is_array(b))
        compare_arrays(list, path, a, b);
    else
        tell(list, path);
}

static void compare_under(json_t *list, const char *prefix, json_t *a, json_t *b)
{
    struct buf path = BUF_INIT(POINTER_MAX);
    if (buf_add_str(&path, prefix) < 0)
        xcheck(NULL);
    compare(list, &path, a, b);
    buf_release(&path);
}

/* Left out, null and empty are the same. */
static json_t *filled(json_t *options, const char *name)
{
    json_t *value = j_get(options, name);
    return json_array_size(value) ? value : NULL;
}

static void compare_options(json_t *list, json_t *run_started, const struct run_spec *spec)
{
    static const char *const NAMES[] = {"history", "documents"};
    json_t *then = j_get(run_started, "options"), *wish = j_get(spec->options, "seed");
    for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
        char *prefix = xasprintf("/options/%s", NAMES[i]);
        compare_under(list, prefix, filled(then, NAMES[i]), filled(spec->options, NAMES[i]));
        free(prefix);
    }
    if (wish)
        compare_under(list, "/options/seed", j_get(run_started, "seed"), wish);
}

json_t *resume_fields(json_t *run_started, const struct run_spec *spec)
{
    json_t *list = j_array();
    json_t *then = xcheck(council_asked(j_get(run_started, "council")));
    json_t *now = xcheck(council_asked(spec->plan.document));
    compare_under(list, "/council", then, now);
    compare_under(list, "/input", j_get(run_started, "input"), spec->input);
    compare_options(list, run_started, spec);
    json_decref(then);
    json_decref(now);
    return list;
}
