/* The catalogue: documents that councils name. Eight folders, one <name>.json for each document.
 * councild loads it from directories at its start and at reload; the runner gets the part that its
 * run reaches with the spec and makes the same object from that.
 *
 * A file that cannot be used is no reason not to start: it is reported (catalogue_fault), listed
 * nowhere, and whoever names it gets its fault. Documents are read-only once they are loaded. */
#ifndef PROTO_COUNCIL_CHECK_CATALOGUE_H
#define PROTO_COUNCIL_CHECK_CATALOGUE_H

#include <stddef.h>

#include <jansson.h>

#include "common/error.h"

enum catalogue_kind {
    CATALOGUE_COUNCILS,
    CATALOGUE_AUTOS,
    CATALOGUE_PROFILES,
    CATALOGUE_SCHEMAS,
    CATALOGUE_ROUTERS,
    CATALOGUE_ROUNDS,
    CATALOGUE_MAPPERS,
    CATALOGUE_TOOLS,
    CATALOGUE_KINDS
};

struct catalogue;

struct catalogue_fault {
    enum catalogue_kind kind;
    const char *name; /* of the document: the file is <directory>/<kind>/<name>.json */
    const char *file; /* the path that was read */
    const char *code; /* invalid_json, duplicate_key, document_too_large, bad_id ... */
    const char *message;
};

/* The folder's name, which is also the member's name in a spec: "councils", "autos" ... */
const char *catalogue_kind_name(enum catalogue_kind kind);
/* The way back; -1 when there is no such kind. */
int catalogue_kind_find(const char *name);

/* Loads directories; of two documents with one name the one from the earlier directory holds. A
 * directory or folder that does not exist is empty. Fails with -ENOMEM, or with what opendir gives
 * for a directory that exists but cannot be read. *ret is freed with catalogue_free. */
int catalogue_load(const char *const *directories, size_t count, struct catalogue **ret,
                   struct error *err);

/* Makes one from {kind: {name: document}}, e.g. the `catalogue` of a run's spec. The documents are
 * shared, not copied. -EINVAL for another form, -ENOMEM. */
int catalogue_from_json(const json_t *kinds, struct catalogue **ret, struct error *err);

void catalogue_free(struct catalogue *c); /* takes NULL */

/* The document (borrowed), or NULL. `c` may be NULL: an empty catalogue. */
json_t *catalogue_get(const struct catalogue *c, enum catalogue_kind kind, const char *name);

/* {name: document} of one kind (borrowed, never NULL unless `c` is). */
json_t *catalogue_all(const struct catalogue *c, enum catalogue_kind kind);

/* [{name, description}], sorted by name: a new reference, NULL when out of memory. */
json_t *catalogue_list(const struct catalogue *c, enum catalogue_kind kind);

/* The i-th faulty file, NULL behind the last. */
const struct catalogue_fault *catalogue_fault(const struct catalogue *c, size_t i);
/* The fault of this document's file, NULL when it has none. */
const struct catalogue_fault *catalogue_fault_of(const struct catalogue *c,
                                                 enum catalogue_kind kind, const char *name);

#endif
