/* The journals of the runs that this one resumes: read from the descriptors that follow the spec's
 * first, the nearest first, as far back as needed: to one that says that it holds all that its
 * elders had (`carried_end`), or to the first run of all. They are held against what is asked now:
 * under the policy `strict` (the default) it has to be the same question, under `matching` what
 * fits is taken and the rest asked again.
 *
 *     run_spec_init(&spec, ...)
 *     resumption_init(&resumption, fds, n, &spec, &refusal)    may replace spec.seed
 *     engine_spec.resume = resumption_store(&resumption)       NULL: nothing is resumed
 *     resumption_release(&resumption)                          any time after engine_new */
#ifndef RUNNER_RESUMPTION_H
#define RUNNER_RESUMPTION_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "proto/link.h"
#include "run_spec.h"
#include "runner/deliberation/resume.h"

struct resumption {
    json_t *links; /* [{run_id, outage, bytes?}] as the spec says it; may name one more than there
                      are */
    struct resume_source chain[RESUME_CHAIN_MAX];
    size_t n;
    struct resume store;
    bool on;
};

/* Descriptors stay the caller's. Torn lines are passed over. 0, or -EINVAL with *refusal filled
 * in: code resume_mismatch with data {differences: [word], fields: [pointer]} under the strict
 * policy, {differences: ["journal"]} when a journal is damaged, or when one is missing that is
 * needed. */
int resumption_init(struct resumption *r, const int *fds, size_t n, struct run_spec *spec,
                    struct spec_refusal *refusal);
const struct resume *resumption_store(const struct resumption *r);
void resumption_release(struct resumption *r);

#endif
