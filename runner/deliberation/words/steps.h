/* A budget of work for what a document or a model can make long: checks of schemas, conditions. Who
 * shares a budget hands the same number on; below 0 it is used up for all of them. */
#ifndef RUNNER_DELIBERATION_WORDS_STEPS_H
#define RUNNER_DELIBERATION_WORDS_STEPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Takes n steps; false when there were not so many left. */
bool steps_spend(int64_t *steps, size_t n);

#endif
