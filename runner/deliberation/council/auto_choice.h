/* What the strategies of an auto council choose from, and how they ask. auto_stage.h is the course.
 */
#ifndef RUNNER_DELIBERATION_COUNCIL_AUTO_CHOICE_H
#define RUNNER_DELIBERATION_COUNCIL_AUTO_CHOICE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "proto/council/document.h"
#include "proto/council/tables/kinds.h"

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
    json_t *built;     /* the document that a model designed */
    json_t *embedders; /* the seats that stand for models of vectors */
};

/* A council that fits; what a strategy finds. */
struct auto_pick {
    json_t *entry;
    char *reason; /* NULL: none */
    double score; /* NAN: none */
};

enum auto_answer { AUTO_MATCH, AUTO_NO_MATCH, AUTO_PENDING };

/* How a council is found: a row of kinds.h and one const struct. */
struct strategy {
    const struct strategy_kind *kind; /* its row */
    /* options are those of the link; pick is filled on a match. Called again when the call that it
     * made is done. */
    enum auto_answer (*try)(struct auto_stage *s, json_t *options, struct auto_pick *pick);
    bool builds; /* a match is s->built, and not an entry */
};

#define ROW(ID, name, ...) extern const struct strategy strategy_##name;
#define CHAIN(...)
STRATEGY_ROWS(ROW, CHAIN)
#undef ROW
#undef CHAIN

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
