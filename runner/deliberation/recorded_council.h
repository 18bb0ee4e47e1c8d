/* The council of a journal, before an engine gets it. The engine asks a resolved document for its
 * members without a second default and takes every word in it for a known one; a journal may hold
 * anything. Resolving is the one check that there is, and a resolved document is one that resolves
 * to itself. */
#ifndef RUNNER_DELIBERATION_RECORDED_COUNCIL_H
#define RUNNER_DELIBERATION_RECORDED_COUNCIL_H

#include <jansson.h>

#include "common/error.h"

/* council, options and context of a run_started event. 0, or -EINVAL with the first fault. Every
 * provider that the document names counts as configured: a journal does not say of what format it
 * was. */
int recorded_council_check(json_t *run_started, struct error *err);

#endif
