/* Resume: what a journal holds that a new run need not ask again.
 *
 *     struct resume r;
 *     resume_read(lines, &r, &err)                 the journal of the ended run
 *     resume_differences(lines[0], &spec)          strict: must be empty
 *     spec.seed = r.seed; spec.reliability = r.reliability; spec.resume = &r;
 *     e = engine_new(&spec); resume_release(&r);   the engine keeps what it needs
 *
 * A call is reused when its call_key is the same: the same seat saw the same material. Its answers
 * are written in full into the new journal, so that a chain of resumes needs only the last one. */
#ifndef RUNNER_DELIBERATION_RESUME_H
#define RUNNER_DELIBERATION_RESUME_H

#include "common/error.h"

#include "engine_spec.h"

/* lines: array of the journal's events, in order, a torn last one left out; must outlive *ret.
 * -EINVAL when it does not begin with run_started. */
int resume_read(json_t *lines, struct resume *ret, struct error *err);
/* The same for a replay of a run that was itself a resume: what it reused, from its own journal.
 * False when it is none. */
bool resume_of_replay(json_t *lines, struct resume *ret);
void resume_release(struct resume *r);

/* What keeps a run from being resumed under `strict`, as words (engine_version, ask_sha256,
 * input_sha256, history, documents, seed); empty: nothing. spec.seed NULL: no wish. New array. */
json_t *resume_differences(json_t *run_started, const struct engine_spec *spec);

#endif
