/* The system calls that a runner may make once it has its spec, each with the reason; everything
 * else fails with EPERM, and what is not known here with ENOSYS. docs/sandbox.md is made from it.
 */
#ifndef RUNNER_SANDBOX_RUNNER_CALLS_H
#define RUNNER_SANDBOX_RUNNER_CALLS_H

#include "call_filter.h"

extern const struct call_policy RUNNER_CALLS;

#endif
