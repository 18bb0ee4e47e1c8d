/* Pieces of JSON text that has passed json_scan (or was written by us): what they are, what stands
 * inside. Nothing is checked again here. A span points into the scanned bytes and lives as long as
 * those; nothing is allocated but by json_span_string. */
#ifndef PROTO_JSON_JSON_SPAN_H
#define PROTO_JSON_JSON_SPAN_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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
#endif
