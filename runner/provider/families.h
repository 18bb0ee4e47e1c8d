/* What is known of families of models by their names, whoever serves them: one row for each family.
 * Where a name tells nothing (a deployment of one's own, a model newer than the rows), the refusal
 * of the provider does: repair.h. */
#ifndef RUNNER_PROVIDER_FAMILIES_H
#define RUNNER_PROVIDER_FAMILIES_H

#include <stdbool.h>

struct model_family {
    const char *prefix; /* of the name, behind a vendor such as "openai/"; then the version */
    int major, minor;   /* from this one on */
    bool reasons;       /* its reasoning is to be asked for and given back */
    bool counts_all;    /* max_completion_tokens, which counts the reasoning too */
    bool samples;       /* takes temperature, top_p and top_k */
};

/* Never NULL: what no row is about has the row of everything else. */
const struct model_family *model_family(const char *model);

#endif
