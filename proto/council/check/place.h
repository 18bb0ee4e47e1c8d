/* Where in a document a value stands: a list on the stack, from the value outwards, that costs
 * nothing until a fault has to be told. A place may lie inside a catalogue document that was
 * reached from the submitted one: then the pointer ends where that document is named, and the rest
 * goes into the message. */
#ifndef PROTO_COUNCIL_CHECK_PLACE_H
#define PROTO_COUNCIL_CHECK_PLACE_H

#include <stddef.h>

#include "common/buf.h"

enum place_kind { PLACE_KEY, PLACE_INDEX, PLACE_DOCUMENT };

struct place {
    const struct place *up; /* NULL: the submitted document */
    enum place_kind kind;
    const char *key; /* member, or "<folder>/<name>" words of a document */
    const char *folder;
    size_t index;
};

#define PLACE_AT_KEY(outer, name) ((struct place){.up = (outer), .kind = PLACE_KEY, .key = (name)})
#define PLACE_AT_INDEX(outer, i)  ((struct place){.up = (outer), .kind = PLACE_INDEX, .index = (i)})
/* The root of a catalogue document (folder, name) named at `outer`. */
#define PLACE_AT_DOCUMENT(outer, in, name)                                                         \
    ((struct place){.up = (outer), .kind = PLACE_DOCUMENT, .folder = (in), .key = (name)})

/* Adds "/key" as JSON Pointers have it. 0 or the error of the buffer. */
int place_add_key(struct buf *to, const char *key);
/* Both malloc'ed; *ret_inside is "" or "In councils/x at /members/0: " (documents nest).
 * 0 or -ENOMEM. */
int place_print(const struct place *at, char **ret_path, char **ret_inside);

#endif
