/* A strict JSON scanner that builds no tree. It says whether a line is good, counts its values, and
 * notes where members stand, as spans of the caller's bytes. What a line of 4 MiB can make it
 * allocate is bounded: 8 bytes for each member name of the objects that are open at the moment.
 *
 * Refused, beyond what RFC 8259 refuses: numbers that overflow (1e999, integers outside 64 bits),
 * a name twice in one object (compared after decoding), lone surrogates, ill-formed UTF-8, U+0000
 * in a name, deep nesting. Underflow (1e-999) is fine. Text after the value is refused, white space
 * is not.
 *
 *     struct json_scan scan;
 *     if (json_scan(line, len, &spec, &scan, &err) == 0) {
 *         ... json_list_find(&scan.outer, "method") ...
 *         json_scan_release(&scan);
 *     }
 *
 * What is found are spans of the caller's bytes; json_span.h reads them, json_tree.h makes trees of
 * them. */
#ifndef PROTO_JSON_JSON_SCAN_H
#define PROTO_JSON_JSON_SCAN_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/error.h"
#include "json_span.h"

enum {
    JSON_DEPTH_CLIENT = 64, /* nesting that clients and link lines may use */
    JSON_DEPTH_MAX = 128,   /* the most that a spec can allow */
    JSON_AREAS_MAX = 16
};

/* A member that is counted apart from the rest of the line. Past a limit it is still scanned, but
 * repeated names in it are no longer noticed: the caller is going to refuse it anyway. 0: no limit.
 */
struct json_area {
    const char *name;
    size_t max_values;
    size_t max_bytes;
};

struct json_scan_spec {
    unsigned max_depth; /* containers inside each other, 1..JSON_DEPTH_MAX */
    size_t max_values;  /* values outside of the areas; 0: no limit */
    const char *inner;  /* member of the top object whose members are listed too; NULL: none */
    const struct json_area *areas; /* members of `inner`, or of the top object if that is NULL */
    size_t n_areas;                /* <= JSON_AREAS_MAX */
};

struct json_scan {
    json_type type;                     /* of the whole */
    struct json_list outer;             /* members of the top object, in order */
    struct json_list inner;             /* members of the `inner` object */
    size_t values;                      /* outside of the areas; an area's own value is not in it */
    size_t area_values[JSON_AREAS_MAX]; /* inside, the area's own value included */
};

/* 0; -EBADMSG when the text is refused (err says why and at which byte); -ENOMEM. On success the
 * result must be released. */
int json_scan(const char *text, size_t len, const struct json_scan_spec *spec,
              struct json_scan *ret, struct error *err);
/* The same for a text of a file, which may be anything and has to be an object: -EBADMSG for all
 * else, also for NULL. Without a limit but that of depth; on failure *ret is empty, and releasing
 * it does no harm. */
int json_scan_object(const char *text, size_t len, struct json_scan *ret);
void json_scan_release(struct json_scan *scan);

#endif
