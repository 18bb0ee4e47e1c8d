/* What the strategies of an auto council choose from, and how they ask. auto_stage.h is the course.
 */
#ifndef RUNNER_DELIBERATION_COUNCIL_AUTO_CHOICE_H
#define RUNNER_DELIBERATION_COUNCIL_AUTO_CHOICE_H

#include <jansson.h>
#include <stddef.h>

#include "proto/council/document.h"

struct engine;
struct seat_call;

struct auto_stage {
    struct engine *e;
    struct council_context context;
    json_t *entries; /* those that may be chosen */
    json_t *links;   /* [{strategy, options}], tried in order */
    size_t at;       /* of the links */
    struct seat_call *call;
    json_t *steps;
    json_t *built;    /* the document that a model designed */
    json_t *embedder; /* the seat that stands for a model of vectors */
};

/* A council that fits; what a strategy finds. */
struct auto_pick {
    json_t *entry;
    char *reason; /* NULL: none */
    double score; /* NAN: none */
};

enum auto_answer { AUTO_MATCH, AUTO_NO_MATCH, AUTO_PENDING };

/* A call of kind auto to a seat, or to a provider alone (embeddings). Becomes s->call. */
struct seat_call *auto_call(struct auto_stage *s, json_t *seat);
/* The entries of the catalogue that may be chosen; new. */
json_t *auto_usable_entries(struct auto_stage *s);
/* The entry of an id; NULL for none. */
json_t *auto_entry(const struct auto_stage *s, const char *id);
/* Resolves a council as run.start would. 0; -EINVAL with the faults as lines in errors. */
int auto_resolve(struct auto_stage *s, const json_t *council, struct council_plan *ret,
                 json_t *errors);

#endif
