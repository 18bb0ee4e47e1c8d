/* AutoCouncil (reference 6.4): the stage before the first round, in which the council is chosen.
 * Its calls are made by a host, a council without members under the path of the outermost one; when
 * a council is chosen it takes the host's place.
 *
 *     s = auto_new(e);          e->doc is the auto document, e->root the host
 *     auto_start(s);
 *     while (auto_step(s)) ;    until the engine has its council (e->stage is NULL then), or the
 *                               run has failed (the host is done) */
#ifndef RUNNER_DELIBERATION_COUNCIL_AUTO_STAGE_H
#define RUNNER_DELIBERATION_COUNCIL_AUTO_STAGE_H

#include "proto/council/document.h"

#include "runner/deliberation/state/state.h"

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

bool auto_is(const json_t *doc);
/* The document of the host; new. */
json_t *auto_host(const json_t *doc);
struct auto_stage *auto_new(struct engine *e);
void auto_free(struct auto_stage *s);
void auto_start(struct auto_stage *s);
bool auto_step(struct auto_stage *s);

/* ---- strategies: options are those of the link; pick is filled on a match ---- */

enum auto_answer auto_rules(struct auto_stage *s, struct auto_pick *pick);
enum auto_answer auto_classify(struct auto_stage *s, json_t *options, struct auto_pick *pick);
enum auto_answer auto_design(struct auto_stage *s, json_t *options, struct auto_pick *pick);
enum auto_answer auto_embedding(struct auto_stage *s, json_t *options, struct auto_pick *pick);

/* ---- for the strategies ---- */

/* A call of kind auto to a seat, or to a provider alone (embeddings). Becomes s->call. */
struct seat_call *auto_call(struct auto_stage *s, json_t *seat);
/* The entry of an id; NULL for none. */
json_t *auto_entry(const struct auto_stage *s, const char *id);
/* Resolves a council as run.start would. 0; -EINVAL with the faults as lines in errors. */
int auto_resolve(struct auto_stage *s, const json_t *council, struct council_plan *ret,
                 json_t *errors);

#endif
