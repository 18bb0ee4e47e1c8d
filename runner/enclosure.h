/* Closing the runner in for what it has to do: the files and ports of its providers. */
#ifndef RUNNER_ENCLOSURE_H
#define RUNNER_ENCLOSURE_H

#include <jansson.h>

#include "runner/sandbox/close_in.h"

/* All that is slow, and all that libraries load when they are used for the first time, while nobody
 * waits. providers as below; NULL: they are not known yet. Ends the process when memory is out. */
struct closing *enclosure_prepare(json_t *providers);

/* Closes the process in. c may be NULL where the mode is off. providers: {name: configuration}.
 * What is in force as an object for `ready`; or NULL with err when the run must not be. */
json_t *enclosure_enforce(struct closing *c, const struct sandbox_policy *policy, json_t *providers,
                          struct error *err);

#endif
