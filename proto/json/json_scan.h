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
 * Everything after json_scan in this header takes spans of a text that has passed the scan. Spans
 * point into the scanned bytes and live as long as those. */
#ifndef PROTO_JSON_JSON_SCAN_H
#define PROTO_JSON_JSON_SCAN_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/error.h"

enum {
    JSON_DEPTH_CLIENT = 64, /* nesting that clients and link lines may use */
    JSON_DEPTH_MAX = 128,   /* the most that a spec can allow */
    JSON_AREAS_MAX = 16
};

/* Bytes of somebody else; at == NULL: not there. */
struct json_span {
    const char *at;
    size_t len;
};

struct json_member {
    struct json_span name;  /* between the quotes, escapes as they stand: use json_name_is */
    struct json_span value; /* without white space around it */
};

struct json_list {
    struct json_member *at;
    size_t n;
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
void json_scan_release(struct json_scan *scan);

/* ---- spans of scanned text ---- */

/* The value of the member of that name; at == NULL when there is none. */
struct json_span json_list_find(const struct json_list *list, const char *name);
/* Is the name, decoded, this word? */
bool json_name_is(struct json_span name, const char *word);
json_type json_span_type(struct json_span value);

/* Walking an object or array:
 *     struct json_walk walk = json_walk(value);
 *     struct json_member member;
 *     while (json_walk_member(&walk, &member)) ... */
struct json_walk {
    const char *at;
    const char *end;
};
struct json_walk json_walk(struct json_span container);
bool json_walk_member(struct json_walk *walk, struct json_member *ret);
bool json_walk_element(struct json_walk *walk, struct json_span *ret);
/* The member of that name of an object span; at == NULL when there is none or it is no object. */
struct json_span json_span_get(struct json_span object, const char *name);

/* Decodes what stands between the quotes of a string or name. `to` has room for text.len bytes;
 * returns the number written (no NUL is added; there may be NULs inside). */
size_t json_decode(struct json_span text, char *to);
size_t json_decoded_len(struct json_span text); /* what json_decode would return */
/* The same into `size` bytes, NUL-terminated, cut between two characters if it is longer. Returns
 * the number of bytes without the NUL. */
size_t json_decode_cut(struct json_span text, char *to, size_t size);
/* What stands between the quotes of a string value. */
struct json_span json_span_text(struct json_span string);
/* A string value decoded into memory of its own, NUL-terminated: 0, -EINVAL (no string), -ENOMEM.
 * ret_len may be NULL. */
int json_span_string(struct json_span value, char **ret, size_t *ret_len);
/* Is the value this string? */
bool json_span_is(struct json_span value, const char *word);
/* An integer (no fraction, no exponent): 0 or -EINVAL. */
int json_span_int(struct json_span value, int64_t *ret);
/* The value as a tree, a new reference: 0 or -ENOMEM. */
int json_span_load(struct json_span value, json_t **ret);
/* A tree from a text of ours that is known to be good JSON; NULL: out of memory. */
json_t *json_load_constant(const char *text);

#endif
