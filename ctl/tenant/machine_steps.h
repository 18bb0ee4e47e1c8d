/* What has to be done on a machine beside files: other programs, run as they are named. */
#ifndef CTL_TENANT_MACHINE_STEPS_H
#define CTL_TENANT_MACHINE_STEPS_H

#include <stdbool.h>

#include "common/error.h"

/* Runs argv[0] of PATH to its end, with its output on standard error: its exit status, 128 and the
 * signal's number where one ended it, -ENOENT with *err where there is no such program, or another
 * -errno. quiet: its output goes nowhere. */
int machine_run(const char *const *argv, bool quiet, struct error *err);

#endif
