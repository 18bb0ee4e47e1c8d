/* Documents of auto councils. */
#ifndef RUNNER_DELIBERATION_COUNCIL_AUTO_DOC_H
#define RUNNER_DELIBERATION_COUNCIL_AUTO_DOC_H

#include <jansson.h>
#include <stdbool.h>

bool auto_is(const json_t *doc);

#endif
