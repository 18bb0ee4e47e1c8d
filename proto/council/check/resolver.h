/* What all parts of resolving share. Within the folder allocation failures are sticky: a function
 * that cannot allocate sets `no_memory` and gives NULL or nothing, the others go on (jansson takes
 * NULL everywhere), and the answer at the end is -ENOMEM.
 *
 * A value that failed is replaced by the resolver's `bad` value in the checked copy, so that later
 * steps neither look at it again nor take it for missing. */
#ifndef PROTO_COUNCIL_CHECK_RESOLVER_H
#define PROTO_COUNCIL_CHECK_RESOLVER_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "context.h"
#include "faults.h"
#include "place.h"
#include "proto/council/tables/records.h"
#include "proto/council/tables/words.h"

struct resolver;
struct work;

/* Resolves a council that stands in a seat of `outer`, which the rooms below cannot do themselves.
 * As council_build. */
typedef json_t *(*inner_builder)(struct resolver *r, json_t *document, const char *name,
                                 const struct place *at, const struct work *outer);

struct resolver {
    const struct council_context *context;
    struct faults *faults;
    struct faults warnings;
    inner_builder inner_council;
    json_t *bad;
    bool no_memory;
    const json_t *options;     /* checked options of run.start, or NULL */
    const json_t *auto_budget; /* checked, or NULL */
    size_t input_bytes;
    size_t seats; /* counted over all levels */
    /* What was reached, for the plan. */
    json_t *catalogue;
    json_t *providers;
    json_t *prices;
    json_t *tools;
    json_t *profiles; /* checked catalogue profiles: {name: bundle} */
};

int resolver_init(struct resolver *r, const struct council_context *context, struct faults *faults,
                  inner_builder inner_council);
void resolver_release(struct resolver *r);

void r_fault(struct resolver *r, const struct place *at, const char *code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void r_warn(struct resolver *r, const struct place *at, const char *code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Building, with sticky failure. `value` is a new reference and is taken in any case. */
void r_put(struct resolver *r, json_t *object, const char *key, json_t *value);
void r_append(struct resolver *r, json_t *array, json_t *value);
json_t *r_new(struct resolver *r, json_t *value); /* notes when value is NULL; returns it */
/* A shallow copy of an object or array. (json_copy would leave out what it cannot allocate.) */
json_t *r_copy(struct resolver *r, const json_t *value);

/* Reading. The first two give NULL for what is absent or bad. */
json_t *r_get(const struct resolver *r, const json_t *object, const char *key);
const char *r_word(const struct resolver *r, const json_t *object, const char *key);
bool r_is_bad(const struct resolver *r, const json_t *value);
/* The number of the word in its set (tables/words.h); -1 for what is absent, bad or no word of it.
 */
int r_word_of(const struct resolver *r, const json_t *object, const char *key,
              const char *const *set);
/* Absent or null, and not bad. */
bool r_unset(const struct resolver *r, const json_t *object, const char *key);
bool word_is(const json_t *value, const char *word);

/* A copy (new reference) of a catalogue document without its `description`, which every catalogue
 * document may have for lists. */
json_t *r_plain(struct resolver *r, json_t *document);
/* A copy of a tool's document without what is the operator's alone: its program and what that may
 * do. */
json_t *r_without_program(struct resolver *r, const json_t *document);

/* Looks a name up in the catalogue. A document that is found is noted for the plan (without the
 * command of a tool). NULL when there is none; then, if its file is faulty, that fault has been
 * added at `at` and *ret_told is true. */
json_t *r_look_up(struct resolver *r, enum catalogue_kind kind, const char *name,
                  const struct place *at, bool *ret_told);

#endif
