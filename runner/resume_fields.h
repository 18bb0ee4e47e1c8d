/* Where what is asked now is not what the run to resume was asked. */
#ifndef RUNNER_RESUME_FIELDS_H
#define RUNNER_RESUME_FIELDS_H

#include <jansson.h>

#include "run_spec.h"

enum { RESUME_FIELDS_MAX = 32 };

/* JSON Pointers from the params of run.start to the fields that differ, RESUME_FIELDS_MAX at most:
 * into /input, /options/history, /options/documents, /options/seed, and into /council as it is when
 * it is resolved, without what cannot change what a seat is asked. New array. */
json_t *resume_fields(json_t *run_started, const struct run_spec *spec);

#endif
