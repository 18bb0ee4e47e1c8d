/* Resume: what the journals of a chain of runs hold that a new run need not ask again. The chain is
 * the ended run, the one that it resumed itself, and so on, the nearest first; it may end with one
 * that is whole: what its elders had stands in it.
 *
 *     struct resume r;
 *     resume_read(chain, n, &r, &err)
 *     resume_differences(r.first, &spec)           strict: must be empty
 *     spec.seed = r.seed; spec.reliability = r.reliability; spec.resume = &r;
 *     e = engine_new(&spec); resume_release(&r);   the engine keeps what it needs
 *
 * A call is reused when its call_key is the same: the same seat saw the same material. Every answer
 * of the chain is carried over into the new journal before anything is asked. */
#ifndef RUNNER_DELIBERATION_RESUME_H
#define RUNNER_DELIBERATION_RESUME_H

#include <stdbool.h>
#include <stddef.h>

#include "common/error.h"

#include "engine_spec.h"

struct resume_source {
    const char *run_id;
    json_t *lines; /* array of the journal's events, in order, a torn last one left out; may be
                      empty: the run was killed before it wrote any */
    bool outage;   /* it died with its daemon, or of a stop: not of itself */
};

/* The chain must outlive *ret. -EINVAL: a journal that does not begin with run_started, or in which
 * a line is missing; err names it. */
int resume_read(const struct resume_source *chain, size_t n, struct resume *ret, struct error *err);
/* Does this journal hold all that its elders had? And if none says so: had it come so far that it
 * must (journals from before answers were carried over never say so)? */
bool resume_is_whole(const json_t *lines);
bool resume_stands_alone(const json_t *lines);
/* The same for a replay of a run that was itself a resume: what it reused, from its own journal.
 * False when it is none. */
bool resume_of_replay(json_t *lines, struct resume *ret);
void resume_release(struct resume *r);

/* What keeps a run from being resumed under `strict`, as words (engine_version, ask_sha256,
 * input_sha256, history, documents, seed); empty: nothing. spec.seed NULL: no wish. New array. */
json_t *resume_differences(json_t *run_started, const struct engine_spec *spec);

#endif
