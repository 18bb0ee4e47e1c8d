/* The member names of the objects that a scan has open, to find one that stands twice. A name is
 * remembered by the place where it stands and a hash of what it decodes to: 8 bytes. The names of
 * an object are looked through when it closes, by sorting, so that no choice of names makes it
 * slow. */
#ifndef PROTO_JSON_JSON_KEYS_H
#define PROTO_JSON_JSON_KEYS_H

#include <stddef.h>
#include <stdint.h>

struct json_key {
    uint32_t offset; /* of the first byte behind the quote, from the start of the text */
    uint32_t hash;
};

enum { JSON_KEYS_SMALL = 32 };

struct json_keys {
    const char *text;
    const char *end;
    struct json_key *at;
    size_t n;
    size_t size;
    struct json_key small[JSON_KEYS_SMALL]; /* enough for most lines */
};

void json_keys_init(struct json_keys *keys, const char *text, size_t len);
void json_keys_release(struct json_keys *keys);
/* Remembers the name that begins at `name`: 0 or -ENOMEM. */
int json_keys_add(struct json_keys *keys, const char *name);
/* The object whose names began at index `first` closes: its names are forgotten. NULL, or where a
 * name stands that is there twice. */
const char *json_keys_close(struct json_keys *keys, size_t first);

#endif
