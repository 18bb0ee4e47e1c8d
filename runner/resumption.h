/* The journal of the run that this one resumes: read from the second descriptor of the spec, and
 * held against what is asked now: under the policy `strict` (the default) it has to be the same
 * question, under `matching` what fits is taken and the rest asked again.
 *
 *     run_spec_init(&spec, ...)
 *     resumption_init(&resumption, fd, &spec, &refusal)    may replace spec.seed
 *     engine_spec.resume = resumption_store(&resumption)   NULL: nothing is resumed
 *     resumption_release(&resumption)                      any time after engine_new */
#ifndef RUNNER_RESUMPTION_H
#define RUNNER_RESUMPTION_H

#include <jansson.h>
#include <stdbool.h>

#include "run_spec.h"
#include "runner/deliberation/resume.h"

struct resumption {
    json_t *lines;
    struct resume store;
    bool on;
};

/* Takes fd over; -1: the spec came without one. A torn last line is cut off, and a journal without
 * a whole line has nothing to give. 0, or -EINVAL with *refusal filled in: code resume_mismatch
 * with data {differences: [word]} under the strict policy, or when the journal is damaged. */
int resumption_init(struct resumption *r, int fd, struct run_spec *spec,
                    struct spec_refusal *refusal);
const struct resume *resumption_store(const struct resumption *r);
void resumption_release(struct resumption *r);

#endif
